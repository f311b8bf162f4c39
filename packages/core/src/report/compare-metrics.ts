import { studentTQuantile } from '../stats/special/student-t.ts'
import type { CaseResult, Interval, Metrics, Trial } from './result.ts'

/** One metric of a case in two results. */
export interface MetricComparison {
  /** Its path in a trial: `responseTime.p99`. */
  readonly metric: string
  readonly unit: 'ns' | '1/s' | '1'
  readonly better: 'lower' | 'higher'
  /** Pooled values. */
  readonly base: number | null
  readonly other: number | null
  /** other − base, and other ÷ base. */
  readonly difference: number | null
  readonly ratio: number | null
  /** 95 %. */
  readonly differenceInterval: Interval | null
  readonly ratioInterval: Interval | null
  /**
   * Where the intervals come from: the spread between `repeats` (Welch), the uncertainty `within` single trials (which
   * says nothing about the next run), or `none`.
   */
  readonly method: 'repeats' | 'within' | 'none'
}

interface Definition {
  readonly metric: string
  readonly unit: MetricComparison['unit']
  readonly better: MetricComparison['better']
  readonly read: (metrics: Metrics) => number | null
  readonly interval: (metrics: Metrics) => Interval | null
}

function percentile(
  metric: 'responseTime' | 'serviceTime' | 'firstByte',
  key: 'p50' | 'p95' | 'p99' | 'p99.9',
): Definition {
  return {
    metric: `${metric}.${key}`,
    unit: 'ns',
    better: 'lower',
    read: (metrics) => metrics[metric][key],
    interval: (metrics) => metrics[metric].intervals[key] ?? null,
  }
}

const DEFINITIONS: readonly Definition[] = [
  {
    metric: 'throughput',
    unit: '1/s',
    better: 'higher',
    read: (metrics) => metrics.throughput,
    interval: (metrics) => metrics.rateIntervals.throughput,
  },
  {
    metric: 'goodput',
    unit: '1/s',
    better: 'higher',
    read: (metrics) => metrics.goodput,
    interval: (metrics) => metrics.rateIntervals.goodput,
  },
  percentile('responseTime', 'p50'),
  percentile('responseTime', 'p95'),
  percentile('responseTime', 'p99'),
  percentile('responseTime', 'p99.9'),
  percentile('serviceTime', 'p50'),
  {
    metric: 'errorRate',
    unit: '1',
    better: 'lower',
    read: ({ counts }) =>
      counts.due === 0 ? null : (counts.due - counts.completed + counts.incorrect) / counts.due,
    interval: () => null,
  },
]

/** Compares pooled values; the repeats of each side give the intervals. */
export function compareMetrics(
  base: CaseResult,
  baseTrials: readonly Trial[],
  other: CaseResult,
  otherTrials: readonly Trial[],
): readonly MetricComparison[] {
  return DEFINITIONS.map((definition) => {
    const { metric, unit, better, read } = definition
    const from = base.pooled === null ? null : read(base.pooled)
    const to = other.pooled === null ? null : read(other.pooled)
    const ratio = from === null || to === null || from === 0 ? null : to / from
    const bounds = boundsOf(definition, from, baseTrials, to, otherTrials)
    return {
      metric,
      unit,
      better,
      base: from,
      other: to,
      difference: from === null || to === null ? null : to - from,
      ratio,
      differenceInterval: bounds?.difference ?? null,
      ratioInterval: bounds?.ratio ?? null,
      method: bounds?.method ?? 'none',
    }
  })
}

interface Bounds {
  readonly method: 'repeats' | 'within'
  readonly difference: Interval
  readonly ratio: Interval | null
}

function boundsOf(
  { read, interval }: Definition,
  base: number | null,
  baseTrials: readonly Trial[],
  other: number | null,
  otherTrials: readonly Trial[],
): Bounds | null {
  if (base === null || other === null) return null
  const from = known(baseTrials.map(read))
  const to = known(otherTrials.map(read))
  if (from === null || to === null) return null
  if (from.length >= 2 && to.length >= 2) {
    const difference = welch(sampleOf(from), sampleOf(to))
    const positive = [...from, ...to].every((value) => value > 0)
    const logarithmic = positive ? welch(sampleOf(from.map(Math.log)), sampleOf(to.map(Math.log))) : null
    return {
      method: 'repeats',
      difference: around(other - base, difference),
      ratio: logarithmic === null ? null : aroundRatio(other / base, logarithmic),
    }
  }
  const a = deviationOf(baseTrials.map((trial) => interval(trial)))
  const b = deviationOf(otherTrials.map((trial) => interval(trial)))
  if (a === null || b === null || base <= 0 || other <= 0) return null
  const half = NORMAL_975 * Math.hypot(a, b)
  const relative = NORMAL_975 * Math.hypot(a / base, b / other)
  return {
    method: 'within',
    difference: around(other - base, half),
    ratio: aroundRatio(other / base, relative),
  }
}

const NORMAL_975 = 1.959963984540054

interface Sample {
  readonly count: number
  /** Of the mean. */
  readonly variance: number
}

function sampleOf(values: readonly number[]): Sample {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0)
  return { count: values.length, variance: squares / (values.length - 1) / values.length }
}

/** Half the width of Welch's 95 % interval for a difference of means (Welch 1947, degrees of freedom by Satterthwaite). */
function welch(a: Sample, b: Sample): number {
  const variance = a.variance + b.variance
  if (variance === 0) return 0
  const freedom =
    (variance * variance) /
    ((a.variance * a.variance) / (a.count - 1) + (b.variance * b.variance) / (b.count - 1))
  return studentTQuantile(0.975, freedom) * Math.sqrt(variance)
}

/** The standard deviation behind the 95 % intervals of single trials, of their mean; `null` when one has none. */
function deviationOf(intervals: readonly (Interval | null)[]): number | null {
  let sum = 0
  for (const interval of intervals) {
    if (interval === null || interval[1] === null) return null
    const deviation = (interval[1] - interval[0]) / 2 / NORMAL_975
    sum += deviation * deviation
  }
  return Math.sqrt(sum) / intervals.length
}

function around(value: number, half: number): Interval {
  return [value - half, value + half]
}

function aroundRatio(ratio: number, half: number): Interval {
  const factor = Math.exp(half)
  return [ratio / factor, factor < 1000 ? ratio * factor : null]
}

function known(values: readonly (number | null)[]): readonly number[] | null {
  return values.every((value) => value !== null) ? values : null
}
