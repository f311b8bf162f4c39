/** Configurations that are changed and put back, on a server that takes labels and versions as the real one does. */
import type {
  JsonObject,
  JsonValue,
  RunningServer,
  ServerControl,
  SettingDifference,
} from 'servebench/plugin'
import { applyPlugins, checkServer, launchServer } from 'servebench/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { tfservingControl } from '../src/control.ts'
import { plugin, tfservingServer } from '../src/index.ts'
import type { TfServingAttachOptions, TfServingState } from '../src/index.ts'
import { FakeGrpcServer } from './support/fake-grpc-server.ts'
import { fakeModel, Refusal } from './support/fake-models.ts'
import type { FakeOptions } from './support/fake-models.ts'
import { FakeRestServer } from './support/fake-rest-server.ts'

const disposables: AsyncDisposable[] = []
const said: string[] = []
const differences: SettingDifference[] = []
afterEach(async () => {
  for (const disposable of disposables.splice(0)) await disposable[Symbol.asyncDispose]()
  said.splice(0)
  differences.splice(0)
})

const MODELS = [
  { name: 'm', basePath: '/models/m', versions: [1, 2], labels: { stable: 1 } },
  { name: 'n', basePath: 's3://bucket/n' },
] as const

interface Attached {
  readonly rest: FakeRestServer
  readonly grpc: FakeGrpcServer
  readonly server: RunningServer
  readonly control: ServerControl
}

async function attach(
  options: Partial<FakeOptions> = {},
  rest: Partial<TfServingAttachOptions> = {},
): Promise<Attached> {
  const models = [fakeModel('m'), fakeModel('n', { versions: { '3': 'AVAILABLE' }, labels: {} })]
  const http = await FakeRestServer.start({ models, ...options })
  const grpc = await FakeGrpcServer.start({ models, ...options })
  disposables.push(http, grpc)
  const spec = tfservingServer({ url: http.url, grpcUrl: grpc.url, models: MODELS, ...rest })
  const note = (message: string): number => said.push(message)
  const launched = await launchServer(plugin, spec, { log: { info: note, warn: note } })
  disposables.unshift(launched)
  const { server } = launched
  return { rest: http, grpc, server, control: server.control as ServerControl }
}

const stateOf = (models: TfServingState['models']): JsonObject =>
  tfservingServer({ url: 'http://x', models: MODELS, state: { models } }).state
const configure = async (
  { configure: bring }: ServerControl,
  models: TfServingState['models'],
  changing: (step: JsonValue) => void = () => {},
): Promise<JsonValue | undefined> =>
  bring?.(stateOf(models), {
    artifact: () => Promise.reject(new Error('none')),
    changing,
    differs: (difference) => differences.push(difference),
  })
const versionsOf = (grpc: FakeGrpcServer): unknown =>
  Object.fromEntries(
    grpc.options.models.map(({ name, versions, labels }) => [name, [Object.keys(versions), labels]]),
  )

const BEFORE = { m: [['1', '2'], { stable: '1' }], n: [['3'], {}] }

it('keeps the contract of servers', async () => {
  const http = await FakeRestServer.start({
    models: [fakeModel('m'), fakeModel('n', { versions: { '3': 'AVAILABLE' }, labels: {} })],
  })
  const grpc = await FakeGrpcServer.start({ models: http.options.models })
  const labels = 'model_name="m",API="Predict",entrypoint="REST"'
  http.options.metrics = () => {
    const requests = http.requests.length
    return (
      `# TYPE :tensorflow:serving:request_latency histogram\n` +
      `:tensorflow:serving:request_latency_count{${labels}} ${requests}\n` +
      `:tensorflow:serving:request_latency_sum{${labels}} ${requests * 1500}\n`
    )
  }
  const spec = tfservingServer({ url: http.url, grpcUrl: grpc.url, models: MODELS })
  const launched = await launchServer(plugin, spec)
  disposables.push(launched, http, grpc)
  const { held, skipped } = await checkServer(launched.server, {
    model: 'm',
    request: async () => {
      const answer = await fetch(`${http.url}/v1/models/m:predict`, {
        method: 'POST',
        body: '{"instances":[[1,2]]}',
      })
      expect(answer.status).toBe(200)
    },
    configuration: {
      state: stateOf({ m: { versions: [1, 3], labels: { stable: 1, canary: 3 } } }),
      observe: () => Promise.resolve(versionsOf(grpc) as JsonObject),
    },
    stopServer: async () => {
      await http[Symbol.asyncDispose]()
      await grpc[Symbol.asyncDispose]()
    },
  })
  expect(skipped).toEqual([
    'tunables have paths of their own, and values to try',
    'how a model batches is a size, a number of instances and a delay, or nothing',
    'a model that is unloaded is not ready, and is again once it is loaded',
    'a model that nobody has is refused in words',
  ])
  expect(held).toHaveLength(10)
})

