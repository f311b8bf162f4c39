import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningServer } from 'servebench/plugin'
import { failureName } from 'servebench/session'
import { checkServer, checkTarget, connectTarget, launchServer, openTarget } from 'servebench/testing'
import type { LaunchedServer } from 'servebench/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onnxModel, plugin as models } from '../../packages/plugin-models/src/index.ts'
import { mlServer, oip, plugin } from '../../packages/plugin-oip/src/index.ts'
import type { MlServerModel, OipOptions, OipResponse } from '../../packages/plugin-oip/src/index.ts'
import { install, serverFiles } from './support/install.ts'
import { expectLaws, trialOf } from './support/laws.ts'
import { Project } from './support/project.ts'
import { expectSameAnswers, MODEL, ROWS, SHAPE, WrittenModels } from './support/written-models.ts'

let binary = ''
let folders = ''
let launched: LaunchedServer
let server: RunningServer
const launch = (...given: readonly (string | MlServerModel)[]): Promise<LaunchedServer> =>
  launchServer(plugin, mlServer({ binary, models: given }), { plugins: [models] })

beforeAll(async () => {
  binary = join(install('mlserver'), 'venv/bin/mlserver')
  folders = join(serverFiles('mlserver'), 'models')
  launched = await launch({ model: onnxModel(MODEL) }, join(folders, 'fail'))
  server = launched.server
})
afterAll(async () => {
  await launched?.[Symbol.asyncDispose]()
})

const PROTOCOLS = ['http-json', 'grpc'] as const
const content = { inputs: { input: { data: ROWS, shape: SHAPE } } }
const connect = (options: Partial<OipOptions> = {}) =>
  connectTarget(plugin, oip({ model: 'written', ...options }), { server })
async function ask(options: Partial<OipOptions>, request: object) {
  await using target = await openTarget<OipResponse>(await connect(options), [request])
  const { kind, code, response } = await target.ask()
  return { response, failure: response === null ? failureName(kind, code) : null, target }
}

it('keeps the contract of servers', async () => {
  const { held } = await checkServer(server, { model: 'written', request: () => ask({}, content) })
  expect(held).toContain('metadata is plain data, and names each version of a model once')
  expect(await server.control?.metadata()).toMatchObject({ name: 'mlserver', version: '1.7.1' })
})

describe.each(PROTOCOLS)('over %s', (protocol) => {
  it('keeps the contract of targets', async () => {
    await checkTarget(await connect({ protocol }), {
      request: content,
      accept: (response) => (response as OipResponse).output('output').data.length === 10,
    })
  })

  it('answers as ONNX Runtime does in this process', async () => {
    const { response, failure } = await ask({ protocol }, content)
    expect(failure).toBeNull()
    expect(response?.output('output').shape).toEqual([2, 5])
    await expectSameAnswers(response?.output('output').data as Float32Array)
  })

  it('a model that fails is a failed request', async () => {
    const failing = (value: number) =>
      ask({ protocol, model: 'fail' }, { inputs: { x: { data: [value], shape: [1, 1] } } })
    expect((await failing(0)).failure).toBe(protocol === 'grpc' ? 'grpc-invalid-argument' : 'http-400')
    expect((await failing(1)).failure).toBe(protocol === 'grpc' ? 'grpc-internal' : 'http-500')
  })

  it('refuses what is not there before the load', async () => {
    await expect(connect({ protocol, model: 'nosuch' })).rejects.toThrow("'nosuch'")
    await expect(connect({ protocol, version: '9' })).rejects.toThrow('9')
  })

  it('refuses inputs that do not fit the model before the load', async () => {
    const open = async (inputs: object) => openTarget(await connect({ protocol }), [{ inputs }])
    await expect(open({ input: { data: ROWS, shape: [4, 4] } })).rejects.toThrow(/shape/)
    await expect(open({ input: { data: ROWS.subarray(1), shape: SHAPE } })).rejects.toThrow(/16/)
    await expect(open({ input: { data: ROWS, shape: SHAPE, datatype: 'INT32' } })).rejects.toThrow(/INT32/)
    await expect(open({ other: { data: ROWS, shape: SHAPE } })).rejects.toThrow(/2 problems/)
  })
})

