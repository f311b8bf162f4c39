import { describe, expect, it } from 'vitest'
import {
  metricsFixture,
  distribution,
  latencies,
  trialFixture,
  type TrialOptions,
  mainStream,
} from '../../test/result-fixture.ts'
import type { SloPlan } from '../slo/slo-plan.ts'
import { decodeHdr } from './hdr.ts'
import { poolDistributions, poolWithFailures } from './pool-distributions.ts'
import { groupByCase, poolCase } from './pool.ts'
import type { Metrics, VerdictReason } from './result.ts'

const MS = 1e6
const INVALID: VerdictReason = {
  code: 'dispatch-lag',
  severity: 'invalid',
  message: 'The generator was late.',
  advice: 'Lower the rate.',
}
const SUSPECT: VerdictReason = {
  code: 'foreign-cpu',
  severity: 'suspect',
  message: 'Others used 3 % of the CPU.',
  advice: null,
}
const P99: SloPlan = {
  terms: [{ metric: 'responseTime', statistic: { percentile: 99 }, limit: 50 * MS }],
  deadline: 50 * MS,
}

function repeats(...options: readonly TrialOptions[]): ReturnType<typeof trialFixture>[] {
  return options.map((one, repeat) => trialFixture({ ...one, repeat }))
}
function nearestRank(samples: readonly number[], percentile: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.ceil((percentile / 100) * sorted.length) - 1] ?? NaN
}

describe('groupByCase', () => {
  it('keeps repeats together in their order, and leaves probes and profiles out', () => {
    const trials = [
      trialFixture({ case: { batch: 1 }, repeat: 0 }),
      trialFixture({ case: { batch: 8 }, repeat: 0 }),
      trialFixture({ case: { batch: 1 }, repeat: 1 }),
      trialFixture({ case: { batch: 1 }, role: 'probe' }),
      trialFixture({ case: { batch: 1 }, role: 'profile' }),
    ]
    expect(
      groupByCase(trials).map((group) => group.map((trial) => [trial.case['batch'], trial.repeat])),
    ).toEqual([
      [
        [1, 0],
        [1, 1],
      ],
      [[8, 0]],
    ])
  })
})

