import { applyTunables } from 'servebench/plugin'
import type { JsonValue, ServerPlan, TuningMachine } from 'servebench/plugin'
import { checkTuning, connectTuning } from 'servebench/testing'
import { describe, expect, it } from 'vitest'
import { plugin, tfservingServer } from '../src/index.ts'
import { formatBatchingParameters } from '../src/launch/config-files.ts'
import { serverArguments } from '../src/launch/server-arguments.ts'
import type { PlannedLaunch } from '../src/server.ts'
import { listTunables } from '../src/tuning/tunables.ts'

const MACHINE: TuningMachine = { physicalCores: 4, logicalCores: 8, gpus: 0 }
const SERVER = tfservingServer({ models: ['models/half_plus_two'] })

async function apply(
  values: Readonly<Record<string, JsonValue>>,
  server: ServerPlan = SERVER,
): Promise<Extract<PlannedLaunch, { mode: 'launch' }>> {
  const tuned = applyTunables(server, values, await connectTuning(plugin, server))
  expect(tuned.state).toEqual(server.state)
  return tuned.launch as unknown as Extract<PlannedLaunch, { mode: 'launch' }>
}

it('offers nothing that cannot be applied, with batching and without', async () => {
  const tuning = await connectTuning(plugin, SERVER)
  const batching = tfservingServer({ models: ['m'], batching: { maxBatchSize: 4, timeout: '1ms' } })
  expect((await checkTuning(tuning, SERVER, listTunables(null, MACHINE))).applied).toBeGreaterThan(60)
  expect(
    (
      await checkTuning(
        tuning,
        batching,
        listTunables({ max_batch_size: 4, batch_timeout_micros: 1000 }, null),
      )
    ).applied,
  ).toBeGreaterThan(60)
})

describe('a value', () => {
  it('reaches the file of batching parameters and the command line', async () => {
    const launch = await apply({
      'batching.maxBatchSize': 16,
      'batching.timeout': '2ms',
      'batching.maxEnqueuedBatches': 64,
      'batching.threads': 3,
      'threads.intraOp': 2,
      'threads.interOp': 4,
      'threads.rest': 5,
      'args.--xla_cpu_compilation_enabled': true,
      'env.TF_XLA_FLAGS': '--tf_xla_auto_jit=2',
    })
    expect(formatBatchingParameters(launch.batching ?? {})).toBe(
      [
        'max_batch_size { value: 16 }',
        'batch_timeout_micros { value: 2000 }',
        'max_enqueued_batches { value: 64 }',
        'num_batch_threads { value: 3 }',
        '',
      ].join('\n'),
    )
    const files = { models: 'm', monitoring: 'n', batching: 'b' }
    expect(serverArguments(launch, { http: 1, grpc: 2 }, files)).toEqual(
      expect.arrayContaining([
        '--enable_batching=true',
        '--tensorflow_intra_op_parallelism=2',
        '--tensorflow_inter_op_parallelism=4',
        '--rest_api_num_threads=5',
        '--xla_cpu_compilation_enabled=true',
      ]),
    )
    expect(launch.env).toEqual({ TF_XLA_FLAGS: '--tf_xla_auto_jit=2' })
  })

  it('switches batching on and off, and keeps what was set', async () => {
    expect((await apply({ batching: true })).batching).toEqual({})
    expect((await apply({ 'batching.threads': 2, batching: true })).batching).toEqual({
      num_batch_threads: 2,
    })
    expect((await apply({ 'batching.threads': 2, batching: false })).batching).toBeNull()
    expect((await apply({ tensorContent: true })).tensorContent).toBe(true)
  })

  it.each([
    ['batching.maxBatchSize', 0, /whole number above 0/],
    ['batching.size', 4, /is no option/],
    ['batching', 4, /must be true or false/],
    ['threads.intra', 4, /is no option/],
    ['state.models.m.versions', 'all', /is no setting of a TensorFlow Serving/],
  ])('that cannot be is refused: %s = %s', async (path, value, message) => {
    await expect(apply({ [path]: value })).rejects.toThrow(message)
  })

  it('agrees with the others', async () => {
    const server = tfservingServer({ models: ['m'], batching: { maxBatchSize: 8, allowedSizes: [4, 8] } })
    await expect(apply({ 'batching.maxBatchSize': 16 }, server)).rejects.toThrow(
      /allowedSizes ends with 8, and maxBatchSize is 16/,
    )
    const launch = await apply(
      { 'batching.maxBatchSize': 4 },
      tfservingServer({ models: ['m'], batching: true }),
    )
    expect(launch.batching).toEqual({ max_batch_size: 4 })
  })

  it('is none of a server that runs already', async () => {
    const server = tfservingServer({ url: 'http://127.0.0.1:8501' })
    await expect(apply({ 'threads.intraOp': 2 }, server)).rejects.toThrow(/runs already/)
    expect((await connectTuning(plugin, server)).candidates?.(server, MACHINE)).toEqual([])
  })
})

it('knows what is recommended: as many threads of both kinds as cores', async () => {
  const tuning = await connectTuning(plugin, SERVER)
  expect(tuning.candidates?.(SERVER, MACHINE)).toMatchObject([
    { values: { 'batching.threads': 8, 'threads.intraOp': 8 } },
  ])
})

it('has its configuration in a file of batching parameters, flags and variables', async () => {
  const render = async (server: ServerPlan): Promise<unknown> =>
    (await connectTuning(plugin, server)).configuration?.(server, {
      artifact: () => Promise.reject(new Error('No artifact is expected.')),
      root: '/',
      control: null,
    })
  const tuning = await connectTuning(plugin, SERVER)
  const values = { 'batching.maxBatchSize': 16, 'threads.intraOp': 2, 'env.OMP_NUM_THREADS': 2 }
  expect(await render(applyTunables(SERVER, values, tuning))).toEqual([
    { path: 'batching_parameters.txt', text: 'max_batch_size { value: 16 }\n' },
    {
      path: 'tensorflow_model_server.args',
      text: '--enable_batching=true\n--batching_parameters_file=batching_parameters.txt\n--tensorflow_intra_op_parallelism=2\n',
    },
    { path: 'tensorflow_model_server.env', text: 'OMP_NUM_THREADS=2\n' },
  ])
  expect(await render(SERVER)).toEqual([])
  expect(await render(tfservingServer({ url: 'http://127.0.0.1:8501' }))).toEqual([])
})
