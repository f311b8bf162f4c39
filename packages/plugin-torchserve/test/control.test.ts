import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonValue, ServerStatistics, SettingDifference } from 'servebench/plugin'
import { checkServer, launchServer } from 'servebench/testing'
import { plugin, torchServe } from '../src/index.ts'
import type { TorchServeState } from '../src/index.ts'
import { torchserveControl } from '../src/control.ts'
import type { TorchServeControl } from '../src/control.ts'
import { FakeTorchServe, INFERENCE_MS, QUEUE_MS } from './support/fake-torchserve.ts'
import type { FakeOptions } from './support/fake-torchserve.ts'

let fake: FakeTorchServe
const warnings: string[] = []
const differences: SettingDifference[] = []
beforeEach(() => {
  warnings.length = 0
  differences.length = 0
})
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
})

async function start(options: FakeOptions = {}): Promise<TorchServeControl> {
  fake = await FakeTorchServe.start(options)
  return open()
}

function open(): TorchServeControl {
  return torchserveControl({
    url: fake.http,
    managementUrl: fake.management,
    metricsUrl: fake.metrics,
    warn: (message) => warnings.push(message),
  })
}

const stateOf = (state: TorchServeState) => torchServe({ url: fake.http, state }).state
const journal: JsonValue[] = []
const use = {
  artifact: () => Promise.reject(new Error('There are no artifacts.')),
  changing: (step: JsonValue) => void journal.push(JSON.parse(JSON.stringify(step)) as JsonValue),
  differs: (difference: SettingDifference) => void differences.push(difference),
}
beforeEach(() => {
  journal.length = 0
})

const configure = (control: TorchServeControl, state: TorchServeState) =>
  control.configure?.(stateOf(state), use) as Promise<JsonValue>

it('keeps the contract of servers', async () => {
  fake = await FakeTorchServe.start({ models: { echo: { versions: ['1.0', '2.0'] }, other: {} } })
  const urls = { url: fake.http, managementUrl: fake.management, metricsUrl: fake.metrics }
  await using launched = await launchServer(plugin, torchServe(urls))
  const { held, skipped } = await checkServer(launched.server, {
    model: 'echo',
    request: () => fetch(`${fake.http}/predictions/echo`, { method: 'POST', body: 'x' }),
    configuration: {
      state: stateOf({ models: { echo: { workers: 3, batchSize: 4 } }, defaults: { echo: '2.0' } }),
      observe: () =>
        Promise.resolve({
          chosen: fake.chosen('echo') ?? null,
          versions: ['1.0', '2.0'].map((version) => ({ ...fake.version('echo', version) })),
        }),
    },
    stopServer: () => fake[Symbol.asyncDispose](),
  })
  expect(skipped).toEqual([
    'a model that is unloaded is not ready, and is again once it is loaded',
    'a model that nobody has is refused in words',
  ])
  expect(held).toHaveLength(12)
})

