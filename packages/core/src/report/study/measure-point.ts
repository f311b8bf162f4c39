import type { StudyPlan } from '../../dsl/study-plan.ts'
import { meanRate } from '../../arrival/load-rates.ts'
import { allowsErrors, evaluateSlo } from '../../slo/evaluate-slo.ts'
import type { SloPlan } from '../../slo/slo-plan.ts'
import { describeErrors } from '../describe-errors.ts'
import { errorShare } from '../error-share.ts'
import type { Distribution, Interval, Metrics, SloTermResult, Trial, Verdict } from '../result.ts'
import { gaugeOf, streamMetricOf, studyMetric } from './study-metric.ts'
import type { StudyMeasurement } from './study-result.ts'
import { INFINITE_VIOLATION, isUpperLimit, violationOf } from './violation.ts'

const LATENCIES = ['responseTime', 'serviceTime', 'firstByte'] as const
const STATISTICS = ['mean', 'p50', 'p90', 'p95', 'p99'] as const

/**
 * What a study keeps of a trial; the quality of its answers is put in apart.
 * @param overall limits of all streams together, beside those of each
 */
export function measurePoint(
  trial: Trial,
  plan: StudyPlan,
  overall: SloPlan | null = null,
): Pick<
  StudyMeasurement,
  | 'trial'
  | 'startedAt'
  | 'state'
  | 'error'
  | 'validity'
  | 'metrics'
  | 'currency'
  | 'intervals'
  | 'terms'
  | 'violation'
  | 'overloaded'
  | 'batches'
> {
  const error = trial.error ?? unanswered(trial)
  const together = overall === null || trial.state !== 'completed' ? [] : termsOf(trial, overall)
  const terms = [...(trial.slo?.terms ?? []), ...together]
  const errors = errorViolation(trial)
  const violations = terms.map(violationOf)
  return {
    trial: trial.id,
    startedAt: trial.startedAt,
    state: trial.state,
    error: error === null ? null : { code: error.code, message: error.message, detail: error.detail },
    validity: validityOf(trial),
    metrics: metricsOf(trial, plan),
    ...(trial.cost === null ? {} : { currency: trial.cost.currency }),
    intervals: intervalsOf(trial),
    terms,
    violation: round(Math.max(errors, ...violations, -INFINITE_VIOLATION)),
    overloaded: errors > 0 || terms.some((term) => isUpperLimit(term.term) && violationOf(term) > 0),
    batches: trial.server?.batchSizes ?? null,
  }
}

/** The server ran, and answered nothing: that is why there is no score. */
function unanswered(trial: Trial): StudyMeasurement['error'] {
  if (trial.counts.due === 0 || trial.counts.completed > 0) return null
  return {
    code: 'SERVEBENCH_NO_ANSWERS',
    message: `No request was answered: ${describeErrors(trial)}.`,
    detail: trial.verdict.reasons.find(({ code }) => code === 'session')?.message ?? null,
  }
}

/**
 * Too few samples beyond a percentile make its limit undecided; throughput is known all the same, and what a study compares
 * are differences over rounds.
 */
function validityOf({ verdict }: Trial): Verdict['validity'] {
  const severities = verdict.reasons
    .filter(({ code }) => code !== 'few-samples')
    .map(({ severity }) => severity)
  if (severities.includes('invalid')) return 'invalid'
  return verdict.validity === 'valid' ? 'valid' : 'suspect'
}

function termsOf(trial: Trial, overall: SloPlan): readonly SloTermResult[] {
  return evaluateSlo(overall, { metrics: trial, gauges: trial.gauges }).terms
}

/** What is measured of a trial, and of each of several streams. */
function populationMetrics(population: Metrics): Record<string, number | null> {
  const metrics: Record<string, number | null> = {
    throughput: population.throughput,
    goodput: population.goodput,
    'items.throughput': population.items.throughput,
    offeredLoad: population.offeredLoad,
    errorRate: errorShare(population),
    completed: population.counts.completed,
    'inFlight.mean': population.inFlight.mean,
  }
  for (const latency of LATENCIES) {
    if (population[latency].count === 0) continue
    for (const statistic of STATISTICS) metrics[`${latency}.${statistic}`] = population[latency][statistic]
  }
  return metrics
}

/** Of several streams each by itself, with the size of its load. */
function streamMetrics({ streams, plan }: Trial): Record<string, number | null> {
  const entries = Object.entries(streams)
  if (entries.length < 2) return {}
  return Object.fromEntries(
    entries.flatMap(([name, metrics]) => {
      const load = plan.streams[name]?.load
      const size =
        load?.loop === 'closed'
          ? { users: load.concurrency }
          : load?.loop === 'open'
            ? { rate: meanRate(load) }
            : {}
      return Object.entries({ ...populationMetrics(metrics), ...size }).map(([metric, value]) => [
        `streams.${name}.${metric}`,
        value,
      ])
    }),
  )
}

