import type { ObjectivePlan } from '../../dsl/study-plan.ts'
import { suggest } from '../../units/suggest.ts'
import type { StudyMeasurement } from './study-result.ts'

/** A metric that a study may aim at. */
export interface StudyMetric {
  readonly unit: string | null
  readonly better: 'higher' | 'lower'
  /** Whether gains are ratios, or differences (of shares, which may be 0). */
  readonly scale: 'ratio' | 'difference'
}

const higher = (unit: string | null): StudyMetric => ({ unit, better: 'higher', scale: 'ratio' })
const lower = (unit: string | null): StudyMetric => ({ unit, better: 'lower', scale: 'ratio' })
const share = (better: StudyMetric['better']): StudyMetric => ({ unit: '1', better, scale: 'difference' })

/** Metrics by name, besides latencies and gauges. */
export const STUDY_METRICS: Readonly<Record<string, StudyMetric>> = {
  throughput: higher('1/s'),
  goodput: higher('1/s'),
  'items.throughput': higher('1/s'),
  errorRate: share('lower'),
  power: lower('W'),
  'energy.perItem': lower('J'),
  'cost.perMillion': lower(null),
  'cost.perMonth': lower(null),
  startup: lower('ns'),
  modelLoad: lower('ns'),
  quality: { unit: null, better: 'higher', scale: 'difference' },
}

const LATENCY = /^(responseTime|serviceTime|firstByte|messageGap)\.(mean|max|p\d+(?:\.\d+)?)$/
const GAUGE = /^gauges\.(.+?)(?:\.(mean|max|min|p95))?$/

/** `streams.resnet.throughput`: of one of several streams. */
const STREAM = /^streams\.([^.]+)\.(.+)$/
const OF_STREAMS = ['throughput', 'goodput', 'items.throughput', 'errorRate']

/** The stream and its metric that a name stands for; `null` for one of all streams. */
export function streamMetricOf(name: string): { readonly stream: string; readonly metric: string } | null {
  const [, stream, metric] = STREAM.exec(name) ?? []
  return stream === undefined || metric === undefined ? null : { stream, metric }
}

/** `null` for a name that stands for nothing. */
export function studyMetric(name: string): StudyMetric | null {
  const own = streamMetricOf(name)
  if (own !== null)
    return OF_STREAMS.includes(own.metric) || LATENCY.test(own.metric) ? studyMetric(own.metric) : null
  if (Object.hasOwn(STUDY_METRICS, name)) return STUDY_METRICS[name] ?? null
  if (LATENCY.test(name)) return lower('ns')
  const gauge = GAUGE.exec(name)?.[1]
  if (gauge === undefined) return null
  // More use of a device is what was paid for; more memory, heat or power is not.
  return /utili[sz]ation|usage/.test(gauge) ? share('higher') : lower(null)
}

/** `{ gauge: 'gpu.power', statistic: 'mean' }` of `gauges.gpu.power`. */
export function gaugeOf(
  name: string,
): { readonly gauge: string; readonly statistic: 'mean' | 'max' | 'min' | 'p95' } | null {
  const [, gauge, statistic = 'mean'] = GAUGE.exec(name) ?? []
  return gauge === undefined ? null : { gauge, statistic: statistic as 'mean' }
}

/** What is wrong with the name of a metric; `null` when nothing is. */
export function whyNoMetric(name: string): { readonly message: string; readonly suggestion?: string } | null {
  if (studyMetric(name) !== null) return null
  const similar = suggest(streamMetricOf(name)?.metric ?? name, [
    ...Object.keys(STUDY_METRICS),
    'responseTime.p50',
    'responseTime.p99',
    'serviceTime.p99',
    'firstByte.p99',
  ])
  return {
    message: 'there is no such metric; latencies are responseTime.p99, readings of samplers gauges.NAME.',
    ...(similar === undefined ? {} : { suggestion: similar }),
  }
}

/** One objective's part of a score; `null` where the metric was not measured. */
export function contribution(
  { metric, better }: ObjectivePlan,
  metrics: Readonly<Record<string, number | null>>,
): number | null {
  const definition = studyMetric(metric)
  const value = metrics[metric] ?? null
  if (definition === null || value === null) return null
  const sign = (better ?? definition.better) === 'higher' ? 1 : -1
  if (definition.scale === 'difference') return sign * value
  return value > 0 ? sign * Math.log(value) : null
}

/** Mean of the objectives' parts by their weights: differences of scores are logarithms of gains. */
export function scoreOf(
  objectives: readonly ObjectivePlan[],
  metrics: Readonly<Record<string, number | null>>,
): number | null {
  let sum = 0
  let weights = 0
  for (const objective of objectives) {
    const part = contribution(objective, metrics)
    if (part === null) return null
    sum += objective.weight * part
    weights += objective.weight
  }
  return weights > 0 ? sum / weights : null
}

/** Of a 95 % interval, in standard deviations. */
export const NORMAL_975 = 1.959963984540054

/**
 * Standard deviation of the score of one measurement, by the intervals of all that is aimed at, as if these were
 * independent; `null` where one has none. A quality without an interval is exact.
 */
export function scoreDeviation(
  objectives: readonly ObjectivePlan[],
  { metrics, intervals }: Pick<StudyMeasurement, 'metrics' | 'intervals'>,
): number | null {
  let squares = 0
  let weights = 0
  for (const objective of objectives) {
    const own = deviationOf(objective, intervals)
    const isExact = objective.metric === 'quality' && metrics['quality'] != null
    if (own === null && !isExact) return null
    squares += objective.weight * objective.weight * (own ?? 0) * (own ?? 0)
    weights += objective.weight
  }
  return weights > 0 ? Math.sqrt(squares) / weights : null
}

/** The part of it that is the quality's: every measurement repeats the same answers. */
export function repeatedDeviation(
  objectives: readonly ObjectivePlan[],
  { intervals }: Pick<StudyMeasurement, 'intervals'>,
): number {
  const weights = objectives.reduce((sum, { weight }) => sum + weight, 0)
  const own = objectives.find(({ metric }) => metric === 'quality')
  const deviation = own === undefined ? null : deviationOf(own, intervals)
  return own === undefined || deviation === null ? 0 : (own.weight * deviation) / weights
}

function deviationOf({ metric }: ObjectivePlan, intervals: StudyMeasurement['intervals']): number | null {
  const [low, high] = intervals[metric] ?? [null, null]
  if (low === null || high === null) return null
  if (studyMetric(metric)?.scale === 'difference') return (high - low) / 2 / NORMAL_975
  return low > 0 ? Math.log(high / low) / 2 / NORMAL_975 : null
}

/** A difference of scores as a gain: relative, or of shares the difference itself. */
export function gainOf(objectives: readonly ObjectivePlan[], difference: number): number {
  const isDifference = objectives.every(({ metric }) => studyMetric(metric)?.scale === 'difference')
  return isDifference ? difference : Math.expm1(difference)
}
