import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { JsonObject, JsonValue, RunningServer } from 'servebench/plugin'
import { checkServer } from 'servebench/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { normalConfig } from '../../packages/plugin-triton/src/config/normal-config.ts'
import { parseModelConfig } from '../../packages/plugin-triton/src/config/parse-model-config.ts'
import { tritonControl } from '../../packages/plugin-triton/src/control.ts'
import type { TritonControl } from '../../packages/plugin-triton/src/control.ts'
import { tritonServer } from '../../packages/plugin-triton/src/index.ts'
import type { TritonState } from '../../packages/plugin-triton/src/index.ts'
import { attach as attachTo } from '../../packages/plugin-triton/test/support/triton-target.ts'
import { install, serverFiles } from './support/install.ts'
import { Triton } from './support/triton.ts'

const LOADED = ['identity', 'matmul', 'chain', 'nested', 'slow']
const folder = mkdtempSync(join(tmpdir(), 'servebench-triton-'))
let server: Triton
beforeAll(async () => {
  install('triton')
  server = await Triton.start(
    [
      '--model-control-mode=explicit',
      ...LOADED.map((name) => `--load-model=${name}`),
      `--trace-config=triton,file=${folder}/trace.json`,
    ],
    ['models', 'extra-models'],
  )
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const warnings: string[] = []
afterEach(() => void warnings.splice(0))

/** What a scenario's `server` leads to. */
async function attach(): Promise<RunningServer & { readonly control: TritonControl }> {
  const spec = tritonServer({ url: server.http, grpcUrl: server.grpc, metricsUrl: server.metrics })
  const log = { info: () => {}, warn: (message: string) => warnings.push(message) }
  return (await attachTo(spec, log)) as never
}

const stateOf = (state: TritonState): JsonObject => tritonServer({ url: server.http, state }).state
const artifact = (): never => {
  throw new Error('No artifact is expected.')
}

async function configs(control: TritonControl): Promise<Record<string, JsonObject | undefined>> {
  const ready =
    (await control.index?.())?.filter(({ state }) => state === 'READY').map(({ name }) => name) ?? []
  const read = await Promise.all(
    ready.map(async (name) => [name, await control.modelConfig?.(name)] as const),
  )
  return Object.fromEntries(read)
}

async function infer(model: string, input: string, count: number): Promise<void> {
  const inputs = [
    { name: input, shape: [1, count], datatype: 'FP32', data: Array.from({ length: count }, () => 0.5) },
  ]
  await server.json('POST', `/v2/models/${model}/infer`, { inputs })
}

const ofIdentity = (effective: JsonValue | undefined): JsonObject =>
  (effective as { models: { identity: JsonObject } }).models.identity

it('keeps the contract of servers', async () => {
  const running = await attach()
  const { held, skipped } = await checkServer(running, {
    model: 'identity',
    request: () => infer('identity', 'INPUT', 4),
    configuration: {
      state: stateOf({ models: { identity: { instances: 3 } } }),
      observe: () => server.json('GET', '/v2/models/identity/config'),
    },
  })
  expect(skipped).toEqual(['a server that is gone is not live, and is not waited for'])
  expect(held).toHaveLength(13)
})

describe('a state', () => {
  it('is brought about, read back, and taken back', async () => {
    const { control } = await attach()
    const before = await configs(control)
    expect(Object.keys(before).sort()).toEqual([...LOADED].sort())
    const state = {
      models: {
        identity: { instances: 3, maxBatchSize: 20, dynamicBatching: { maxQueueDelay: '300us' as const } },
      },
    }
    const undo: JsonValue[] = []
    const effective = await control.configure?.(stateOf(state), {
      artifact,
      changing: (step) => void undo.push(step),
    })
    expect(ofIdentity(effective)).toMatchObject({
      max_batch_size: 20,
      instance_group: [{ count: 3 }],
      dynamic_batching: { max_queue_delay_microseconds: 300 },
    })
    expect(warnings).toEqual([])
    // Ensembles that the model is part of go on.
    await infer('nested', 'X', 256)
    expect(undo).toMatchObject([{ undo: 'configuration', model: 'identity' }])
    await control.restore?.()
    expect(await configs(control)).toEqual(before)
    await infer('nested', 'X', 256)
  })

  it('with other instances only changes in place, and keeps what was counted', async () => {
    const { control } = await attach()
    const before = await configs(control)
    await infer('identity', 'INPUT', 4)
    const counted = (await control.statistics?.())?.models['identity']?.inferences
    expect(counted).toBeGreaterThan(0)
    const effective = await control.configure?.(stateOf({ models: { identity: { instances: 1 } } }), {
      artifact,
    })
    expect(ofIdentity(effective)).toMatchObject({ instance_group: [{ count: 1, kind: 'KIND_CPU' }] })
    expect((await control.statistics?.())?.models['identity']?.inferences).toBe(counted)
    await control.restore?.()
    expect(await configs(control)).toEqual(before)
  })

  it('follows the next case, and not the one before', async () => {
    const { control } = await attach()
    const before = await configs(control)
    await control.configure?.(stateOf({ models: { slow: { parameters: { sleep_ms: 5 } } } }), { artifact })
    const effective = await control.configure?.(stateOf({ models: { slow: { dynamicBatching: false } } }), {
      artifact,
    })
    const { slow } = (effective as { models: { slow: JsonObject } }).models
    expect(slow).toMatchObject({ parameters: { sleep_ms: { string_value: '20' } } })
    expect(slow['dynamic_batching']).toBeUndefined()
    await control.restore?.()
    expect(await configs(control)).toEqual(before)
  })

  it('loads models, which are unloaded afterwards', async () => {
    const { control } = await attach()
    const before = await configs(control)
    const undo: JsonValue[] = []
    await control.configure?.(stateOf({ load: ['text'], models: { text: { maxBatchSize: 2 } } }), {
      artifact,
      changing: (step) => void undo.push(step),
    })
    expect((await control.modelConfig?.('text'))?.['max_batch_size']).toBe(2)
    expect(undo).toEqual([{ undo: 'loading', model: 'text' }])
    await control.restore?.()
    expect(await configs(control)).toEqual(before)
  })

  it('that ensembles cannot use takes them away, which is said, and brings them back', async () => {
    const { control } = await attach()
    const before = await configs(control)
    // Below the largest batch of the ensembles that it is part of.
    await control.configure?.(stateOf({ models: { identity: { maxBatchSize: 8 } } }), { artifact })
    expect(Object.keys(await configs(control)).sort()).toEqual(['identity', 'matmul', 'slow'])
    expect(warnings.map((warning) => warning.replace(/,.*/, ''))).toEqual([
      "Model 'chain' is not ready any more",
      "Model 'nested' is not ready any more",
    ])
    await control.restore?.()
    expect(await configs(control)).toEqual(before)
  })

  it('that another process left behind is taken back by its journal', async () => {
    const { control } = await attach()
    const before = await configs(control)
    const journal: string[] = []
    await control.configure?.(
      stateOf({
        load: ['text'],
        models: { slow: { instances: 2 }, matmul: { maxBatchSize: 18 } },
        log: { log_verbose_level: 1 },
      }),
      {
        artifact,
        changing: (step) => void journal.push(JSON.stringify(step)),
      },
    )
    // Nothing of that process is left but what it wrote.
    const other = await tritonControl({ url: server.grpc, protocol: 'grpc' })
    const steps = journal.map((line) => JSON.parse(line) as JsonValue)
    expect(steps).toHaveLength(4)
    expect(await other.undo?.(steps)).toEqual([])
    expect(await configs(control)).toEqual(before)
    expect(await control.logSettings?.()).toMatchObject({ log_verbose_level: 0 })
    // Again, and steps whose change was never made: nothing to do.
    expect(await other.undo?.(steps)).toEqual([])
    expect(await configs(control)).toEqual(before)
  })

  it('says what could not be taken back, and takes back the rest', async () => {
    const { control } = await attach()
    await control.configure?.(stateOf({ load: ['text'] }), { artifact })
    const config = await control.modelConfig?.('slow')
    const failures = await control.undo?.([
      { undo: 'loading', model: 'text' },
      { undo: 'configuration', model: 'no_such_model', config: config as JsonObject },
      { undo: 'everything' },
    ])
    expect(failures).toEqual([
      'A step that is not known cannot be taken back: {"undo":"everything"}',
      expect.stringContaining(
        "the configuration of model 'no_such_model' could not be taken back: Triton could not load model",
      ),
    ])
    expect(Object.keys(await configs(control)).sort()).toEqual([...LOADED].sort())
  })

  it('keeps an override that was there before', async () => {
    const { control } = await attach()
    const original = (await control.modelConfig?.('slow')) as JsonObject
    const overridden = { ...original, parameters: { sleep_ms: { string_value: '7' } } }
    await control.loadModel?.('slow', overridden)
    const second = await attach()
    await second.control.configure?.(stateOf({ models: { slow: { maxBatchSize: 2 } } }), { artifact })
    await second.control.restore?.()
    expect((await control.modelConfig?.('slow'))?.['parameters']).toEqual({ sleep_ms: { string_value: '7' } })
    await control.unloadModel?.('slow')
    await control.loadModel?.('slow')
    expect(await control.modelConfig?.('slow')).toEqual(original)
  })
})

describe('what cannot be', () => {
  it('is refused in a sentence, and what was loaded goes on', async () => {
    const { control } = await attach()
    const before = await configs(control)
    const configure = (state: TritonState) => control.configure?.(stateOf(state), { artifact })
    await expect(
      configure({ models: { identity: { config: { max_batch_size: -3 } } } }),
    ).rejects.toMatchObject({
      code: 'SERVEBENCH_TRITON_LOAD',
      message: "Triton refused the configuration of model 'identity'.",
      advice: 'Its log says why.',
    })
    await expect(configure({ models: { chain: { instances: 2 } } })).rejects.toMatchObject({
      code: 'SERVEBENCH_TRITON_STATE',
      message: "Model 'chain' is an ensemble: it cannot have instances.",
    })
    await expect(configure({ load: ['broken'] })).rejects.toMatchObject({
      message: expect.stringMatching(/^Triton could not load model 'broken': .*broken on purpose\.$/),
    })
    await expect(configure({ load: ['no_such_model'] })).rejects.toMatchObject({
      code: 'SERVEBENCH_TRITON_LOAD',
    })
    await control.restore?.()
    expect(await configs(control)).toEqual(before)
    await infer('nested', 'X', 256)
  })
})

describe('graphs and statistics', () => {
  it('of ensembles are followed to their ends', async () => {
    const { control } = await attach()
    expect(await control.graph('nested')).toEqual({
      nested: ['chain', 'matmul'],
      chain: ['identity', 'matmul'],
    })
    expect(await control.graph('caller', { caller: ['identity', 'matmul'] })).toEqual({
      caller: ['identity', 'matmul'],
    })
    expect(await control.graph('slow')).toEqual({})
  })

  it('count an ensemble and what it consists of', async () => {
    const { control } = await attach()
    const count = async () => {
      const { models } = (await control.statistics?.()) ?? { models: {} }
      return ['nested', 'chain', 'identity', 'matmul', 'slow'].map((name) => models[name]?.success.count ?? 0)
    }
    const before = await count()
    for (let request = 0; request < 3; request++) await infer('nested', 'X', 256)
    expect((await count()).map((value, index) => value - (before[index] as number))).toEqual([3, 3, 3, 6, 0])
  })
})

describe('traces', () => {
  it.each(['http', 'grpc'] as const)('are switched on and off for a model over %s', async (protocol) => {
    const control = await tritonControl({ url: protocol === 'grpc' ? server.grpc : server.http, protocol })
    const on = await control.trace?.({ model: 'slow', trace_level: ['TIMESTAMPS'], trace_rate: '3' })
    expect(on).toMatchObject({ trace_level: ['TIMESTAMPS'], trace_rate: '3' })
    const other = await tritonControl({ url: server.http })
    expect(await other.client.traceSettings('')).toMatchObject({ trace_level: ['OFF'] })
    await control.trace?.(null)
    expect(await other.client.traceSettings('slow')).toEqual(await other.client.traceSettings(''))
  })
})

describe('tunables', () => {
  it('are those that models have', async () => {
    const { control } = await attach()
    const tunables = (await control.tunables?.()) ?? []
    expect(tunables.map(({ path, change }) => `${path} ${change}`)).toEqual(
      expect.arrayContaining([
        'state.models.identity.instances in-place',
        'state.models.identity.maxBatchSize reload',
        'state.models.slow.dynamicBatching.maxQueueDelay reload',
      ]),
    )
    expect(tunables.some(({ path }) => path.includes('chain'))).toBe(false)
  })
})

describe('a server without model control', () => {
  it('is measured as it is, and says so when its state is to change', async () => {
    // It loads all that is there: one model, so that this does not take long.
    const models = join(folder, 'models')
    mkdirSync(models)
    symlinkSync(join(serverFiles('triton'), 'models/slow'), join(models, 'slow'))
    await using plain = await Triton.start([], [relative(serverFiles('triton'), models)])
    const control = await tritonControl({ url: plain.http })
    const effective = await control.configure?.(stateOf({ load: ['slow'] }), { artifact })
    expect(effective).toMatchObject({ models: { slow: { name: 'slow' } } })
    await expect(
      control.configure?.(stateOf({ models: { slow: { instances: 2 } } }), { artifact }),
    ).rejects.toMatchObject({
      code: 'SERVEBENCH_TRITON_LOAD',
      advice: expect.stringContaining('--model-control-mode=explicit'),
    })
  })
})

it('has files that are read as the server itself reads them', async () => {
  const { control } = await attach()
  const told = await configs(control)
  const stored = Object.keys(told).map((name) => {
    const text = readFileSync(join(serverFiles('triton'), 'models', name, 'config.pbtxt'), 'utf8')
    return [name, parseModelConfig(text)] as const
  })
  expect(stored.length).toBeGreaterThanOrEqual(LOADED.length)
  // The server adds what a file leaves out, and takes nothing away.
  for (const [name, config] of stored) expect(told[name]).toMatchObject(normalConfig(config))
})