describe('the state of a server that runs already', () => {
  it('scales workers in place, and puts them back', async () => {
    const control = await start()
    await configure(control, { models: { echo: { workers: 3 } } })
    expect(fake.changes).toEqual(['PUT /models/echo/1.0?min_worker=3&max_worker=3&synchronous=true'])
    await control.restore?.()
    expect(fake.version('echo', '1.0')).toMatchObject({ minWorkers: 1, maxWorkers: 1 })
  })

  it('registers anew what a registration fixes, with everything else as it was', async () => {
    const control = await start({
      models: { echo: { archive: 'a b.mar', minWorkers: 2, maxWorkers: 3, responseTimeout: 7 } },
    })
    const effective = await configure(control, { models: { echo: { batchSize: 8, maxBatchDelay: '20ms' } } })
    expect(fake.changes).toEqual([
      'DELETE /models/echo/1.0',
      'POST /models?url=a+b.mar&model_name=echo&batch_size=8&max_batch_delay=20&response_timeout=7&startup_timeout=120&initial_workers=2&synchronous=true',
      'PUT /models/echo/1.0/set-default',
      'PUT /models/echo/1.0?min_worker=2&max_worker=3&synchronous=true',
    ])
    expect(effective).toMatchObject({
      models: { 'echo/1.0': { batchSize: 8, maxBatchDelay: 20, maxWorkers: 3 } },
    })
    await control.restore?.()
    expect(fake.version('echo', '1.0')).toMatchObject({
      batchSize: 1,
      maxBatchDelay: 100,
      minWorkers: 2,
      maxWorkers: 3,
    })
    expect(warnings).toEqual([])
  })

  it('changes the default one of several versions, which cannot be unregistered as such', async () => {
    const control = await start({ models: { echo: { versions: ['1.0', '2.0'] } } })
    await configure(control, { models: { echo: { batchSize: 4 } } })
    expect(fake.version('echo', '1.0')?.batchSize).toBe(4)
    expect([fake.version('echo', '2.0')?.batchSize, fake.chosen('echo')]).toEqual([1, '1.0'])
    await control.restore?.()
    expect([fake.version('echo', '1.0')?.batchSize, fake.chosen('echo')]).toEqual([1, '1.0'])
  })

  it('takes back what a later case says nothing about', async () => {
    const control = await start({ models: { a: {}, b: {} } })
    await configure(control, { models: { a: { workers: 2, batchSize: 4 } } })
    await configure(control, { models: { a: { workers: 3 } } })
    expect(fake.version('a', '1.0')).toMatchObject({ maxWorkers: 3, batchSize: 1 })
    await configure(control, { models: { b: { workers: 2 } } })
    expect(fake.version('a', '1.0')).toMatchObject({ maxWorkers: 1, batchSize: 1 })
    expect(fake.version('b', '1.0')).toMatchObject({ maxWorkers: 2 })
  })

  it('sets the default version, and puts it back', async () => {
    const control = await start({ models: { echo: { versions: ['1.0', '2.0'] } } })
    await configure(control, { defaults: { echo: '2.0' } })
    expect(fake.chosen('echo')).toBe('2.0')
    await control.restore?.()
    expect(fake.chosen('echo')).toBe('1.0')
  })

  it('sets what the new default version is to have, and nothing of the other', async () => {
    const control = await start({ models: { echo: { versions: ['1.0', '2.0'] } } })
    const both = () => ['1.0', '2.0'].map((version) => fake.version('echo', version)?.batchSize)
    const second = { models: { echo: { batchSize: 4 } }, defaults: { echo: '2.0' } }
    await configure(control, second)
    expect([both(), fake.chosen('echo')]).toEqual([[1, 4], '2.0'])
    await configure(control, { models: { echo: { batchSize: 8 } } })
    expect([both(), fake.chosen('echo')]).toEqual([[8, 1], '1.0'])
    await configure(control, second)
    expect([both(), fake.chosen('echo')]).toEqual([[1, 4], '2.0'])
    expect(await open().undo?.(journal)).toEqual([])
    expect([both(), fake.chosen('echo')]).toEqual([[1, 1], '1.0'])
  })

  it('refuses a default version that is not there', async () => {
    const control = await start()
    const state = { models: { echo: { batchSize: 4 } }, defaults: { echo: '3.0' } }
    await expect(configure(control, state)).rejects.toThrow("no model 'echo' of version 3.0")
    expect(fake.changes).toEqual([])
  })

  it('changes nothing that is as it should be', async () => {
    const control = await start()
    await configure(control, { models: { echo: { workers: 1, batchSize: 1 } } })
    expect([fake.changes, journal]).toEqual([[], []])
  })

  it('says what the server has made of a setting', async () => {
    const control = await start()
    fake.meddle = (version) => (version.batchSize = 2)
    await configure(control, { models: { echo: { batchSize: 8 } } })
    expect(differences).toEqual([
      {
        model: 'echo',
        setting: 'batchSize',
        wanted: 8,
        found: 2,
        reason: "What a model's own YAML file says wins.",
      },
    ])
  })

  it('tells what fills the batches of a model', async () => {
    const control = await start()
    const ask = () => control.batching?.({ kind: 'torchserve', package: '', options: { model: 'echo' } })
    expect(await ask()).toBeNull()
    await configure(control, { models: { echo: { batchSize: 8, maxBatchDelay: '50ms', workers: 2 } } })
    expect(await ask()).toEqual({ model: 'echo', size: 8, instances: 2, delay: 50e6 })
  })

  it('refuses a model that is not there', async () => {
    const control = await start()
    await expect(configure(control, { models: { ecko: { workers: 1 } } })).rejects.toMatchObject({
      code: 'SERVEBENCH_TORCHSERVE_MODEL',
      advice: 'It has echo.',
    })
  })
})