describe('poolCase', () => {
  it('is the trial itself when there is one repeat', () => {
    const [trial] = repeats({ sloResult: { verdict: 'pass', terms: [], deadline: null } }) as [
      ReturnType<typeof trialFixture>,
    ]
    const pooled = poolCase([trial])
    expect(pooled.pooled).toBe(trial)
    expect(pooled.slo).toBe(trial.slo)
    expect(pooled.verdict).toEqual(trial.verdict)
    expect(pooled.betweenRepeats['throughput']).toEqual({
      values: [400],
      mean: 400,
      interval: null,
      cv: null,
    })
  })

  it('adds counts, derives rates over the summed time, and merges distributions', () => {
    const samples = [latencies(4000, 2 * MS), latencies(3000, 3 * MS), latencies(5000, 2.5 * MS)] as const
    const trials = repeats(
      { latencies: samples[0], counts: { due: 4010, failed: 10 }, failures: { 'http-503': 10 } },
      {
        latencies: samples[1],
        counts: { due: 3005, failed: 5 },
        failures: { 'http-503': 2, reset: 3 },
      },
      { latencies: samples[2] },
    )
    const { pooled } = poolCase(trials)
    const union = samples.flat()
    expect(pooled?.counts).toMatchObject({ due: 12_015, completed: 12_000, failed: 15 })
    expect(pooled?.failures).toEqual({ 'http-503': 12, reset: 3 })
    expect(pooled?.throughput).toBeCloseTo(12_000 / 30, 9)
    expect(pooled?.offeredLoad).toBeCloseTo(12_015 / 30, 9)
    expect(pooled?.responseTime).toMatchObject({
      count: 12_000,
      method: 'histogram',
      min: Math.min(...union),
      max: Math.max(...union),
      effectiveCount: 6000,
    })
    expect(pooled?.responseTime.mean).toBeCloseTo(
      union.reduce((sum, value) => sum + value, 0) / union.length,
      3,
    )
    for (const percentile of [50, 90, 95, 99, 99.9] as const) {
      const truth = nearestRank(union, percentile)
      expect(Math.abs((pooled?.responseTime[`p${percentile}`] as number) / truth - 1)).toBeLessThan(0.001)
    }
    expect(decodeHdr(pooled?.responseTime.hdr as string).count).toBe(12_000)
  })

  it('weights rates by the time that each repeat measured', () => {
    const [short, long] = repeats({ latencies: latencies(1000, MS) }, { latencies: latencies(9000, MS) }) as [
      never,
      never,
    ]
    const half = {
      ...(short as ReturnType<typeof trialFixture>),
      phases: {
        warmup: { from: 0, until: 0 },
        measurement: { from: 0, until: 5e9 },
        drain: { from: 5e9, until: 5e9 },
      },
    }
    // The short repeat states 100/s over 5 s, the long one 900/s over 10 s.
    expect(poolCase([half, long]).pooled?.throughput).toBeCloseTo((100 * 5 + 900 * 10) / 15, 9)
  })

  it('takes intervals from the spread between repeats: Student’s t with two degrees of freedom', () => {
    const trials = repeats(...[1.9, 2, 2.1].map((mean) => ({ latencies: latencies(4000, mean * MS) })))
    const { pooled, betweenRepeats } = poolCase(trials)
    const p50s = [1.9, 2, 2.1].map((mean) => nearestRank(latencies(4000, mean * MS), 50))
    const logs = p50s.map(Math.log)
    const mean = logs.reduce((sum, value) => sum + value, 0) / 3
    const deviation = Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2)
    const factor = Math.exp((4.302652729911275 * deviation) / Math.sqrt(3))
    const { p50, intervals } = (pooled as Metrics).responseTime
    const [low, high] = intervals['p50'] as [number, number]
    expect(low).toBeCloseTo((p50 as number) / factor, 3)
    expect(high).toBeCloseTo((p50 as number) * factor, 3)
    const spread = betweenRepeats['responseTime.p50']
    expect(spread?.values).toEqual(p50s)
    const average = p50s.reduce((sum, value) => sum + value, 0) / 3
    const sd = Math.sqrt(p50s.reduce((sum, value) => sum + (value - average) ** 2, 0) / 2)
    expect(spread?.mean).toBeCloseTo(average, 3)
    expect(spread?.cv).toBeCloseTo(sd / average, 9)
    expect(spread?.interval?.[0]).toBeCloseTo(average - (4.302652729911275 * sd) / Math.sqrt(3), 3)
  })

  it('gives no upper bound when two repeats differ by far too much', () => {
    const { pooled } = poolCase(
      repeats({ latencies: latencies(4000, MS) }, { latencies: latencies(4000, 9 * MS) }),
    )
    expect(pooled?.responseTime.intervals['p99']?.[1]).toBeNull()
    expect(pooled?.responseTime.why['p99']).toBe('too-few')
  })

  it('leaves invalid repeats out and says which gate they failed', () => {
    const trials = repeats(
      {},
      { reasons: [INVALID], latencies: latencies(4000, 90 * MS) },
      { reasons: [SUSPECT] },
    )
    const { pooled, verdict, betweenRepeats } = poolCase(trials)
    expect(pooled?.counts.due).toBe(8000)
    expect(pooled?.responseTime.max).toBeLessThan(40 * MS)
    expect(betweenRepeats['throughput']?.values).toHaveLength(2)
    expect(verdict.validity).toBe('suspect')
    expect(verdict.reasons[0]).toMatchObject({
      code: 'repeats',
      message: '1 of 3 repeats are left out: The generator was late. (1 of 3 repeats)',
      advice: 'Lower the rate.',
    })
    expect(verdict.reasons[1]?.message).toBe('Others used 3 % of the CPU. (1 of 3 repeats)')
  })

  it('has no numbers and no SLO verdict when every repeat is invalid', () => {
    const trials = repeats({ reasons: [INVALID], slo: P99 }, { reasons: [INVALID], slo: P99 })
    expect(poolCase(trials)).toMatchObject({
      pooled: null,
      slo: null,
      betweenRepeats: {},
      verdict: { validity: 'invalid', reasons: [{ code: 'dispatch-lag' }] },
    })
  })

  it('judges the SLO on the pooled population', () => {
    const slow = latencies(4000, 20 * MS)
    const passing = poolCase(repeats({ slo: P99 }, { slo: P99 }, { slo: P99 }))
    expect(passing.slo).toMatchObject({
      verdict: 'pass',
      deadline: 50 * MS,
      terms: [{ term: 'responseTime.p99', verdict: 'pass' }],
    })
    const failing = poolCase(
      repeats({ slo: P99, latencies: slow }, { slo: P99, latencies: slow }, { slo: P99, latencies: slow }),
    )
    expect(failing.slo?.verdict).toBe('fail')
    const torn = poolCase(
      repeats(
        { slo: P99, latencies: latencies(4000, 5 * MS) },
        { slo: P99, latencies: latencies(4000, 15 * MS) },
      ),
    )
    expect(torn.slo?.verdict).toBe('undecided')
  })

  it('fails a percentile that lost requests make infinite, however fast the others were', () => {
    const lossy = { slo: P99, counts: { due: 4100, timedOut: 100 } }
    const { slo, pooled } = poolCase(repeats(lossy, lossy, lossy))
    expect(pooled?.responseTime.p99).toBeLessThan(10 * MS)
    expect(pooled?.responseTimeWithFailures).toMatchObject({
      count: 12_300,
      p99: null,
      max: null,
      mean: null,
    })
    expect(pooled?.responseTimeWithFailures.why['p99']).toBe('failures')
    expect(pooled?.responseTimeWithFailures.p95).not.toBeNull()
    expect(slo?.verdict).toBe('fail')
  })

  it('names the stream in the terms when there are several', () => {
    const trials = repeats({ slo: P99 }, { slo: P99 }).map((trial) => {
      const main = mainStream(trial.plan)
      return {
        ...trial,
        plan: { ...trial.plan, streams: { a: main, b: { ...main, slo: null } } },
        streams: { a: trial, b: trial },
      }
    })
    expect(poolCase(trials).slo?.terms.map((term) => term.term)).toEqual(['a.responseTime.p99'])
  })

  it('pools each stream by itself when there are several', () => {
    const trials = repeats({}, {}).map((trial, index) => {
      const main = mainStream(trial.plan)
      const few = metricsFixture({ latencies: latencies(100 * (index + 1), MS) })
      return {
        ...trial,
        plan: { ...trial.plan, streams: { a: main, b: main } },
        streams: { a: trial, b: few },
      }
    })
    const { streams, pooled } = poolCase(trials)
    expect(streams?.['a']?.counts).toEqual(pooled?.counts)
    expect(streams?.['b']?.counts.completed).toBe(300)
    expect(streams?.['b']?.responseTime.count).toBe(300)
    expect(poolCase(repeats({}, {}))).not.toHaveProperty('streams')
  })

  it('pools gauges by covered time, and bounds a p95 by the largest', () => {
    const gauge = (mean: number, p95: number, coverage: number) => ({
      unit: 'W',
      device: null,
      mean,
      min: mean - 5,
      max: mean + 5,
      p95,
      coverage,
    })
    const slo: SloPlan = {
      terms: [
        { metric: 'gauge', gauge: 'power', statistic: 'p95', limit: 215, side: 'max' },
        { metric: 'gauge', gauge: 'power', statistic: 'mean', limit: 160, side: 'max' },
      ],
      deadline: null,
    }
    const { slo: result } = poolCase(
      repeats(
        { slo, gauges: { power: gauge(100, 110, 1) } },
        { slo, gauges: { power: gauge(200, 210, 0.5) } },
      ),
    )
    expect(result?.terms.map((term) => term.measured)).toEqual([210, (100 + 200 * 0.5) / 1.5])
  })
})

