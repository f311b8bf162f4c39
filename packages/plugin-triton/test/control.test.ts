/** Bringing about a state and taking it back, on a control plane that behaves as a real one does. */
import type { JsonObject, JsonValue, RunningServer, SettingDifference } from 'servebench/plugin'
import { checkServer, launchServer } from 'servebench/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { TritonControl } from '../src/control.ts'
import { tritonControl } from '../src/control.ts'
import { plugin, tritonServer } from '../src/index.ts'
import type { TritonState } from '../src/index.ts'
import { FakeTriton } from './support/fake-triton.ts'
import type { FakeTritonOptions } from './support/fake-triton.ts'
import { attach as attachTo } from './support/triton-target.ts'

let server: FakeTriton | undefined
const warnings: string[] = []
const differences: SettingDifference[] = []
afterEach(async () => {
  await server?.[Symbol.asyncDispose]()
  server = undefined
  warnings.splice(0)
  differences.splice(0)
})

const MODELS = {
  plain: { max_batch_size: 8, instance_group: [{ count: 1 }] },
  batched: { max_batch_size: 16, dynamic_batching: { max_queue_delay_microseconds: 100 }, parameters: {} },
  spare: { max_batch_size: 4 },
  sums: { max_batch_size: 4, sequence_batching: {} },
  both: { ensemble_scheduling: { step: [{ model_name: 'plain' }, { model_name: 'batched' }] } },
}
const LOADED = ['plain', 'batched', 'sums', 'both']

async function attach(
  options: Partial<FakeTritonOptions> = {},
): Promise<{ fake: FakeTriton; control: TritonControl }> {
  server ??= await FakeTriton.start({ models: MODELS, loaded: LOADED, ...options })
  const spec = tritonServer({ url: server.url })
  const log = { info: () => {}, warn: (message: string) => warnings.push(message) }
  const running: RunningServer = await attachTo(spec, log)
  return { fake: server, control: running.control as TritonControl }
}

const stateOf = (state: TritonState): JsonObject => tritonServer({ url: 'http://x', state }).state
const artifact = (): never => {
  throw new Error('No artifact is expected.')
}
const configure = (
  control: TritonControl,
  state: TritonState,
  changing: (step: JsonValue) => void | Promise<void> = () => {},
): Promise<JsonValue> =>
  (control.configure as NonNullable<TritonControl['configure']>)(stateOf(state), {
    artifact,
    changing,
    differs: (difference) => differences.push(difference),
  })

it('keeps the contract of servers', async () => {
  server = await FakeTriton.start({ models: MODELS, loaded: LOADED })
  const fake = server
  await using launched = await launchServer(
    plugin,
    tritonServer({ url: fake.url, metricsUrl: `${fake.url}/metrics` }),
  )
  const { held, skipped } = await checkServer(launched.server, {
    model: 'plain',
    configuration: {
      state: stateOf({ models: { plain: { instances: 3, maxBatchSize: 32 } } }),
      observe: () => Promise.resolve(fake.configs() as JsonObject),
    },
    stopServer: () => fake.stop(),
  })
  expect(skipped).toEqual(['statistics count a request once'])
  expect(held).toHaveLength(13)
})

