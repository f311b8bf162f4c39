import { describe, expect, it } from 'vitest'
import { plannedStudy, simulate, type Performance } from '../../../test/support/study.ts'
import { integers } from '../../dsl/study-axes.ts'
import { stream } from '../../dsl/stream.ts'
import type { TargetSpec } from '../../dsl/target.ts'
import type { StudyResult } from '../../report/study/study-result.ts'
import type { TrialPlan } from '../trial-plan.ts'
import type { PointValues } from './space.ts'

const MS = 1e6
const CORES = 8

const MODELS = {
  // Small and quick, gains from batches up to 8; large and slow, gains up to 4.
  resnet: { rate: 120, bestBatch: 3, weight: 3 },
  bert: { rate: 30, bestBatch: 2, weight: 1 },
} as const
type Name = keyof typeof MODELS
const NAMES = Object.keys(MODELS) as Name[]

/** Per second: instances that do not fit the cores take time from each other, and more than they bring. */
function capacityOf(name: Name, values: PointValues): number {
  const { rate, bestBatch } = MODELS[name]
  const instances = Number(values[`${name}.instances`])
  const off = Math.log2(Number(values[`${name}.batch`])) - bestBatch
  const batching = 2 - 0.12 * off * off
  const all = NAMES.reduce((sum, each) => sum + Number(values[`${each}.instances`]), 0)
  const crowding = all <= CORES ? 1 : (CORES / all) * (CORES / all)
  return rate * instances * batching * crowding
}

function usersOf(plan: TrialPlan, name: string): number {
  const load = plan.streams[name]?.load
  if (load?.loop !== 'closed') throw new Error('Users are expected.')
  return load.concurrency
}

function server(values: PointValues, _load: number | null, plan: TrialPlan): Performance {
  const streams = Object.fromEntries(
    NAMES.map((name) => {
      const capacity = capacityOf(name, values)
      const users = usersOf(plan, name)
      const throughput = Math.min(capacity, users * 50)
      // Little's law; p99 is 4.6 times the mean.
      return [name, { throughput, latency: (users / throughput) * 1000 * MS }] as const
    }),
  )
  const parts = Object.values(streams)
  const throughput = parts.reduce((sum, part) => sum + part.throughput, 0)
  return { throughput, latency: Math.max(...parts.map(({ latency }) => latency)), streams }
}

function asks(model: string): TargetSpec<'inline'> {
  return { kind: 'inline', package: 'p', options: { model } }
}

const STREAMS = {
  resnet: stream({ target: asks('resnet'), load: { load: 'closed', concurrency: 64 } }),
  bert: stream({ target: asks('bert'), load: { load: 'closed', concurrency: 64 } }),
}

/** What the study should find, computed without it: the weighted mean of the logarithms of what each model completes. */
function summit(
  points: readonly PointValues[],
  allowed: (values: PointValues) => boolean = () => true,
): { readonly score: number; readonly values: PointValues } {
  const scored = points.filter(allowed).map((values) => ({ values, score: truth(values) }))
  return scored.reduce((best, one) => (one.score > best.score ? one : best))
}

function truth(values: PointValues): number {
  const total = NAMES.reduce((sum, name) => sum + MODELS[name].weight, 0)
  return NAMES.reduce(
    (sum, name) =>
      sum + (MODELS[name].weight / total) * Math.log(Math.min(capacityOf(name, values), 64 * 50)),
    0,
  )
}

function modelsOf(space: Record<string, unknown>, more: Partial<Record<Name, object>> = {}) {
  return Object.fromEntries(
    NAMES.map((name) => [name, { space, weight: MODELS[name].weight, ...more[name] }]),
  )
}

function bestOf(result: StudyResult): PointValues {
  const best = result.points.find(({ id }) => id === result.best[0])
  if (best === undefined) throw new Error(`Nothing was found: ${result.message}`)
  return best.configuration
}

