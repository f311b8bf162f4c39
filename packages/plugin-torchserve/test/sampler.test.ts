import { afterEach, expect, it } from 'vitest'
import type { JsonValue, RunningServer } from 'servebench/plugin'
import { checkSampler } from 'servebench/testing'
import { torchserveSampler } from '../src/index.ts'
import { createSampler } from '../src/gauges/sampler.ts'
import { readSamplerSettings } from '../src/gauges/settings.ts'
import type { SamplerSettings } from '../src/gauges/settings.ts'
import { FakeTorchServe } from './support/fake-torchserve.ts'
import type { FakeOptions } from './support/fake-torchserve.ts'

let fake: FakeTorchServe
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
})
const warnings: string[] = []
const context = {
  root: '/',
  warn: (message: string) => void warnings.push(message),
  file: () => null,
}

async function settings(options: FakeOptions, metrics: readonly string[]): Promise<SamplerSettings> {
  fake = await FakeTorchServe.start(options)
  const endpoints = { management: fake.management, metrics: fake.metrics }
  const token = options.tokens === undefined ? null : { keyFile: fake.keyFile }
  const spec = torchserveSampler({ model: 'echo', metrics, period: '200ms' })
  return readSamplerSettings(spec.options, { server: { endpoints } as unknown as RunningServer }, token)
}

it('reads queue, workers and gauges', async () => {
  const sampler = await createSampler(
    await settings({ tokens: 60_000, models: { echo: { maxWorkers: 3 } } }, ['PredictionTime', 'Nothing']),
    context,
  )
  expect(sampler.gauges.map(({ name, unit }) => `${name} ${unit}`)).toEqual([
    'torchserve.queue requests',
    'torchserve.workers workers',
    'torchserve.PredictionTime ms',
    'torchserve.Nothing value',
  ])
  expect(sampler.period).toBe(200e6)
  fake.places = 93
  const into = new Float64Array(4).fill(NaN)
  await sampler.read(into, 0)
  expect([...into]).toEqual([7, 3, 1.5, NaN])
})

it('has queue and workers only where the server logs its metrics', async () => {
  const sampler = await createSampler(await settings({ metrics: 'log' }, ['PredictionTime']), context)
  expect(sampler.gauges).toHaveLength(2)
  expect(warnings).toEqual([expect.stringContaining('metrics_mode=prometheus')])
})

it('ends where the metrics port is closed', async () => {
  const sampler = await createSampler(await settings({}, ['PredictionTime']), context)
  fake.closeMetrics()
  await expect(sampler.read(new Float64Array(3), 0)).rejects.toThrow()
})

it('keeps the contract of samplers', async () => {
  const module = new URL('../src/gauges/sampler.ts', import.meta.url).href
  const options = await settings({}, ['PredictionTime'])
  const { skipped } = await checkSampler(
    { module, options: options as unknown as JsonValue },
    {
      accept: ([first]) => first?.['torchserve.PredictionTime'] === 1.5,
      absent: { module, options: { ...options, metricsUrl: 'http://127.0.0.1:1/metrics', token: null } },
      lose: () => fake.closeMetrics(),
      // The server is not asked to wait: every reading asks it anew.
      advance: () => {},
    },
  )
  expect(skipped).toEqual([])
})

it('reports all problems of its options at once', async () => {
  fake = await FakeTorchServe.start()
  const options = { metrics: ['a b'], period: '1ms', mdoel: 'x' }
  expect(() => readSamplerSettings(options, { server: null }, null)).toThrow(
    expect.objectContaining({
      problems: ['mdoel', 'model', 'metrics', 'period', 'server'].map((path) =>
        expect.objectContaining({ path }),
      ),
    }),
  )
})
