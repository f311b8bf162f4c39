import { applyTunables, tunableValues } from 'servebench/plugin'
import type {
  JsonObject,
  JsonValue,
  ServerControl,
  ServerPlan,
  Tunable,
  TuningMachine,
} from 'servebench/plugin'
import { checkTuning, connectTuning, launchServer } from 'servebench/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { plugin, tritonServer } from '../src/index.ts'
import type { TritonServerSpec } from '../src/index.ts'
import { serverArguments } from '../src/launch/server-arguments.ts'
import { listTunables } from '../src/tuning/tunables.ts'
import { FakeTriton } from './support/fake-triton.ts'

let fake: FakeTriton | undefined
afterEach(async () => {
  await fake?.[Symbol.asyncDispose]()
  fake = undefined
})

const ONNX = {
  backend: 'onnxruntime',
  max_batch_size: 8,
  instance_group: [{ count: 1, kind: 'KIND_CPU' }],
  parameters: { intra_op_thread_count: { string_value: '1' } },
}
const MACHINE: TuningMachine = { physicalCores: 2, logicalCores: 4, gpus: 0 }

async function apply(server: ServerPlan, values: Readonly<Record<string, JsonValue>>): Promise<ServerPlan> {
  return applyTunables(server, values, await connectTuning(plugin, server))
}
const listed = (config: JsonObject, machine: TuningMachine | null = MACHINE): readonly Tunable[] =>
  listTunables({ 'resnet.v1': config }, { machine, cache: false })

describe('tunables', () => {
  it('can all be applied, also to a server that names no model', async () => {
    const launched = tritonServer({ repository: 'models', cache: '1MiB', state: { load: ['resnet.v1'] } })
    for (const server of [launched, tritonServer({ url: 'http://127.0.0.1:8000' })]) {
      const tuning = await connectTuning(plugin, server)
      for (const backend of ['onnxruntime', 'pytorch', 'tensorflow', 'python']) {
        const config = { ...ONNX, backend }
        const control = { modelConfig: async () => config } as unknown as ServerControl
        const { applied } = await checkTuning(tuning, server, listed(config), { control })
        expect(applied).toBeGreaterThan(30)
      }
    }
  })

  it("have Model Analyzer's automatic space: 1 to 5 instances, batches of 1 to 128, joined", () => {
    const automatic = listed(ONNX).flatMap(({ path, automatic: values }) =>
      values === undefined ? [] : [[path.split('.').at(-1), values]],
    )
    expect(Object.fromEntries(automatic)).toEqual({
      instances: [1, 2, 3, 4, 5],
      maxBatchSize: [1, 2, 4, 8, 16, 32, 64, 128],
      dynamicBatching: [true],
    })
  })

  it('leave out what the machine and the server lack, and say why', () => {
    const skipped = (machine: TuningMachine | null): string[] =>
      listed(ONNX, machine).flatMap(({ skipped: values = [] }) => values.map(({ reason }) => reason))
    expect(skipped(MACHINE)).toEqual([
      'This machine has no GPU that servebench sees.',
      "The server was started without a cache: tritonServer({ cache: '64MiB' }).",
      'This machine has no GPU that servebench sees.',
      'This machine has no GPU that servebench sees.',
    ])
    expect(skipped({ ...MACHINE, gpus: 1 })).toHaveLength(1)
    // Of another machine nothing is known.
    expect(skipped(null)).toHaveLength(1)
    const kind = listed(ONNX).find(({ path }) => path.endsWith('instanceKind')) as Tunable
    expect(tunableValues(kind)).toEqual(['cpu'])
  })

  it('are those of the model: no batches where there are none, no threads of a backend without', () => {
    const names = (config: JsonObject): string[] =>
      listed(config).map(({ path }) => path.slice('state.models.resnet.v1.'.length))
    expect(names({ max_batch_size: 0 })).toEqual(['instances', 'instanceKind', 'responseCache'])
    expect(names({ max_batch_size: 4, sequence_batching: {} })).toContain('maxBatchSize')
    expect(names({ max_batch_size: 4, sequence_batching: {} })).not.toContain('dynamicBatching')
    expect(names({ ensemble_scheduling: {} })).toEqual([])
  })
})