it('has no binary tensors, which is said', async () => {
  const { warnings } = await connect({ protocol: 'http' })
  expect(warnings?.join()).toContain('lists no binary tensor data extension')
  const { failure } = await ask({ protocol: 'http' }, content)
  expect(failure).toBe('http-500')
})

it('answers from written models, which say what is wrong with them', async () => {
  const { written, models: list } = await WrittenModels.of(mlServer({ models: [onnxModel(MODEL)] }))
  using _ = written
  expect(list).toEqual([{ name: 'written', version: '1', path: 'written' }])
  expect(written.files).toEqual([
    'written/model-settings.json',
    'written/model.onnx',
    'written/servebench_onnx.py',
  ])
  const folder = join(written.folder, 'written')
  await expect(launch({ model: folder, name: 'other' })).rejects.toThrow('is called "written"')
  truncateSync(join(folder, 'model.onnx'), 100)
  await expect(launch(folder)).rejects.toThrow(/could not load model 'written'.*protobuf/i)
  writeFileSync(join(folder, 'model-settings.json'), '{ "name": "written"')
  await expect(launch(folder)).rejects.toThrow('is not JSON')
  rmSync(join(folder, 'model-settings.json'))
  await expect(launch(folder)).rejects.toThrow('has no model-settings.json')
})

it('says which file is missing', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'servebench-mlserver-'))
  await expect(launch(join(empty, 'mlp.onnx'))).rejects.toThrow(/there is no .*mlp\.onnx/)
  rmSync(empty, { recursive: true })
})

it('a whole run', async () => {
  using project = new Project(`
import { closed, describe, scenario } from 'servebench'
import { onnxModel } from '@servebench/plugin-models'
import { mlServer, oip } from '@servebench/plugin-oip'

describe('mlserver', () => {
  scenario('slow', {
    matrix: { protocol: ['http-json', 'grpc'] },
    server: mlServer({ binary: '${binary}', models: ['${folders}/slow'] }),
    target: ({ protocol }) => oip({ model: 'slow', protocol }),
    input: { inputs: { ms: { data: [20], shape: [1, 1], datatype: 'FP32' } } },
    load: closed({ concurrency: 4 }),
    check: (response) => response.output('ms').data[0] === 20,
  })
  scenario('computed', {
    server: mlServer({
      binary: '${binary}',
      models: [onnxModel({ family: 'mlp', inputs: 64, width: 512, layers: 4, outputs: 4, name: 'mlp' })],
    }),
    target: () => oip({ model: 'mlp', protocol: 'grpc' }),
    load: closed({ concurrency: 2 }),
  })
  scenario('joined', {
    server: mlServer({
      binary: '${binary}',
      models: [{ model: onnxModel({ family: 'mlp', inputs: 64, name: 'mlp' }), maxBatchSize: 4, maxBatchTime: '50ms' }],
    }),
    target: () => oip({ model: 'mlp', protocol: 'grpc' }),
    load: closed({ concurrency: 8 }),
  })
})
`)
  const { code, output } = await project.run()
  expect(code, output).toBe(0)
  const result = project.result()
  for (const index of [0, 1]) {
    const trial = trialOf(result, 'slow', index)
    expect(trial.counts).toMatchObject({ failed: 0, incorrect: 0 })
    await expectLaws(trial, project, { stages: [] })
    expect(trial.server?.stages?.['total']).toBeGreaterThan(20e6)
  }
  const computed = trialOf(result, 'computed')
  await expectLaws(computed, project, { stages: [] })
  const { total = 0, computeInfer = 0 } = computed.server?.stages ?? {}
  expect(computeInfer).toBeGreaterThan(0)
  expect(computeInfer as number).toBeLessThan(total as number)
  const joined = trialOf(result, 'joined')
  expect(joined.counts.failed).toBe(0)
  // Eight users fill batches of four.
  expect(joined.server?.stages?.['meanBatch']).toBeGreaterThan(2)
})
