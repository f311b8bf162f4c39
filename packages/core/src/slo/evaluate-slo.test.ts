import { describe, expect, it } from 'vitest'
import { buildDistribution, emptyDistribution } from '../metrics/distribution.ts'
import type { Counts, GaugeSummary, Metrics, SloTermResult } from '../report/result.ts'
import { Random } from '../stats/prng.ts'
import { MILLISECOND } from '../units/nanos.ts'
import { allowsErrors, errorCount, evaluateSlo, type SloEvidence } from './evaluate-slo.ts'
import { parseSlo } from './parse-slo.ts'
import type { Slo } from './slo.ts'

const NO_COUNTS: Counts = {
  due: 0,
  sent: 0,
  completed: 0,
  failed: 0,
  timedOut: 0,
  dropped: 0,
  censored: 0,
  incorrect: 0,
  checked: 0,
  retried: 0,
  late: 0,
}

/** Response times from 1 to 10 ms, evenly distributed, in random order, with lost requests in between. */
function metricsOf(completed: number, lost = 0, incorrect = 0): Metrics {
  const random = new Random([completed, lost, 1, 1])
  const due = completed + lost
  const all = Float64Array.from({ length: due }, (_, index) =>
    lost > 0 && index % Math.floor(due / lost) === 0 && index / Math.floor(due / lost) < lost
      ? Infinity
      : MILLISECOND * (1 + 9 * random.next()),
  )
  const responseTime = buildDistribution({ samples: all.filter((time) => time < Infinity), failures: lost })
  const empty = emptyDistribution()
  return {
    counts: { ...NO_COUNTS, due, sent: due, completed, failed: lost, incorrect },
    failures: {},
    offeredLoad: due,
    throughput: completed,
    goodput: completed - incorrect,
    rateIntervals: { throughput: [completed * 0.9, completed * 1.1], goodput: null },
    items: { perRequest: 1, throughput: completed },
    responseTime,
    serviceTime: responseTime,
    firstByte: responseTime,
    dispatchLag: empty,
    transportWait: empty,
    messageGap: empty,
    responseTimeWithFailures: buildDistribution({ samples: all, failures: lost }),
    failedResponseTime: empty,
    serverQueue: empty,
    serverCompute: empty,
    inFlight: { mean: 1, max: 1 },
    littlesLaw: { relativeGap: 0 },
  }
}

function judge(slo: Slo, evidence: SloEvidence): SloTermResult {
  const { terms } = evaluateSlo(parseSlo(slo), evidence)
  expect(terms).toHaveLength(1)
  return terms[0] as SloTermResult
}

const many: SloEvidence = { metrics: metricsOf(20_000) }

describe('latency terms', () => {
  it.each([
    ['11ms', 'pass'],
    ['5ms', 'fail'],
    // p99 is 9.91 ms; its interval covers that.
    ['9.91ms', 'undecided'],
  ] as const)('p99 below %s: %s', (limit, verdict) => {
    const term = judge({ p99: limit }, many)
    expect(term).toMatchObject({ term: 'responseTime.p99', verdict })
    expect(term.measured).toBeGreaterThan(9.8 * MILLISECOND)
    expect(term.interval).not.toBeNull()
    expect(term.reason === null).toBe(verdict !== 'undecided')
  })

  it('judges mean, maximum and any percentile that was measured', () => {
    expect(judge({ responseTime: { mean: '6ms' } }, many).verdict).toBe('pass')
    expect(judge({ responseTime: { mean: '5ms' } }, many).verdict).toBe('fail')
    expect(judge({ responseTime: { max: '10ms' } }, many).verdict).toBe('pass')
    expect(judge({ responseTime: { max: '9ms' } }, many).verdict).toBe('fail')
    expect(judge({ serviceTime: { p50: '6ms' } }, many).verdict).toBe('pass')
    expect(judge({ firstByte: { p50: '5ms' } }, many).verdict).toBe('fail')
    expect(judge({ messageGap: { p50: '5ms' } }, many)).toMatchObject({
      verdict: 'undecided',
      measured: null,
      reason: 'nothing was measured',
    })
  })

  it('is undecided where there are too few samples, unless even the lower end is too slow', () => {
    const few: SloEvidence = { metrics: metricsOf(100) }
    expect(judge({ p99: '11ms' }, few)).toMatchObject({
      verdict: 'undecided',
      reason: 'too few samples to bound the percentile',
    })
    expect(judge({ p99: '2ms' }, few).verdict).toBe('fail')
    expect(judge({ p99: '11ms' }, { metrics: metricsOf(10) }).verdict).toBe('undecided')
  })

  it('counts lost requests as infinitely slow', () => {
    // 5 % lost: p90 is finite, p99 is not.
    const lossy: SloEvidence = { metrics: metricsOf(19_000, 1000) }
    expect(judge({ p90: '11ms' }, lossy).verdict).toBe('pass')
    expect(judge({ p99: '1h' }, lossy)).toMatchObject({ verdict: 'fail', measured: null })
    expect(judge({ p99: '1h' }, lossy).reason).toContain('did not complete')
  })

  it('is undecided where it may be chance that the percentile is infinite', () => {
    // 1.1 % lost of 2000, where 1 % would do.
    expect(judge({ p99: '11ms' }, { metrics: metricsOf(1978, 22) })).toMatchObject({
      verdict: 'undecided',
      measured: null,
    })
  })

  it('takes a mean over completed requests and says so', () => {
    const term = judge({ responseTime: { mean: '6ms' } }, { metrics: metricsOf(19_000, 1000) })
    expect(term).toMatchObject({ verdict: 'pass', reason: 'over completed requests; 1000 did not complete' })
  })

  it('judges other latencies with failures where they are given', () => {
    const metrics = metricsOf(19_000, 1000)
    expect(judge({ firstByte: { p99: '11ms' } }, { metrics }).verdict).toBe('fail')
    const withFailures = { firstByte: metrics.responseTimeWithFailures }
    expect(judge({ firstByte: { p90: '11ms' } }, { metrics, withFailures }).verdict).toBe('pass')
    expect(judge({ firstByte: { p95: '9.5ms' } }, { metrics, withFailures }).verdict).toBe('fail')
  })
})