describe('a state', () => {
  it('is announced, brought about, read back, and taken back by an unload and a load', async () => {
    const { fake, control } = await attach()
    const before = fake.configs()
    const steps: JsonValue[] = []
    const effective = await configure(
      control,
      { models: { plain: { instances: 3, maxBatchSize: 32 } } },
      (step) => {
        expect(fake.configs()).toEqual(before)
        steps.push(step)
      },
    )
    expect(effective).toMatchObject({
      models: { plain: { max_batch_size: 32, instance_group: [{ count: 3, kind: 'KIND_CPU' }] } },
    })
    expect(steps).toEqual([{ undo: 'configuration', model: 'plain', config: before['plain'], ready: LOADED }])
    await control.restore?.()
    expect(fake.configs()).toEqual(before)
    expect(fake.calls).toEqual(['load plain with a configuration', 'unload plain', 'load plain'])
    expect(warnings).toEqual([])
  })

  it('that is there already changes nothing', async () => {
    const { fake, control } = await attach()
    await configure(control, {
      load: ['plain'],
      models: { batched: { dynamicBatching: { maxQueueDelay: '100us' } } },
    })
    await configure(control, {})
    await control.restore?.()
    expect(fake.calls).toEqual([])
  })

  it('follows one case from the other: what a case says nothing about is as it was', async () => {
    const { fake, control } = await attach()
    const before = fake.configs()
    const log = { ...fake.log }
    await configure(control, {
      models: { plain: { instances: 2 } },
      load: ['spare'],
      log: { log_verbose_level: 1 },
    })
    expect(Object.keys(fake.configs())).toContain('spare')
    await configure(control, { models: { batched: { instances: 4 } } })
    expect(fake.configs()).toEqual({
      ...before,
      batched: expect.objectContaining({ instance_group: [expect.objectContaining({ count: 4 })] }),
    })
    expect(fake.log).toEqual(log)
    await configure(control, {})
    expect(fake.configs()).toEqual(before)
    const changes = fake.calls.length
    await control.restore?.()
    expect(fake.calls).toHaveLength(changes)
  })

  it('has settings applied to the configuration of the files, not to those of the case before', async () => {
    const { fake, control } = await attach()
    await configure(control, { models: { plain: { instances: 5, parameters: { a: 1 } } } })
    await configure(control, { models: { plain: { maxBatchSize: 2 } } })
    expect(fake.configs()['plain']).toMatchObject({ max_batch_size: 2, instance_group: [{ count: 1 }] })
    expect(fake.configs()['plain']?.['parameters']).toBeUndefined()
  })

  it('keeps an override that somebody else has made', async () => {
    const { fake, control } = await attach()
    fake.override('plain', { ...MODELS.plain, name: 'plain', parameters: { mine: { string_value: '7' } } })
    const before = fake.configs()
    await configure(control, { models: { plain: { maxBatchSize: 2 } } })
    await control.restore?.()
    expect(fake.configs()).toEqual(before)
  })

  it('that the server changes is reported with what it has made of it', async () => {
    const { fake, control } = await attach()
    fake.meddle = (config) => ({ ...config, max_batch_size: 4, instance_group: [{ count: 1 }] })
    const wanted = { models: { plain: { maxBatchSize: 64, instances: 2 } } }
    const both = [
      { setting: 'max_batch_size', wanted: 64, found: 4 },
      {
        setting: 'instance_group',
        wanted: [expect.objectContaining({ count: 2 }) as object],
        found: [expect.objectContaining({ count: 1 }) as object],
      },
    ].map((difference) => expect.objectContaining({ model: 'plain', ...difference }) as object)
    await configure(control, wanted)
    expect(differences).toHaveLength(2)
    expect(differences).toEqual(expect.arrayContaining(both))
    // Also when nothing is left to be changed.
    differences.splice(0)
    fake.meddle = (config) => config
    await configure(control, wanted)
    expect(differences).toEqual(expect.arrayContaining(both))
  })
})

describe('a state that cannot be reached', () => {
  it('leaves what was loaded, and is taken back as far as it came', async () => {
    const { fake, control } = await attach()
    const before = fake.configs()
    await expect(
      configure(control, {
        models: { plain: { instances: 2 }, batched: { config: { max_batch_size: -3 } } },
      }),
    ).rejects.toMatchObject({
      code: 'SERVEBENCH_TRITON_LOAD',
      message: "Triton refused the configuration of model 'batched'.",
      advice: 'Its log says why.',
    })
    expect(fake.configs()['plain']).toMatchObject({ instance_group: [{ count: 2 }] })
    await control.restore?.()
    expect(fake.configs()).toEqual(before)
  })

  it('is not begun when its change cannot be written down', async () => {
    const { fake, control } = await attach()
    await expect(
      configure(control, { models: { plain: { instances: 2 } } }, async () => {
        throw new Error('disk full')
      }),
    ).rejects.toThrow('disk full')
    expect(fake.calls).toEqual([])
  })

  it.each([
    [{ models: { both: { instances: 2 } } }, "Model 'both' is an ensemble: it cannot have instances."],
    [
      { models: { sums: { dynamicBatching: true } } },
      "Model 'sums' keeps the state of sequences: it cannot have dynamic batching.",
    ],
    [{ load: ['nowhere'] }, "Triton could not load model 'nowhere'."],
  ] as const)('%j is refused', async (state, message) => {
    const { control } = await attach()
    await expect(configure(control, state)).rejects.toMatchObject({ message })
  })

  it('without model control says how to have it', async () => {
    const { control } = await attach({ control: false })
    await expect(configure(control, { models: { plain: { instances: 2 } } })).rejects.toMatchObject({
      code: 'SERVEBENCH_TRITON_LOAD',
      message: "Triton does not let model 'plain' be loaded: explicit model load / unload is not allowed.",
      advice: expect.stringContaining('--model-control-mode=explicit'),
    })
  })
})

