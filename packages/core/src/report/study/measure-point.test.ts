import { expect, it } from 'vitest'
import { plannedStudy } from '../../../test/support/study.ts'
import { distribution, latencies, mainStream, trialFixture } from '../../../test/result-fixture.ts'
import { parseSlo } from '../../slo/parse-slo.ts'
import type { StudyPlan } from '../../dsl/study-plan.ts'
import { judgeStreams } from '../judge-slo.ts'
import type { Metrics, Trial } from '../result.ts'
import type { Slo } from '../../slo/slo.ts'
import { measurePoint } from './measure-point.ts'

const MS = 1e6
const PLAN = {
  objectives: [{ metric: 'streams.b.responseTime.p99.9', weight: 1, better: null }],
} as unknown as StudyPlan

interface Part {
  readonly throughput: number
  readonly latency: number
  readonly slo: Slo | null
  readonly lost?: number
}

/** A trial of several streams with these many lost requests of a thousand each. */
function trialOf(parts: Readonly<Record<string, Part>>, gauges: Trial['gauges'] = {}): Trial {
  const base = trialFixture()
  const { main } = base.streams
  const metricsOf = (throughput: number, latency: number, lost: number): Metrics => {
    const times = distribution(latencies(1000 - lost, latency))
    const counts = { ...base.counts, due: 1000, sent: 1000, completed: 1000 - lost, failed: lost }
    const rates = { throughput: [throughput * 0.9, throughput * 1.1], goodput: null } as const
    return {
      ...(main as Metrics),
      counts,
      throughput,
      goodput: throughput,
      rateIntervals: rates,
      responseTime: times,
      responseTimeWithFailures: times,
    }
  }
  const entries = Object.entries(parts)
  const streams = Object.fromEntries(
    entries.map(([name, { throughput, latency, lost = 0 }]) => [name, metricsOf(throughput, latency, lost)]),
  )
  const plans = Object.fromEntries(
    entries.map(([name, { slo }], index) => [
      name,
      {
        ...mainStream(base.plan),
        load: { ...mainStream(base.plan).load, loop: 'closed', concurrency: index + 3 } as never,
        slo: slo === null ? null : parseSlo(slo),
      },
    ]),
  )
  const judged = entries.flatMap(([name]) => {
    const [slo, metrics] = [plans[name]?.slo ?? null, streams[name]]
    return slo === null || metrics === undefined ? [] : [{ name, slo, metrics, parts: [metrics] }]
  })
  const total = entries.reduce((sum, [, { throughput }]) => sum + throughput, 0)
  const lost = entries.reduce((sum, [, part]) => sum + (part.lost ?? 0), 0)
  return {
    ...base,
    ...metricsOf(total, 1 * MS, lost),
    gauges,
    plan: { ...base.plan, streams: plans },
    streams,
    slo: judgeStreams(judged, entries.length > 1, gauges),
  }
}

it('keeps metrics, intervals and loads of each of several streams', () => {
  const { metrics, intervals } = measurePoint(
    trialOf({
      a: { throughput: 100, latency: MS, slo: null },
      b: { throughput: 50, latency: 4 * MS, slo: null },
    }),
    PLAN,
  )
  expect(metrics).toMatchObject({
    throughput: 150,
    'streams.a.throughput': 100,
    'streams.b.throughput': 50,
    'streams.a.users': 3,
    'streams.b.users': 4,
    'streams.b.errorRate': 0,
  })
  expect(
    (metrics['streams.b.responseTime.p99'] ?? 0) / (metrics['streams.a.responseTime.p99'] ?? 1),
  ).toBeCloseTo(4, 3)
  // What is aimed at is kept, whatever it is.
  expect(metrics['streams.b.responseTime.p99.9']).toBeGreaterThan(
    metrics['streams.b.responseTime.p99'] ?? Infinity,
  )
  expect(intervals['streams.b.throughput']).toEqual([45, expect.closeTo(55, 6)])
  const single = measurePoint(trialOf({ main: { throughput: 100, latency: MS, slo: null } }), PLAN)
  expect(Object.keys(single.metrics).filter((name) => /streams\..*throughput/.test(name))).toEqual([])
})

