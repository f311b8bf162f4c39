import { applyTunables } from 'servebench/plugin'
import type { JsonValue, ServerPlan, TuningMachine } from 'servebench/plugin'
import { checkTuning, connectTuning } from 'servebench/testing'
import { describe, expect, it } from 'vitest'
import { onnxServer } from '../onnx-server.ts'
import type { OnnxServerOptions } from '../onnx-server.ts'
import { plugin } from '../plugin.ts'
import { DEFAULT_SETTINGS } from '../server/model/model-settings.ts'
import { parseModelConfig } from '../server/model/parse-model-config.ts'
import { listTunables } from './tunables.ts'

const MACHINE: TuningMachine = { physicalCores: 2, logicalCores: 2, gpus: 0 }
const MODELS = ['a.onnx', { model: 'b.onnx', name: 'b.v1', instances: 2 }]
const SERVER = onnxServer({ models: MODELS })

async function apply(
  values: Readonly<Record<string, JsonValue>>,
  server: ServerPlan = SERVER,
): Promise<ServerPlan> {
  return applyTunables(server, values, await connectTuning(plugin, server))
}

it('offers nothing that cannot be applied', async () => {
  const tunables = listTunables({ 'b.v1': DEFAULT_SETTINGS }, MACHINE, ['cpu', 'cuda'])
  const single = onnxServer({ models: [{ model: 'b.onnx', name: 'b.v1' }] })
  expect((await checkTuning(await connectTuning(plugin, single), single, tunables)).applied).toBeGreaterThan(
    50,
  )
})

it.each<[Readonly<Record<string, JsonValue>>, Omit<OnnxServerOptions, 'models'>]>([
  [{ intraOpThreads: 2 }, { intraOpThreads: 2 }],
  [
    {
      'dynamicBatching.maxBatchSize': 8,
      'dynamicBatching.maxQueueDelay': '500us',
      'dynamicBatching.preferred': [4],
    },
    { dynamicBatching: { maxBatchSize: 8, maxQueueDelay: '500us', preferred: [4] } },
  ],
  // In any order.
  [
    { 'dynamicBatching.maxQueueDelay': '500us', 'dynamicBatching.maxBatchSize': 8 },
    { dynamicBatching: { maxBatchSize: 8, maxQueueDelay: '500us' } },
  ],
  [{ 'dynamicBatching.maxBatchSize': 8, dynamicBatching: null }, { maxBatchSize: 8 }],
  [
    { allowSpinning: false, interOpThreads: 2, executionMode: 'parallel' },
    { allowSpinning: false, interOpThreads: 2, executionMode: 'parallel' },
  ],
  [
    { 'sessionEntries.session.set_denormal_as_zero': '1' },
    { sessionEntries: { 'session.set_denormal_as_zero': '1' } },
  ],
  [
    { graphOptimizationLevel: 'basic', executionProviders: ['cuda', 'cpu'], maxQueueSize: 7 },
    { graphOptimizationLevel: 'basic', executionProviders: ['cuda', 'cpu'], maxQueueSize: 7 },
  ],
])('a value of all models is as if it had been an option: %j', async (values, options) => {
  expect(await apply(values)).toEqual(onnxServer({ models: MODELS, ...options }))
})

it('a value of one model leaves the others alone', async () => {
  expect(await apply({ 'models.b.v1.instances': 3, 'models.b.v1.intraOpThreads': 2 })).toEqual(
    onnxServer({ models: ['a.onnx', { model: 'b.onnx', name: 'b.v1', instances: 3, intraOpThreads: 2 }] }),
  )
})

it.each([
  ['instances', 0, /whole number from 1 to 256/],
  ['models.c.instances', 1, /is of no model of this server/],
  ['executionMode', 'random', /must be one of sequential, parallel/],
  ['graphOptimizationLevel', 3, /must be one of disabled, basic, extended, all/],
  ['allowSpinning', 'yes', /must be true or false/],
  ['executionProviders', 'cpu', /must be a list of names/],
  ['dynamicBatching.preferred', [0], /whole number from 1/],
  ['sharedThreadPool', true, /2 have no effect with sharedThreadPool/],
  ['sharedThreadPool', 1, /must be true or false/],
  ['threads', 1, /is no setting of a server on ONNX Runtime/],
])('a value that cannot be is refused: %s = %s', async (path, value, message) => {
  await expect(apply({ [path]: value })).rejects.toThrow(message)
})

describe('execution providers', () => {
  it('are those of the binding, without those that need a device that is not there', () => {
    const [tunable] = listTunables({ m: DEFAULT_SETTINGS }, MACHINE, ['cpu', 'cuda']).filter(({ path }) =>
      path.endsWith('executionProviders'),
    )
    expect(tunable).toMatchObject({
      values: [['cpu'], ['cuda', 'cpu']],
      skipped: [{ value: ['cuda', 'cpu'], reason: "This machine has no GPU for 'cuda'." }],
    })
  })
})

it('has its configuration in a file for each model, which the server reads', async () => {
  const tuned = await apply({ intraOpThreads: 2, 'models.b.v1.instances': 1, sharedThreadPool: true })
  const files = await (
    await connectTuning(plugin, SERVER)
  ).configuration?.(tuned, {
    artifact: () => Promise.reject(new Error('No artifact is expected.')),
    root: '/',
    control: null,
  })
  expect(files?.map(({ path }) => path)).toEqual(['a/config.json', 'b.v1/config.json', 'server.args'])
  for (const { path, text } of files?.slice(0, 2) ?? [])
    expect(parseModelConfig(JSON.parse(text)).session.intraOpThreads, path).toBe(2)
  expect(files?.at(-1)?.text).toBe('--shared-thread-pool\n')
})
