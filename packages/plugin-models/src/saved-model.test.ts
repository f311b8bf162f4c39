import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { provideModel } from './artifact-cache.ts'
import type { Graph, Tensor } from './graph/graph.ts'
import { normal } from './graph/spread.ts'
import { onnxModel } from './onnx-model.ts'
import { savedModel, type SavedModelOptions } from './saved-model.ts'
import { CASES } from '../test/cases.ts'
import { blocksOf } from './onnx/wire.ts'
import { encodeSavedModel } from './tensorflow/saved-model-message.ts'

const directory = mkdtempSync(join(tmpdir(), 'saved-model-'))
afterAll(() => rmSync(directory, { recursive: true }))

const OPTIONS = { family: 'mlp', inputs: 4, width: 8, layers: 2, outputs: 3, seed: 5 } as const

it('is the specification of the ONNX model, of another kind', () => {
  const { options, name } = onnxModel(OPTIONS)
  expect(savedModel(OPTIONS)).toEqual({
    artifact: 'saved-model',
    package: '@servebench/plugin-models',
    name,
    options,
  })
  expect(() => savedModel({ family: 'rnn' } as never)).toThrow("is 'rnn'; SavedModels are written of")
  expect(() => savedModel({ family: 'mlp', precision: 'fp16' })).toThrow('written in fp32 only')
  expect(() => savedModel({ family: 'mlp', width: 0 })).toThrow('must be a whole number')
})

it('is a folder beside that of the ONNX model, found again', async () => {
  const built = await provideModel(savedModel(OPTIONS), directory)
  expect(readdirSync(built.path)).toContain('saved_model.pb')
  const bytes = readFileSync(join(built.path, 'saved_model.pb'))
  expect(built).toMatchObject({
    size: bytes.length,
    digest: createHash('sha256').update(bytes).digest('hex'),
  })
  // TensorFlow 2.21.0 has loaded these bytes, and answered as ONNX Runtime does with the ONNX file.
  expect(built.digest).toBe('cfc2ad2802e977567d21aff9d070c43e3fe7208021ce2599bfc407ae26439ba5')
  expect(built.metadata['inputs']).toEqual([{ name: 'input', datatype: 'FP32', shape: [-1, 4] }])
  expect(await provideModel(savedModel(OPTIONS), directory)).toEqual(built)
  expect((await provideModel(onnxModel(OPTIONS), directory)).path).toContain('model.onnx')
})

it.each([
  ['residual cnn', '0863ca7dfe7307b6b2618f275e75162fcc2b1aab7c346eae6e230d22c08943cd'],
  ['mobilenet of version 2', 'a806389d0c3fd086a75c494e622521219882916ce5a4dad1301ad23a67a60cb6'],
  ['unet', 'c0815d8e05a4267a4d5fb6f69e330e0b89af9c920baefbf083e856dd2fa1e924'],
  ['dlrm', '016725ce9af03be3c52a203dc55cc13c578bbabecb678b1210ac4d8859d0e2ed'],
])('has bytes that TensorFlow has read: %s', async (name, digest) => {
  expect((await provideModel(savedModel(CASES[name] as SavedModelOptions), directory)).digest).toBe(digest)
})

it('refuses operations that it cannot write', () => {
  const output: Tensor = { name: 'y', shape: ['N', 4], type: 'float32', spread: normal(1) }
  const node = { operation: 'LSTM', name: 'y', inputs: ['x'], outputs: [output], attributes: {} } as const
  const graph: Graph = { name: 'g', inputs: [], outputs: [output], weights: [], nodes: [node], sizes: {} }
  expect(() => [...blocksOf(encodeSavedModel(graph, 1))]).toThrow('not written with LSTM')
})
