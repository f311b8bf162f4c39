/** The same model and the same inputs on every real server: they agree, and one that serves another model is found. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunResult, Trial } from 'servebench/plugin'
import { install } from './support/install.ts'
import { Project } from './support/project.ts'
import type { Ended } from './support/project.ts'

let project: Project
let run: Ended
let result: RunResult

beforeAll(async () => {
  const triton = join(install('triton'), 'bin/tritonserver')
  const torchserve = join(install('torchserve'), 'venv/bin/torchserve')
  const tfserving = process.env['TF_SERVING_BIN'] ?? join(install('tfserving'), 'bin/tensorflow_model_server')
  project = new Project(`
import { closed, scenario } from 'servebench'
import { tensors } from 'servebench/inputs'
import { onnxModel, savedModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { tfserving, tfservingServer } from '@servebench/plugin-tfserving'
import { torchserve, torchServe } from '@servebench/plugin-torchserve'
import { triton, tritonServer } from '@servebench/plugin-triton'

const shape = { family: 'mlp', name: 'mlp', inputs: 64, width: 64, layers: 2, outputs: 10, seed: 1 }
const models = [onnxModel(shape), onnxModel({ ...shape, precision: 'fp16', io: 'native', name: 'half' })]
const SERVERS = {
  onnx: onnxServer({ models }),
  triton: tritonServer({ binary: '${triton}', models }),
  torchserve: torchServe({ binary: '${torchserve}', models: [{ name: 'mlp', onnx: onnxModel(shape) }] }),
  tfserving: tfservingServer({ binary: '${tfserving}', models: [savedModel(shape)] }),
  other: onnxServer({ models: [onnxModel({ ...shape, seed: 2 })] }),
}
const TARGETS = {
  onnx: oip({ model: 'mlp' }),
  triton: triton({ model: 'mlp', protocol: 'grpc-typed' }),
  torchserve: torchserve({ model: 'mlp' }),
  tfserving: tfserving({ model: 'mlp', protocol: 'http-columns' }),
  other: oip({ model: 'mlp' }),
}

scenario('the same model', {
  matrix: { server: ['onnx', 'triton', 'torchserve', 'tfserving', 'other'] },
  server: ({ server }) => SERVERS[server],
  target: ({ server }) => TARGETS[server],
  input: tensors({ shapes: { input: [1, 64] } }),
  load: closed({ concurrency: 2 }),
  agreement: ({ server }) => ({ shapes: server === 'torchserve' ? 'any' : 'equal' }),
  versus: { against: { server: 'onnx' } },
  duration: '1s',
})

scenario('two precisions', {
  matrix: { server: ['onnx', 'triton'], protocol: ['http', 'grpc'], precision: ['fp32', 'fp16'] },
  server: ({ server }) => SERVERS[server],
  target: ({ server, protocol, precision }) =>
    (server === 'onnx' ? oip : triton)({ model: precision === 'fp16' ? 'half' : 'mlp', protocol }),
  input: tensors({ batch: 16 }),
  load: closed({ concurrency: 2 }),
  agreement: { tolerance: { absolute: 0.01, relative: 0.01 }, datatypes: 'any' },
  warmup: '100ms',
  duration: '300ms',
})
`)
  run = await project.run()
  result = project.result()
})
afterAll(() => project?.[Symbol.dispose]())

const trialOf = (server: string): Trial => {
  const found = result.trials.find(
    ({ path, case: { server: own } }) => own === server && path.includes('the same model'),
  )
  if (found === undefined) throw new Error(`There is no trial of ${server}: ${run.output}`)
  return found
}

it.each(['triton', 'torchserve', 'tfserving'])('%s answers as ONNX Runtime does', (server) => {
  const { state, agreement, counts, perRequest } = trialOf(server)
  expect(state, run.output).toBe('completed')
  expect(agreement).toMatchObject({ reference: { server: 'onnx' }, inputs: 4, agrees: true })
  const [output] = agreement?.outputs ?? []
  expect(output).toMatchObject({ elements: 40, differing: 0, notNumbers: 0, problem: null })
  expect(output?.maxAbsolute).toBeLessThan(1e-5)
  expect(counts).toMatchObject({ failed: 0, timedOut: 0 })
  // The bytes of 64 numbers at least, and the CPU time of a server that is a process of its own.
  expect(perRequest?.bytesOut).toBeGreaterThan(64 * 4)
  expect(perRequest?.serverCpu).toBeGreaterThan(0)
})

it('finds the server with other weights, and does not measure it', () => {
  const { state, agreement, error } = trialOf('other')
  expect(state).toBe('failed')
  expect(agreement).toMatchObject({ agrees: false, outputs: [{ shape: [1, 10] }] })
  expect(error?.message).toContain('The answers differ from server=onnx')
  expect(run.code, run.output).toBe(4)
})

it('has tables of the agreement, of each server against the first, and of what a request takes', () => {
  const rows = (name: string): readonly unknown[] =>
    result.analyses.find((table) => table.name === name)?.rows.map(([first]) => first) ?? []
  expect(rows('agreement')).toHaveLength(5)
  expect(new Set(rows('versus'))).toEqual(new Set(['server=triton', 'server=torchserve', 'server=tfserving']))
  expect(rows('per-request')).toHaveLength(4)
})

it.each(['onnx', 'triton'])('%s takes numbers of 16 bits in half of the bytes', (server) => {
  const bytes = (protocol: string, precision: string): number => {
    const values = { server, protocol, precision }
    const trial = result.trials.find(
      ({ path, case: of }) =>
        path.includes('two precisions') && JSON.stringify(of) === JSON.stringify(values),
    )
    expect(trial?.counts, run.output).toMatchObject({ failed: 0, timedOut: 0 })
    // The first case of all is what the others are compared with.
    if (trial?.agreement?.reference !== null)
      expect(trial?.agreement).toMatchObject({ agrees: true, outputs: [{ differing: 0, notNumbers: 0 }] })
    expect(trial?.perRequest?.encodeTime).toBeGreaterThan(0)
    expect(trial?.perRequest?.clientCpu).toBeGreaterThan(0)
    return trial?.perRequest?.bytesOut ?? NaN
  }
  const saved = (protocol: string): number => bytes(protocol, 'fp32') - bytes(protocol, 'fp16')
  // 16 rows of 64 numbers; heads differ by a digit or two of a length.
  expect(Math.abs(saved('http') - 16 * 64 * 2)).toBeLessThan(64)
  expect(Math.abs(saved('grpc') - 16 * 64 * 2)).toBeLessThan(64)
})