describe('a value', () => {
  it('reaches the server', async () => {
    fake = await FakeTriton.start({ models: { 'resnet.v1': ONNX }, loaded: ['resnet.v1'] })
    const spec = tritonServer({ url: fake.url })
    await using launched = await launchServer(plugin, spec)
    const tuned = await apply(spec, {
      'state.models.resnet.v1.instances': 3,
      'state.models.resnet.v1.maxBatchSize': 32,
      'state.models.resnet.v1.dynamicBatching': true,
      'state.models.resnet.v1.dynamicBatching.maxQueueDelay': '500us',
      'state.models.resnet.v1.dynamicBatching.preferred': [16],
      'state.models.resnet.v1.intraOpThreads': 2,
      'state.models.resnet.v1.parameters.session.set_denormal_as_zero': '1',
      'state.models.resnet.v1.config.optimization.graph.level': -1,
      'state.models.resnet.v1.config.optimization.execution_accelerators': {
        cpu_execution_accelerator: [{ name: 'openvino' }],
      },
    })
    await launched.server.control?.configure?.(tuned.state, launched)
    expect(fake.configs()['resnet.v1']).toMatchObject({
      instance_group: [{ count: 3, kind: 'KIND_CPU' }],
      max_batch_size: 32,
      dynamic_batching: { max_queue_delay_microseconds: 500, preferred_batch_size: [16] },
      parameters: {
        intra_op_thread_count: { string_value: '2' },
        'session.set_denormal_as_zero': { string_value: '1' },
      },
      optimization: {
        graph: { level: -1 },
        execution_accelerators: { cpu_execution_accelerator: [{ name: 'openvino' }] },
      },
    })
  })

  it('of the launch reaches its command line, as another process', async () => {
    const server = tritonServer({ repository: 'r', args: ['--http-thread-count=8'], state: { load: ['m'] } })
    const tuned = await apply(server, {
      'args.--http-thread-count': 4,
      cache: '1MiB',
      'rateLimits.R': 2,
      'env.OMP_NUM_THREADS': 1,
    })
    const launch = tuned.launch as unknown as Extract<TritonServerSpec['launch'], { mode: 'launch' }>
    const installation = { binary: 'tritonserver', backends: null, caches: null, backendNames: [] }
    const surroundings = {
      ports: { http: 1, grpc: 2, metrics: 3 },
      repository: '/r',
      region: 'x',
      root: '/',
      directory: '/d',
      host: '127.0.0.1',
    }
    const args = serverArguments(launch, installation, surroundings)
    expect(args).toEqual(
      expect.arrayContaining([
        '--http-thread-count=4',
        '--cache-config=local,size=1048576',
        '--rate-limit-resource=R:2',
      ]),
    )
    expect(args).not.toContain('--http-thread-count=8')
    expect(launch.env).toEqual({ OMP_NUM_THREADS: '1' })
    expect(tuned.state).toEqual(server.state)
  })

  it('is one of all models where it names none', async () => {
    const server = tritonServer({
      repository: 'r',
      state: { load: ['a', 'b'], models: { b: { maxBatchSize: 4 } } },
    })
    const { state } = (await apply(server, { 'state.instances': 2 })) as unknown as TritonServerSpec
    expect(state.models.map(({ name, settings }) => [name, settings])).toEqual([
      ['a', { instances: 2 }],
      ['b', { maxBatchSize: 4, instances: 2 }],
    ])
  })

  it('keeps what stands beside it, and follows the last word', async () => {
    const server = tritonServer({
      url: 'http://x',
      state: {
        models: { m: { dynamicBatching: { maxQueueDelay: '1ms', preferred: [4] }, config: { a: { b: 1 } } } },
      },
    })
    const settings = async (values: Readonly<Record<string, JsonValue>>): Promise<unknown> =>
      ((await apply(server, values)) as unknown as TritonServerSpec).state.models[0]?.settings
    expect(await settings({ 'state.models.m.dynamicBatching.maxQueueDelay': '2ms' })).toMatchObject({
      dynamicBatching: { maxQueueDelay: 2000, preferred: [4] },
    })
    expect(await settings({ 'state.models.m.dynamicBatching': true })).toMatchObject({
      dynamicBatching: { maxQueueDelay: 1000, preferred: [4] },
    })
    expect(await settings({ 'state.models.m.dynamicBatching': false })).toMatchObject({
      dynamicBatching: false,
    })
    expect(
      await settings({
        'state.models.m.dynamicBatching': false,
        'state.models.m.dynamicBatching.preferred': [8],
      }),
    ).toMatchObject({ dynamicBatching: { preferred: [8] } })
    expect(await settings({ 'state.models.m.config.a.c': null })).toMatchObject({
      config: { a: { b: 1, c: null } },
    })
    expect(await settings({ 'state.models.m.config': { d: 1 } })).toMatchObject({ config: { d: 1 } })
  })

  it.each([
    ['state.models.m.instances', 0, /must be a whole number from 1/],
    ['state.models.m.instances', null, /needs a value/],
    ['state.models.m.instanses', 2, /is no setting of a Triton server. *Did you mean 'instances'/],
    ['state.instances', 2, /is of no model: say which one with state.models.NAME.instances/],
    ['state.models.m.dynamicBatching.maxQueueDelay', '5 apples', /not a duration/],
    ['cache', '1MiB', /runs already/],
    ['instances', 2, /is no setting of a Triton server/],
  ])('that cannot be is refused: %s = %s', async (path, value, message) => {
    await expect(apply(tritonServer({ url: 'http://x' }), { [path]: value })).rejects.toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ path })] }),
    )
    await expect(apply(tritonServer({ url: 'http://x' }), { [path]: value })).rejects.toThrow(message)
  })
})

it('knows the load for a configuration: 2 × batch × instances', async () => {
  const server = tritonServer({ url: 'http://x', state: { models: { m: { instances: 3 } } } })
  const tuning = await connectTuning(plugin, server)
  expect(tuning.concurrency?.(server)).toBeNull()
  expect(tuning.concurrency?.(tuning.apply(server, 'state.models.m.maxBatchSize', 8))).toBe(48)
  expect(tuning.concurrency?.(tuning.apply(server, 'state.models.m.maxBatchSize', 0))).toBe(6)
})

it('knows the load of each of several models, where their settings are', async () => {
  const models = { a: { instances: 3, maxBatchSize: 4 }, b: { instances: 1, maxBatchSize: 1 }, c: {} }
  const server = tritonServer({ url: 'http://x', state: { models } })
  const tuning = await connectTuning(plugin, server)
  const users = ['a', 'b', 'c', 'other'].map((model) => tuning.concurrency?.(server, model))
  expect(users).toEqual([24, 2, null, null])
  expect(tuning.concurrency?.(server)).toBe(24)
  const changed = tuning.apply(server, `${tuning.modelSettings}.b.instances`, 2)
  expect(tuning.concurrency?.(changed, 'b')).toBe(4)
})
