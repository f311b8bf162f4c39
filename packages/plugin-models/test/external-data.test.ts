import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { buildGraph } from '../src/build-graph.ts'
import { layOut } from '../src/onnx/external-data.ts'
import { writeModelFiles } from '../src/model-file.ts'
import { onnxModel, type OnnxModelOptions } from '../src/onnx-model.ts'
import { savedModel } from '../src/saved-model.ts'
import { feedsFor } from './feeds.ts'
import { openFile, run } from './sessions.ts'

let directory: string
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'external-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

it.each([
  { family: 'mlp', inputs: 40, width: 64, layers: 3 },
  { family: 'encoder', layers: 1, width: 32, heads: 4, hidden: 64, vocabulary: 60, precision: 'fp16' },
  { family: 'cnn', block: 'residual', precision: 'int8' },
] as OnnxModelOptions[])('gives the same answers from two files as from one: %o', async (options) => {
  const spec = onnxModel(options)
  const graph = buildGraph(spec.options)
  const [one, two] = ['one', 'two'].map((name) => mkdtempSync(join(directory, name))) as [string, string]
  const whole = await writeModelFiles(spec, one)
  const parted = await writeModelFiles(spec, two, 1000)
  expect(readdirSync(one)).toEqual(['model.onnx'])
  expect(readdirSync(two)).toEqual(['model.onnx', 'model.onnx.data'])
  expect(parted.files.map(({ name }) => name)).toEqual(['model.onnx', 'model.onnx.data'])
  for (const { name, size, digest } of parted.files) {
    const bytes = readFileSync(join(two, name))
    expect({ size, digest }).toEqual({ size: bytes.length, digest: sha256(bytes) })
  }
  expect(parted.size).toBe(parted.files.reduce((total, { size }) => total + size, 0))
  expect(parted.digest).not.toBe(whole.digest)
  const feeds = feedsFor(graph)
  const answers = await Promise.all(
    [one, two].map(async (folder) => {
      const session = await openFile(join(folder, 'model.onnx'))
      return run({ graph, session }, feeds)
    }),
  )
  expect(answers[1]).toEqual(answers[0])
})

it('begins weights at pages and keeps small ones in the message', () => {
  const { weights } = buildGraph(onnxModel({ family: 'mlp', inputs: 300, width: 100, layers: 2 }).options)
  const { places, byteLength, blocks } = layOut(weights, 'w')
  expect(Object.fromEntries(places)).toEqual({
    'layer1.weight': { offset: 0, length: 120_000 },
    'layer2.weight': { offset: 122_880, length: 40_000 },
    'head.weight': { offset: 163_840, length: 4000 },
  })
  expect(byteLength).toBe(167_840)
  let written = 0
  for (const block of blocks(1)) written += block.byteLength
  expect(written).toBe(byteLength)
})

it('knows the layout of 8.6 GB without writing them', () => {
  const { weights } = buildGraph(onnxModel({ family: 'mlp', width: 1024, layers: 2048 }).options)
  const { byteLength, places } = layOut(weights, 'w')
  expect(byteLength).toBeGreaterThan(2048 * 1024 * 1024 * 4 - 4 * 1024 * 1024)
  const last = places.get('layer2048.weight')
  expect((last?.offset as number) % 4096).toBe(0)
  expect(last?.offset).toBeGreaterThan(8e9)
})

it('refuses a SavedModel that does not fit one file', async () => {
  await expect(writeModelFiles(savedModel({ family: 'mlp' }), directory, 1000)).rejects.toMatchObject({
    code: 'SERVEBENCH_MODEL_TOO_LARGE',
    message: expect.stringContaining('2 GiB'),
  })
  expect(readdirSync(directory)).toEqual([])
})