function metricsOf(trial: Trial, { objectives }: StudyPlan): Readonly<Record<string, number | null>> {
  const metrics: Record<string, number | null> = { ...populationMetrics(trial), ...streamMetrics(trial) }
  metrics['responseTime.max'] = trial.responseTime.max
  metrics['dispatchLag.mean'] = trial.dispatchLag.mean
  metrics['transportWait.mean'] = trial.transportWait.mean
  metrics['firstByte.mean'] = trial.firstByte.mean
  for (const [stage, mean] of Object.entries(trial.server?.stages ?? {})) metrics[`stages.${stage}`] = mean
  for (const [name, gauge] of Object.entries(trial.gauges)) {
    metrics[`gauges.${name}`] = gauge.mean
    // Of memory the most counts: it has to fit.
    if (gauge.unit === 'By') metrics[`gauges.${name}.max`] = gauge.max
  }
  if (trial.energy !== null) {
    metrics['power'] = trial.energy.power
    metrics['energy.perItem'] = trial.energy.perItem
  }
  if (trial.cost !== null) {
    metrics['cost.perMillion'] = trial.cost.perMillion
    metrics['cost.perMonth'] = trial.cost.perMonth
  }
  const startup = trial.server?.startup ?? {}
  for (const [name, step] of [
    ['startup', 'ready'],
    ['modelLoad', 'modelLoad'],
  ] as const) {
    const time = startup[step]
    if (typeof time === 'number') metrics[name] = time
  }
  for (const { metric } of objectives) {
    if (metric in metrics || metric === 'quality' || studyMetric(metric) === null) continue
    metrics[metric] = furtherMetric(trial, metric)
  }
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, rounded(value)]))
}

/** Percentiles and statistics of gauges beyond the usual ones. */
function furtherMetric(trial: Trial, metric: string): number | null {
  const gauge = gaugeOf(metric)
  if (gauge !== null) return trial.gauges[gauge.gauge]?.[gauge.statistic] ?? null
  const own = streamMetricOf(metric)
  const [latency = '', ...statistic] = (own?.metric ?? metric).split('.')
  const population = own === null ? trial : trial.streams[own.stream]
  const distribution = (population as unknown as Record<string, Distribution | undefined> | undefined)?.[
    latency
  ]
  return distribution?.[statistic.join('.') as 'p99'] ?? null
}

function intervalsOf(trial: Trial): Readonly<Record<string, Interval>> {
  const several = Object.entries(trial.streams).length > 1 ? Object.entries(trial.streams) : []
  return Object.fromEntries([
    ...populationIntervals(trial),
    ...several.flatMap(([name, metrics]) =>
      populationIntervals(metrics).map(
        ([metric, interval]) => [`streams.${name}.${metric}`, interval] as const,
      ),
    ),
  ])
}

function populationIntervals(population: Metrics): readonly (readonly [string, Interval])[] {
  const { rateIntervals } = population
  const latencies = LATENCIES.flatMap((latency) =>
    STATISTICS.map(
      (statistic) => [`${latency}.${statistic}`, population[latency].intervals[statistic]] as const,
    ),
  )
  const all = [
    ['throughput', rateIntervals.throughput] as const,
    ['goodput', rateIntervals.goodput] as const,
    ...latencies,
  ]
  return all.flatMap(([name, interval]) => (interval ? [[name, interval] as const] : []))
}

/** Without an `errorRate` term no error is allowed; each stream by itself. */
function errorViolation(trial: Trial): number {
  const streams = Object.entries(trial.plan.streams)
  const violations = streams.map(([name, { slo }]) => {
    const population = streams.length > 1 ? trial.streams[name] : trial
    if (population === undefined) return -INFINITE_VIOLATION
    if (population.counts.due > 0 && population.counts.completed === 0) return INFINITE_VIOLATION
    const errors = allowsErrors(slo) ? 0 : (errorShare(population) ?? 0)
    return errors > 0 ? Math.min(INFINITE_VIOLATION, Math.max(1e-6, errors)) : -INFINITE_VIOLATION
  })
  return Math.max(-INFINITE_VIOLATION, ...violations)
}

/** Digits beyond these are noise, and a study keeps many numbers. */
function rounded(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(7))
}

function round(value: number): number {
  return Number(value.toPrecision(6))
}