describe('a run that was killed', () => {
  it('is taken back by another one, from what was written down before each change', async () => {
    const control = await start({
      models: { echo: { versions: ['1.0', '2.0'], minWorkers: 2, maxWorkers: 2 } },
    })
    const order: string[] = []
    fake.onChange = (change) => order.push(change.split(' ')[0] as string)
    await control.configure?.(
      stateOf({ models: { echo: { batchSize: 4, workers: 1 } }, defaults: { echo: '2.0' } }),
      {
        ...use,
        changing(step) {
          use.changing(step)
          order.push('written')
        },
      },
    )
    expect(order[0]).toBe('written')
    expect(await open().undo?.(journal)).toEqual([])
    for (const version of ['1.0', '2.0'])
      expect(fake.version('echo', version)).toMatchObject({ batchSize: 1, minWorkers: 2, maxWorkers: 2 })
    expect(fake.chosen('echo')).toBe('1.0')
    // As often as somebody asks for it.
    expect(await open().undo?.(journal)).toEqual([])
  })

  it('registers a model again that it has left unregistered', async () => {
    const control = await start()
    fake.onChange = (change) => {
      if (change.startsWith('POST')) throw new Error('Failed to start workers')
    }
    await expect(configure(control, { models: { echo: { batchSize: 4 } } })).rejects.toThrow(
      'Failed to start workers',
    )
    expect(fake.version('echo', '1.0')).toBeUndefined()
    fake.onChange = () => {}
    expect(await open().undo?.(journal)).toEqual([])
    expect(fake.version('echo', '1.0')).toMatchObject({ batchSize: 1, maxWorkers: 1 })
  })

  it('says what could not be taken back', async () => {
    const control = await start()
    await configure(control, { models: { echo: { batchSize: 4 } } })
    fake.onChange = () => {
      throw new Error('out of order')
    }
    const [failure] = (await open().undo?.(journal)) ?? []
    expect(failure).toContain("the settings of model 'echo' 1.0 could not be taken back")
    await expect(control.restore?.()).rejects.toMatchObject({ code: 'SERVEBENCH_TORCHSERVE_RESTORE' })
  })

  it.each<[string, JsonValue]>([
    ['text', 'rm -rf'],
    ['an unknown step', { undo: 'everything', model: 'echo', version: '1.0' }],
    ['a step without its facts', { undo: 'model', model: 'echo', version: '1.0', known: { archive: 'x' } }],
  ])('takes no step that is %s', async (_name, step) => {
    const control = await start()
    expect(await control.undo?.([step])).toEqual([expect.stringContaining('is not known')])
    expect(fake.changes).toEqual([])
  })
})

describe('what the server counts', () => {
  const ask = (model: string, body = 'x') =>
    fetch(`${fake.http}/predictions/${model}`, { method: 'POST', body })
  const read = (control: TorchServeControl) => control.statistics?.() as Promise<ServerStatistics>

  it('has queue and inference, without the requests that failed', async () => {
    const control = await start({ models: { a: {}, b: {} } })
    await ask('a')
    const before = await read(control)
    for (let count = 0; count < 4; count++) await ask('a')
    await ask('a', '"fail"')
    await ask('nosuch')
    await control.metadata()
    const after = await read(control)
    const [a, b] = [after.models['a'], before.models['a']]
    expect((a?.success.count ?? 0) - (b?.success.count ?? 0)).toBe(4)
    expect((a?.fail.count ?? 0) - (b?.fail.count ?? 0)).toBe(1)
    expect((a?.queue.ns ?? 0) - (b?.queue.ns ?? 0)).toBe(4 * QUEUE_MS * 1e6)
    expect((a?.computeInfer.ns ?? 0) - (b?.computeInfer.ns ?? 0)).toBe(4 * (INFERENCE_MS - QUEUE_MS) * 1e6)
    const grown = (name: string) => (after.totals?.[name] ?? 0) - (before.totals?.[name] ?? 0)
    // Its own calls are not among them.
    expect(['answers.2xx', 'answers.4xx', 'answers.5xx'].map(grown)).toEqual([4, 1, 1])
  })

  it('does not guess whose failures they are', async () => {
    const control = await start({ models: { a: {}, b: {} } })
    await read(control)
    await ask('a')
    await ask('b', '"fail"')
    const { models } = await read(control)
    expect([models['a']?.fail.count, models['b']?.fail.count]).toEqual([0, 0])
  })

  it('is nothing in log mode, which is said once', async () => {
    const control = await start({ metrics: 'log' })
    expect(await read(control)).toEqual({ models: {} })
    await read(control)
    expect(warnings).toEqual([expect.stringContaining('metrics_mode=prometheus')])
  })

  it('is an error where the port is closed', async () => {
    const control = await start()
    fake.closeMetrics()
    await expect(read(control)).rejects.toMatchObject({ code: 'SERVEBENCH_TARGET_REFUSED' })
  })
})

it('reads lists of models page by page', async () => {
  const names = Array.from({ length: 205 }, (_, index) => `m${index}`)
  const control = await start({ models: Object.fromEntries(names.map((name) => [name, {}])) })
  expect(await control.client?.list()).toEqual(names)
})

it('tells what a study may vary', async () => {
  const control = await start()
  const tunables = (await control.tunables?.()) ?? []
  expect(tunables.map(({ path, change }) => `${path} ${change}`)).toEqual([
    'state.models.echo.workers in-place',
    'state.models.echo.batchSize reload',
    'state.models.echo.maxBatchDelay reload',
    'state.models.echo.responseTimeout reload',
  ])
})

it('says that the model API is off', async () => {
  const control = await start({ modelApi: false })
  await expect(control.client?.register({ archive: 'x.mar', name: 'x', workers: 1 })).rejects.toMatchObject({
    status: 405,
    advice: expect.stringContaining('--enable-model-api'),
  })
})