it('allows errors where a limit of the stream does, and nowhere else', () => {
  const tolerant = { throughput: 100, latency: MS, slo: { errorRate: 0.05 } }
  const strict = { throughput: 50, latency: MS, slo: { throughput: 10 } }
  const kept = measurePoint(trialOf({ a: { ...tolerant, lost: 20 }, b: strict }), PLAN)
  expect(kept.violation).toBeLessThanOrEqual(0)
  expect(kept.overloaded).toBe(false)
  const missed = measurePoint(trialOf({ a: tolerant, b: { ...strict, lost: 20 } }), PLAN)
  expect(missed.violation).toBeCloseTo(0.02, 6)
  expect(missed.overloaded).toBe(true)
  // A model that answers nothing is missed, although others answer.
  const silent = measurePoint(trialOf({ a: tolerant, b: { ...strict, lost: 1000 } }), PLAN)
  expect(silent.violation).toBeGreaterThan(1)
})

it('judges limits of all streams together, also the least of a gauge', () => {
  const gauge = { unit: '1', device: null, mean: 0.5, min: 0.4, max: 0.6, p95: 0.6, coverage: 1 }
  const trial = trialOf(
    {
      a: { throughput: 100, latency: MS, slo: { p99: '1s' } },
      b: { throughput: 50, latency: MS, slo: null },
    },
    { 'gpu.utilization': gauge },
  )
  const overall = (slo: Slo): ReturnType<typeof measurePoint> => measurePoint(trial, PLAN, parseSlo(slo))
  const kept = overall({ throughput: 140, gauges: { 'gpu.utilization': { min: 0.3 } } })
  expect(kept.terms.map(({ term }) => term)).toEqual([
    'a.responseTime.p99',
    'throughput',
    'gauges.gpu.utilization.min',
  ])
  expect(kept.violation).toBeLessThanOrEqual(0)
  expect(overall({ throughput: 300 }).violation).toBeCloseTo(Math.log(2), 5)
  expect(overall({ throughput: 300 }).overloaded).toBe(false)
  expect(overall({ gauges: { 'gpu.utilization': { min: 0.8 } } }).violation).toBeCloseTo(Math.log(2), 5)
})

const { plan } = plannedStudy({ space: { instances: [1, 2] }, load: { load: 'closed', concurrency: 1 } })
const trial = trialFixture()

it('says why there is nothing when a server ran and answered no request', () => {
  const counts = { ...trial.counts, due: 100, completed: 0, failed: 98, timedOut: 2 }
  const said = {
    code: 'session',
    severity: 'note',
    message: 'One answer said: Prediction failed',
    advice: null,
  } as const
  const verdict = { ...trial.verdict, reasons: [said] }
  const { error } = measurePoint({ ...trial, counts, failures: { 'http-503': 98 }, verdict }, plan)
  expect(error?.code).toBe('SERVEBENCH_NO_ANSWERS')
  expect(error?.message.replaceAll('\u00a0', ' ')).toBe(
    'No request was answered: 100 of 100 (100 %): 98 http-503, 2 timed out.',
  )
  expect(error?.detail).toBe('One answer said: Prediction failed')
})

it('takes some failures for no error, and leaves an error as it is', () => {
  const counts = { ...trial.counts, completed: 1 }
  expect(measurePoint({ ...trial, counts }, plan).error).toBeNull()
  const error = { code: 'SERVEBENCH_SERVER_EXITED', message: 'It ended.', advice: null, detail: null }
  const none = { ...trial.counts, completed: 0 }
  expect(measurePoint({ ...trial, counts: none, error }, plan).error?.message).toBe('It ended.')
})

it('keeps the currency of costs', () => {
  expect(measurePoint(trial, plan)).not.toHaveProperty('currency')
  const cost = { perMonth: 48, perMillion: 2, currency: 'EUR' } as unknown as NonNullable<typeof trial.cost>
  const measured = measurePoint({ ...trial, cost }, plan)
  expect(measured).toMatchObject({ currency: 'EUR', metrics: { 'cost.perMonth': 48 } })
})
