import { applyTunables } from 'servebench/plugin'
import type { JsonValue, ServerPlan, TuningMachine } from 'servebench/plugin'
import { checkTuning, connectTuning, launchServer } from 'servebench/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { plugin, torchServe } from '../src/index.ts'
import type { TorchServeSpec } from '../src/index.ts'
import { configProperties } from '../src/launch/config-properties.ts'
import { listTunables } from '../src/tuning/tunables.ts'
import { FakeTorchServe } from './support/fake-torchserve.ts'

let fake: FakeTorchServe | undefined
afterEach(async () => {
  await fake?.[Symbol.asyncDispose]()
  fake = undefined
})

const MACHINE: TuningMachine = { physicalCores: 8, logicalCores: 16, gpus: 0 }
const DESCRIBED = {
  name: 'echo',
  version: '1.0',
  minWorkers: 1,
  maxWorkers: 1,
  batchSize: 1,
  maxBatchDelay: 100,
}
const LAUNCHED = torchServe({ models: [{ name: 'echo', handler: 'echo.py' }] })

async function apply(server: ServerPlan, values: Readonly<Record<string, JsonValue>>): Promise<ServerPlan> {
  return applyTunables(server, values, await connectTuning(plugin, server))
}

it('offers nothing that cannot be applied', async () => {
  const models = [DESCRIBED] as unknown as Parameters<typeof listTunables>[0]
  const attached = torchServe({ url: 'http://127.0.0.1:8080' })
  const tuning = await connectTuning(plugin, LAUNCHED)
  expect(
    (await checkTuning(tuning, LAUNCHED, listTunables(models, { machine: MACHINE, own: true }))).applied,
  ).toBeGreaterThan(60)
  expect(
    (await checkTuning(tuning, attached, listTunables(models, { machine: null, own: false }))).applied,
  ).toBeGreaterThan(20)
})

describe('a value', () => {
  it('reaches the server', async () => {
    fake = await FakeTorchServe.start({ models: { echo: {} } })
    const spec = torchServe({ url: fake.http, managementUrl: fake.management, metricsUrl: fake.metrics })
    await using launched = await launchServer(plugin, spec)
    const tuned = await apply(spec, {
      'state.models.echo.workers': 3,
      'state.models.echo.batchSize': 4,
      'state.models.echo.maxBatchDelay': '25ms',
      'state.models.echo.responseTimeout': '30s',
    })
    await launched.server.control?.configure?.(tuned.state, launched)
    const found = (await (await fetch(`${fake.management}/models/echo`)).json()) as unknown[]
    expect(found[0]).toMatchObject({
      minWorkers: 3,
      maxWorkers: 3,
      batchSize: 4,
      maxBatchDelay: 25,
      responseTimeout: 30,
    })
  })

  it('of the launch reaches config.properties and the environment, as another process', async () => {
    const tuned = await apply(LAUNCHED, {
      'properties.job_queue_size': 10,
      'properties.number_of_netty_threads': 4,
      'env.OMP_NUM_THREADS': 1,
    })
    const launch = tuned.launch as unknown as Extract<TorchServeSpec['launch'], { mode: 'launch' }>
    const ports = { inference: 1, management: 2, metrics: 3, grpcInference: 4, grpcManagement: 5 }
    const text = configProperties(launch, { ports, store: '/s', host: '127.0.0.1' })
    expect(text).toContain('job_queue_size=10\nnumber_of_netty_threads=4\n')
    expect(launch.env).toEqual({ OMP_NUM_THREADS: '1' })
    expect(tuned.state).toEqual(LAUNCHED.state)
    expect(
      await apply(tuned, {
        'properties.job_queue_size': null,
        'properties.number_of_netty_threads': null,
        'env.OMP_NUM_THREADS': null,
      }),
    ).toEqual(LAUNCHED)
  })

  it.each([
    ['state.models.echo.workers', -1, /whole number/],
    ['state.models.echo.maxBatchDelay', '1us', /whole milliseconds/],
    ['state.models.echo.threads', 2, /is no setting of a TorchServe/],
    ['properties.inference_address', 'http://0.0.0.0', /is for servebench to set/],
    ['properties.a', 'x\ny', /is no property/],
    ['properties.a', [1], /must be a text/],
    ['workers', 2, /is no setting/],
  ])('that cannot be is refused: %s = %s', async (path, value, message) => {
    await expect(apply(LAUNCHED, { [path]: value })).rejects.toThrow(message)
  })
})

it('knows what is recommended: half as many workers as physical cores, one thread each', async () => {
  const tuning = await connectTuning(plugin, LAUNCHED)
  expect(tuning.candidates?.(LAUNCHED, MACHINE)).toMatchObject([
    { values: { 'state.models.echo.workers': 4, 'env.OMP_NUM_THREADS': 1 } },
  ])
  expect(tuning.candidates?.(LAUNCHED, { physicalCores: 1, logicalCores: 1, gpus: 2 })).toMatchObject([
    { values: { 'state.models.echo.workers': 1 } },
    { name: 'workers = GPUs', values: { 'state.models.echo.workers': 2 } },
  ])
})

describe('its configuration', () => {
  const render = async (server: ServerPlan): Promise<unknown> =>
    (await connectTuning(plugin, server)).configuration?.(server, {
      artifact: () => Promise.reject(new Error('No artifact is expected.')),
      root: '/',
      control: null,
    })

  it('is config.properties with the models, and variables', async () => {
    const tuned = await apply(LAUNCHED, {
      'state.models.echo.workers': 2,
      'state.models.echo.batchSize': 8,
      'state.models.echo.maxBatchDelay': '25ms',
      'properties.job_queue_size': 10,
      'env.OMP_NUM_THREADS': 1,
    })
    expect(await render(tuned)).toEqual([
      {
        path: 'config.properties',
        text: [
          'job_queue_size=10',
          'models={\\',
          '  "echo": {\\',
          '    "1.0": {\\',
          '      "defaultVersion": true,\\',
          '      "marName": "echo.mar",\\',
          '      "minWorkers": 2,\\',
          '      "maxWorkers": 2,\\',
          '      "batchSize": 8,\\',
          '      "maxBatchDelay": 25\\',
          '    }\\',
          '  }\\',
          '}',
          '',
        ].join('\n'),
      },
      { path: 'torchserve.env', text: 'OMP_NUM_THREADS=1\n' },
    ])
  })

  it('has every version of a model, the default marked, and nothing of what nothing is said about', async () => {
    const server = torchServe({
      models: [
        { name: 'm', version: '1.0', handler: 'a.py', workers: 1 },
        { name: 'm', version: '2.0', handler: 'b.py', workers: 2 },
        { archive: 'store/other.mar' },
      ],
      state: { defaults: { m: '2.0' } },
    })
    const [file] = (await render(server)) as { text: string }[]
    const json = file?.text.replace('models=', '').replaceAll('\\\n', '\n') ?? ''
    expect(JSON.parse(json)).toEqual({
      m: {
        '1.0': { defaultVersion: false, marName: 'm.mar', minWorkers: 1, maxWorkers: 1 },
        '2.0': { defaultVersion: true, marName: 'm.mar', minWorkers: 2, maxWorkers: 2 },
      },
    })
    expect(await render(torchServe({ models: ['x.mar'] }))).toEqual([])
  })
})