describe('another process', () => {
  it('takes back what one that is gone has announced, any number of times', async () => {
    const { fake, control } = await attach()
    const before = fake.configs()
    const log = { ...fake.log }
    const journal: string[] = []
    await configure(
      control,
      {
        load: ['spare'],
        models: { plain: { instances: 2 }, batched: { maxBatchSize: 2 } },
        log: { log_info: false },
      },
      (step) => void journal.push(JSON.stringify(step)),
    )
    const other = await tritonControl({ url: fake.url })
    const steps = journal.map((line) => JSON.parse(line) as JsonValue)
    expect(steps).toHaveLength(4)
    for (const attempt of [steps, steps, steps.slice(0, 1)]) {
      expect(await other.undo?.(attempt)).toEqual([])
      expect(fake.configs()).toEqual(before)
      expect(fake.log).toEqual(log)
    }
  })

  it('takes back a change that was announced and never made', async () => {
    const { fake, control } = await attach()
    const before = fake.configs()
    const steps: JsonValue[] = []
    fake.onChange = () => {
      throw new Error('killed')
    }
    await expect(
      configure(control, { models: { plain: { instances: 2 } } }, (step) => void steps.push(step)),
    ).rejects.toThrow()
    fake.onChange = () => {}
    const other = await tritonControl({ url: fake.url })
    expect(await other.undo?.(steps)).toEqual([])
    expect(fake.configs()).toEqual(before)
    expect(fake.calls).toEqual([])
  })

  it('takes back what it can between the unload and the load of one that was killed while taking back', async () => {
    const { fake, control } = await attach()
    const before = fake.configs()
    const steps: JsonValue[] = []
    await configure(control, { models: { plain: { instances: 2 } } }, (step) => void steps.push(step))
    fake.onChange = (change) => {
      if (change === 'load plain') throw new Error('killed')
    }
    await expect(control.restore?.()).rejects.toMatchObject({ code: 'SERVEBENCH_TRITON_RESTORE' })
    expect(Object.keys(fake.configs())).not.toContain('plain')
    fake.onChange = () => {}
    const other = await tritonControl({ url: fake.url })
    expect(await other.undo?.(steps)).toEqual([])
    expect(fake.configs()).toEqual(before)
  })

  it('says what it could not take back, and takes back the rest', async () => {
    const { fake, control } = await attach()
    const before = fake.configs()
    const steps: JsonValue[] = [{ undo: 'nothing known' }, null]
    await configure(
      control,
      { models: { plain: { instances: 2 }, batched: { instances: 2 } } },
      (step) => void steps.push(step),
    )
    fake.onChange = (change) => {
      if (change.endsWith('batched')) throw new Error('it is busy')
    }
    expect(await control.undo?.(steps)).toEqual([
      expect.stringMatching(/the configuration of model 'batched' could not be taken back: .*it is busy/),
      'A step that is not known cannot be taken back: null',
      'A step that is not known cannot be taken back: {"undo":"nothing known"}',
    ])
    expect(fake.configs()['plain']).toEqual(before['plain'])
  })
})

it('follows ensembles to the models that they consist of', async () => {
  const { control } = await attach()
  expect(await control.graph('both')).toEqual({ both: ['plain', 'batched'] })
  expect(await control.graph('plain', { plain: ['batched', 'both'] })).toEqual({
    plain: ['batched', 'both'],
    both: ['plain', 'batched'],
  })
})

it('offers what models can be tuned by', async () => {
  const { control } = await attach()
  const found = (await control.tunables?.()) ?? []
  expect(found.map(({ path, change }) => `${path} ${change}`)).toEqual([
    'state.models.plain.instances in-place',
    'state.models.plain.instanceKind reload',
    ...BATCHES.map((setting) => `state.models.plain.${setting} reload`),
    'state.models.plain.responseCache reload',
    'state.models.batched.instances in-place',
    'state.models.batched.instanceKind reload',
    ...BATCHES.map((setting) => `state.models.batched.${setting} reload`),
    'state.models.batched.responseCache reload',
    'state.models.sums.instances in-place',
    'state.models.sums.instanceKind reload',
    'state.models.sums.maxBatchSize reload',
    'state.models.sums.responseCache reload',
  ])
  expect(found.find(({ path }) => path.endsWith('batched.dynamicBatching.maxQueueDelay'))).toMatchObject({
    default: '100us',
    when: { path: 'state.models.batched.dynamicBatching', values: [true] },
  })
})

const BATCHES = [
  'maxBatchSize',
  'dynamicBatching',
  'dynamicBatching.maxQueueDelay',
  'dynamicBatching.preferred',
  'dynamicBatching.preserveOrdering',
]
