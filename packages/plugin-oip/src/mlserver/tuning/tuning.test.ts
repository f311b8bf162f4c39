import { applyTunables } from 'servebench/plugin'
import type { JsonValue, ServerPlan } from 'servebench/plugin'
import { checkTuning, connectTuning } from 'servebench/testing'
import { describe, expect, it } from 'vitest'
import { plugin } from '../../plugin.ts'
import { mlServer } from '../server.ts'
import type { MlServerSpec } from '../server.ts'
import { listTunables } from './tunables.ts'

const MACHINE = { physicalCores: 2, logicalCores: 4, gpus: 0 }
const SERVER = mlServer({ models: ['small.onnx', { model: 'folder', name: 'own' }] })

async function apply(values: Readonly<Record<string, JsonValue>>): Promise<ServerPlan> {
  return applyTunables(SERVER, values, await connectTuning(plugin, SERVER))
}

it('offers nothing that cannot be applied, and nothing of a folder with settings of its own', async () => {
  const tunables = listTunables(SERVER.launch, MACHINE)
  expect(tunables.map(({ path }) => path)).toEqual([
    'parallelWorkers',
    'models.small.maxBatchSize',
    'models.small.maxBatchTime',
    'models.small.intraOpThreads',
  ])
  expect((await checkTuning(await connectTuning(plugin, SERVER), SERVER, tunables)).applied).toBeGreaterThan(
    20,
  )
})

describe('a value', () => {
  it('is as if it had been an option', async () => {
    const tuned = await apply({
      parallelWorkers: 2,
      'models.small.maxBatchSize': 8,
      'models.small.maxBatchTime': '5ms',
      'models.small.intraOpThreads': 2,
      'env.OMP_NUM_THREADS': 1,
    })
    const small = { model: 'small.onnx', maxBatchSize: 8, maxBatchTime: '5ms', intraOpThreads: 2 } as const
    const models = [small, { model: 'folder', name: 'own' }]
    expect(tuned).toEqual(mlServer({ models, parallelWorkers: 2, env: { OMP_NUM_THREADS: '1' } }))
    expect((tuned as MlServerSpec).launch.models[0]?.maxBatchTime).toBe(0.005)
  })

  it.each([
    ['parallelWorkers', -1, /whole number of at least 0/],
    ['models.smal.maxBatchSize', 8, /is of no model of this server/],
    ['models.small.maxBatchTime', 'soon', /not a duration/],
    ['models.small.threads', 2, /is no setting of an MLServer/],
    ['maxBatchSize', 8, /is no setting of an MLServer/],
  ])('that cannot be is refused: %s = %s', async (path, value, message) => {
    await expect(apply({ [path]: value })).rejects.toThrow(message)
  })
})

it('has its configuration in settings.json and model-settings.json', async () => {
  const tuned = await apply({ parallelWorkers: 2, 'models.small.maxBatchSize': 8, 'env.A': 1 })
  const files = await (
    await connectTuning(plugin, SERVER)
  ).configuration?.(tuned, {
    artifact: () => Promise.reject(new Error('No artifact is expected.')),
    root: '/',
    control: null,
  })
  expect(
    files?.map(({ path, text }) => [path, path.endsWith('.env') ? text : (JSON.parse(text) as unknown)]),
  ).toEqual([
    ['settings.json', { parallel_workers: 2 }],
    [
      'small/model-settings.json',
      expect.objectContaining({ name: 'small', max_batch_size: 8, max_batch_time: 0 }),
    ],
    ['mlserver.env', 'A=1\n'],
  ])
})