describe('a study of two models that share a capacity', () => {
  const small = { instances: [1, 3, 5, 7], batch: [1, 8, 32] }

  it('finds the best of all combinations by the weights of the models', async () => {
    const study = plannedStudy({ models: modelsOf(small), streams: STREAMS, search: 'grid', ablation: false })
    const { result } = await simulate(study, server, { noise: 0.001 })
    const cases = (study.cases as readonly { readonly trial: { readonly case: PointValues } }[]).map(
      ({ trial }) => trial.case,
    )
    expect(cases).toHaveLength(144)
    expect(result.outcome).toBe('winner')
    expect(bestOf(result)).toEqual(summit(cases).values)
    // Three times the weight, and more of the cores.
    expect(bestOf(result)).toMatchObject({ 'resnet.instances': 5, 'bert.instances': 3 })
  })

  it('climbs to within 5 % of the best in a tenth of the space, over the axes of all models', async () => {
    const space = { instances: integers({ from: 1, to: 6 }), batch: [1, 2, 4, 8, 16, 32] }
    const study = plannedStudy({
      models: modelsOf(space),
      streams: STREAMS,
      search: 'quick',
      ablation: false,
      confirm: { rounds: 0 },
    })
    const cases = (study.cases as readonly { readonly trial: { readonly case: PointValues } }[]).map(
      ({ trial }) => trial.case,
    )
    const best = summit(cases).score
    for (const seed of ['a', 'b', 'c']) {
      const { result } = await simulate(study, server, { noise: 0.01, seed })
      expect(result.points.length).toBeLessThanOrEqual(cases.length / 10)
      expect(truth(bestOf(result)) - best).toBeGreaterThan(Math.log(0.95))
    }
  })

  it('has a global `where`, and a baseline by the names of both', () => {
    const study = plannedStudy({
      models: modelsOf(small),
      streams: STREAMS,
      where: (at: PointValues) => Number(at['resnet.instances']) + Number(at['bert.instances']) <= CORES,
      baseline: { 'bert.batch': 8 },
    })
    expect(study.points).toHaveLength(9 * 10)
    expect(study.plan.baseline).toEqual({
      'resnet.instances': 1,
      'resnet.batch': 1,
      'bert.instances': 1,
      'bert.batch': 8,
    })
  })

  it('keeps the limits of each model, and says which one misses', async () => {
    const study = plannedStudy({
      models: modelsOf(small, { bert: { minThroughput: 1000 } }),
      streams: STREAMS,
      confirm: { rounds: 0 },
      search: 'grid',
    })
    const { result } = await simulate(study, server)
    expect(result.outcome).toBe('infeasible')
    expect(result.message).toContain('bert.throughput')
    expect(result.message).not.toContain('resnet.throughput')

    const loose = plannedStudy({
      models: modelsOf(small, { bert: { minThroughput: 300 } }),
      streams: STREAMS,
      confirm: { rounds: 0 },
      search: 'grid',
    })
    const kept = (await simulate(loose, server)).result
    const cases = (loose.cases as readonly { readonly trial: { readonly case: PointValues } }[]).map(
      ({ trial }) => trial.case,
    )
    expect(bestOf(kept)).toEqual(summit(cases, (values) => capacityOf('bert', values) >= 300).values)
  })

  it('judges all streams together by `overall`', async () => {
    const study = plannedStudy({
      models: modelsOf({ instances: [1, 2] }),
      streams: STREAMS,
      space: { 'resnet.batch': 1, 'bert.batch': 1 },
      overall: { throughput: 230 },
      constraints: { gauges: { 'host.memory.used': { max: 100 } } },
      confirm: { rounds: 0 },
    })
    const gauge = { unit: 'By', device: null, mean: 50, min: 50, max: 50, p95: 50, coverage: 1 }
    const { result } = await simulate(study, (...given) => ({
      ...server(...given),
      gauges: { 'host.memory.used': gauge },
    }))
    for (const { metrics, terms, violation } of result.measurements) {
      expect(terms.map(({ term }) => term)).toEqual(['throughput', 'gauges.host.memory.used.max'])
      expect(violation > 0).toBe((metrics['throughput'] ?? 0) < 230)
    }
    expect(new Set(result.measurements.map(({ violation }) => violation > 0)).size).toBe(2)
  })

  it('varies the loads together in their proportions, or each as an axis', async () => {
    const streams = {
      resnet: stream({ target: asks('resnet') }),
      bert: stream({ target: asks('bert') }),
    }
    const together = plannedStudy({
      models: modelsOf({ instances: [2], batch: [4] }),
      streams,
      loads: { concurrency: { to: 8 } },
    })
    const { plans } = await simulate(together, server)
    expect(plans.slice(0, 3).map((plan) => NAMES.map((name) => usersOf(plan, name)))).toEqual([
      [1, 1],
      [2, 2],
      [4, 4],
    ])
    const each = plannedStudy({
      models: modelsOf({ instances: [2], batch: [4] }, { bert: { loads: { concurrency: [1, 16] } } }),
      streams: { ...streams, resnet: STREAMS.resnet },
      confirm: { rounds: 0 },
    })
    const own = await simulate(each, server)
    expect(own.plans.map((plan) => [plan.case['bert.concurrency'], usersOf(plan, 'bert')])).toEqual([
      [1, 1],
      [16, 16],
    ])
    expect(new Set(own.plans.map((plan) => usersOf(plan, 'resnet')))).toEqual(new Set([64]))
    expect(own.result.measurements[1]?.metrics).toMatchObject({
      'streams.bert.users': 16,
      'streams.resnet.users': 64,
    })
  })
})