describe('error rate', () => {
  it('passes at every limit without an error, also with few requests', () => {
    for (const limit of [0, 0.001]) {
      expect(judge({ errorRate: limit }, { metrics: metricsOf(50) })).toMatchObject({
        verdict: 'pass',
        measured: 0,
      })
    }
  })

  it.each([
    [0, 'fail'],
    [0.001, 'fail'],
    [0.01, 'undecided'],
    [0.05, 'pass'],
  ] as const)('20 errors of 2000 against %d: %s', (limit, verdict) => {
    // 15 lost and 5 incorrect; the interval is [0.61 %, 1.54 %].
    expect(judge({ errorRate: limit }, { metrics: metricsOf(1985, 15, 5) })).toMatchObject({
      verdict,
      measured: 0.01,
    })
  })

  it('is undecided without requests', () => {
    expect(judge({ errorRate: 0 }, { metrics: metricsOf(0) })).toMatchObject({
      verdict: 'undecided',
      measured: null,
    })
  })

  it('exposes what the exit code needs', () => {
    expect(errorCount({ ...NO_COUNTS, due: 100, completed: 95, incorrect: 3 })).toBe(8)
    expect(allowsErrors(null)).toBe(false)
    expect(allowsErrors(parseSlo({ p99: '1s' }))).toBe(false)
    expect(allowsErrors(parseSlo({ errorRate: 0 }))).toBe(true)
  })
})

describe('rates', () => {
  it.each([
    [17_000, 'pass'],
    [20_000, 'undecided'],
    [30_000, 'fail'],
  ] as const)('throughput of at least %d: %s', (limit, verdict) => {
    expect(judge({ throughput: limit }, many).verdict).toBe(verdict)
  })

  it('goodput says which deadline it is about', () => {
    const terms = (slo: Slo): SloTermResult =>
      evaluateSlo(parseSlo(slo), many).terms.find(({ term }) => term === 'goodput') as SloTermResult
    expect(terms({ goodput: 100, p99: '50ms', p50: '5ms' })).toMatchObject({
      verdict: 'pass',
      reason: 'deadline 50.0 ms, the largest response-time limit',
    })
    expect(terms({ goodput: 1e9, deadline: '20ms' })).toMatchObject({
      verdict: 'fail',
      reason: 'deadline 20.0 ms',
    })
    expect(terms({ goodput: 1 }).reason).toBe('no deadline: every correct completion counts')
  })
})

describe('gauges', () => {
  const gauge: GaugeSummary = {
    unit: 'W',
    device: null,
    mean: 200,
    min: 100,
    max: 300,
    p95: 290,
    coverage: 1,
  }
  const gauges = { 'gpu.power': gauge, silent: { ...gauge, mean: null } }
  it.each([
    [{ mean: 250 }, 'pass'],
    [{ mean: 150 }, 'fail'],
    [{ max: 300 }, 'pass'],
    [{ p95: 280 }, 'fail'],
    [{ min: 50 }, 'pass'],
    [{ min: 150 }, 'fail'],
  ] as const)('%j: %s', (limits, verdict) => {
    expect(judge({ gauges: { 'gpu.power': limits } }, { ...many, gauges }).verdict).toBe(verdict)
  })

  it('is undecided where nobody measured', () => {
    expect(judge({ gauges: { 'gpu.temperature': { max: 80 } } }, { ...many, gauges })).toMatchObject({
      verdict: 'undecided',
      reason: "no sampler gave 'gpu.temperature'",
    })
    expect(judge({ gauges: { silent: { mean: 80 } } }, { ...many, gauges }).verdict).toBe('undecided')
  })
})

describe('the verdict', () => {
  it.each([
    [{ p50: '20ms', errorRate: 0 }, 'pass'],
    [{ p50: '20ms', p99: '9.91ms' }, 'undecided'],
    [{ p99: '9.91ms', p50: '1ms' }, 'fail'],
    [{}, 'pass'],
  ] as const)('of %j is %s', (slo, verdict) => {
    expect(evaluateSlo(parseSlo(slo), many).verdict).toBe(verdict)
  })
})