describe('a state', () => {
  it('is announced, brought about with the whole list, read back, and taken back', async () => {
    const { grpc, control } = await attach()
    const steps: JsonValue[] = []
    const effective = await configure(control, { m: { versions: [2], labels: {} } }, (step) => {
      expect(grpc.reloads).toEqual([])
      steps.push(step)
    })
    expect(effective).toEqual({
      models: { m: { versions: ['2'], labels: {} }, n: { versions: ['3'], labels: {} } },
    })
    expect(grpc.reloads[0]).toMatchObject([
      { name: 'm', base_path: '/models/m', model_platform: 'tensorflow', version_labels: {} },
      { name: 'n', base_path: 's3://bucket/n' },
    ])
    expect(steps).toHaveLength(1)
    await control.restore?.()
    expect(versionsOf(grpc)).toEqual(BEFORE)
    expect(said.filter((line) => !line.includes('statistics'))).toEqual([])
  })

  it('that is there already changes nothing', async () => {
    const { grpc, control } = await attach()
    await configure(control, {})
    await configure(control, { m: { versions: [1, 2] } })
    await control.restore?.()
    expect(grpc.reloads).toEqual([])
  })

  it('gives labels to versions only when those are available', async () => {
    const { grpc, control } = await attach()
    const effective = await configure(control, { m: { versions: [1, 3], labels: { stable: 1, canary: 3 } } })
    expect(effective).toMatchObject({
      models: { m: { versions: ['3', '1'], labels: { stable: '1', canary: '3' } } },
    })
    expect(grpc.reloads.map(([model]) => model?.version_labels)).toEqual([
      { stable: '1' },
      { stable: '1', canary: '3' },
    ])
    expect(differences).toEqual([])
    // Back: a label of a version that is there, and one that goes.
    await control.restore?.()
    expect(versionsOf(grpc)).toEqual(BEFORE)
  })

  it('is announced once, and undone by another process in any order, also twice', async () => {
    const { grpc, control } = await attach()
    const steps: JsonValue[] = []
    await configure(control, { m: { versions: 'all' } }, (step) => steps.push(step))
    await configure(control, { m: { versions: { latest: 1 } }, n: { versions: [1] } }, (step) =>
      steps.push(step),
    )
    expect(steps).toHaveLength(1)
    // The newest version of the folder is 3: nothing has the label of version 1 now.
    expect(differences).toEqual([{ model: 'm', setting: "label 'stable'", wanted: '1', found: null }])
    const journal = JSON.parse(JSON.stringify(steps)) as JsonValue[]
    const other = tfservingControl({
      httpUrl: null,
      grpcUrl: grpc.url,
      metricsUrl: null,
      models: [{ name: 'm', basePath: '/elsewhere', versions: null, labels: {} }],
    })
    for (let round = 0; round < 2; round++) {
      expect(await other.undo?.(journal)).toEqual([])
      expect(versionsOf(grpc)).toEqual(BEFORE)
    }
    const failures = await other.undo?.([{ undo: 'nothing' }, null])
    expect(failures).toHaveLength(2)
  })

  it('that is refused is said with the words of the server, and leaves nothing behind', async () => {
    const { grpc, control } = await attach({ reload: new Refusal(400, 3, 'base path not found') })
    await expect(configure(control, { m: { versions: [2], labels: {} } })).rejects.toMatchObject({
      code: 'SERVEBENCH_TFSERVING_RELOAD',
      message: `TensorFlow Serving at ${grpc.url} refused the configuration: base path not found.`,
    })
    await control.restore?.()
    expect(versionsOf(grpc)).toEqual(BEFORE)
  })

  it('that cannot be taken back is said', async () => {
    const { grpc, control } = await attach()
    const steps: JsonValue[] = []
    await configure(control, { m: { versions: [2], labels: {} } }, (step) => steps.push(step))
    await grpc[Symbol.asyncDispose]()
    const [failure] = (await control.undo?.(steps)) ?? []
    expect(failure).toContain(`At ${grpc.url}, the configuration could not be taken back`)
  })
})

describe('what a server cannot do is absent', () => {
  it('its configuration without a list of models', async () => {
    const { control } = await attach({}, { models: [] })
    expect([control.configure, control.undo, control.tunables]).toEqual([undefined, undefined, undefined])
    expect(await control.health()).toEqual({ live: true, ready: true })
  })

  it('statistics without a page of metrics, which is said', async () => {
    const { control } = await attach()
    expect([control.statistics, control.metrics]).toEqual([undefined, undefined])
    expect(said.join()).toContain("The server's statistics are left out")
    expect(said.join()).toContain('HTTP 404')
  })

  it('also when its port is closed', async () => {
    const { control } = await attach({}, { metricsUrl: 'http://127.0.0.1:1/metrics' })
    expect(control.statistics).toBeUndefined()
    expect(said.join()).toContain('127.0.0.1:1')
  })
})

it('metrics become statistics', async () => {
  const { rest, control } = await attach({
    metrics: ':tensorflow:serving:request_latency_count{model_name="m",API="Predict",entrypoint="REST"} 4\n',
  })
  expect((await control.statistics?.())?.models['m']?.success.count).toBe(4)
  expect(await control.metrics?.()).toContain('request_latency_count')
  rest.options.metrics = null
  await expect(control.statistics?.()).rejects.toMatchObject({ code: 'SERVEBENCH_TFSERVING_METRICS' })
})

it('a server that is not there is an error', async () => {
  const launching = launchServer(plugin, tfservingServer({ url: 'http://127.0.0.1:1' }))
  await expect(launching).rejects.toMatchObject({ exitCode: 4 })
})

it('the control of a target is that of its server, or one of its URL', async () => {
  const { rest, server, control } = await attach()
  const context = { server, signal: new AbortController().signal, log: { info: () => {}, warn: () => {} } }
  const { control: controls } = await applyPlugins([plugin], '/')
  const of = async (options: JsonObject): Promise<ServerControl> => {
    const target = { kind: 'tfserving', package: '@servebench/plugin-tfserving', options }
    return (await controls.for('tfserving').promise(target, context)) as ServerControl
  }
  expect(await of({ model: 'm' })).toBe(control)
  const own = await of({ model: 'm', url: rest.url })
  expect(own).not.toBe(control)
  expect((await own.health()).live).toBe(true)
})