describe('poolDistributions', () => {
  const none = { failures: 0, censored: 0 }

  it('stays empty when nothing was measured', () => {
    expect(poolDistributions([distribution([]), distribution([])], none)).toMatchObject({
      count: 0,
      p99: null,
      method: 'none',
      hdr: null,
    })
  })

  it('leaves out a repeat without samples, and then does not claim to know the spread', () => {
    const pooled = poolDistributions([distribution(latencies(1000, MS)), distribution([])], none)
    expect(pooled.count).toBe(1000)
    expect(pooled.intervals['mean']).toBeNull()
    // From order statistics at the effective sample size instead.
    const [low, high] = pooled.intervals['p50'] as [number, number]
    const p50 = pooled.p50 as number
    expect(low).toBeLessThan(p50)
    expect(high).toBeGreaterThan(p50)
    expect(high / low).toBeLessThan(1.3)
  })

  it('keeps further percentiles that an SLO asked for', () => {
    const one = { ...distribution(latencies(1000, MS)), 'p97.5': nearestRank(latencies(1000, MS), 97.5) }
    const pooled = poolDistributions([one, one], none)
    expect(Math.abs((pooled['p97.5'] as number) / one['p97.5'] - 1)).toBeLessThan(0.001)
    expect(Object.keys(pooled.intervals)).toContain('p97.5')
  })

  it('counts lost requests as infinite samples where an SLO needs it', () => {
    const samples = latencies(980, MS)
    const pooled = poolWithFailures([distribution(samples), distribution(samples)], {
      failures: 30,
      censored: 10,
    })
    expect(pooled.count).toBe(2000)
    expect(pooled).toMatchObject({ p99: null, 'p99.9': null, mean: null, max: null })
    expect(pooled.why['p99']).toBe('failures')
    const withInfinity = [...samples, ...samples, ...Array.from({ length: 40 }, () => Infinity)]
    expect(Math.abs((pooled.p95 as number) / nearestRank(withInfinity, 95) - 1)).toBeLessThan(0.001)
  })
})
