import { meanOfIndependent } from '../../stats/interval/mean-interval.ts'
import { normalQuantile } from '../../stats/special/normal.ts'
import type { CaseResult, Interval, Metrics, Trial } from '../result.ts'
import { pairRepeats } from './duels.ts'

/** One case over another in one metric. */
export interface CaseRatio {
  readonly value: number
  /** 95 %; `null` where nothing tells. */
  readonly interval: readonly [low: number, high: number] | null
  /** Repeats that are valid on both sides. */
  readonly pairs: number
}

export interface RatioMetric {
  read(metrics: Metrics): number | null
  /** Inside of one trial. */
  interval(metrics: Metrics): Interval | null
}

export const THROUGHPUT: RatioMetric = {
  read: ({ throughput }) => throughput,
  interval: ({ rateIntervals }) => rateIntervals.throughput,
}
export const MEDIAN: RatioMetric = {
  read: ({ responseTime }) => responseTime.p50,
  interval: ({ responseTime }) => responseTime.intervals['p50'] ?? null,
}

/** Two differences have a t interval that says nothing: a factor of 12.7 on their spread. */
const FEWEST_PAIRS = 3

/**
 * The geometric mean of the ratios of repeats, paired by their number, with Student's t on their logarithms (three pairs or more). Of a single
 * pair the intervals inside of both trials tell how sure it is. `null` without a pair whose values are above 0.
 */
export function ratioOfCases(
  one: CaseResult,
  against: CaseResult,
  trialsOf: (one: CaseResult) => readonly Trial[],
  metric: RatioMetric,
): CaseRatio | null {
  const { base, other } = pairRepeats(one, against, trialsOf)
  const pairs = other.flatMap((trial, index) => {
    const opponent = base[index] as Trial
    const [value, reference] = [metric.read(trial), metric.read(opponent)]
    if (value === null || reference === null || !(value > 0) || !(reference > 0)) return []
    return [{ trial, opponent, log: Math.log(value / reference) }]
  })
  const [only] = pairs
  if (only === undefined) return null
  const logs = pairs.map(({ log }) => log)
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
  const ends =
    pairs.length === 1
      ? around(only.log, logError(only.trial, metric), logError(only.opponent, metric))
      : pairs.length < FEWEST_PAIRS
        ? null
        : meanOfIndependent(logs)
  return {
    value: Math.exp(mean),
    interval: ends === null ? null : [Math.exp(ends[0]), Math.exp(ends[1])],
    pairs: pairs.length,
  }
}

/** What has to be known of the intervals of some ratios. */
export function intervalNotes(ratios: readonly (CaseRatio | null)[]): readonly string[] {
  const pairs = new Set(ratios.flatMap((ratio) => ratio?.pairs ?? []))
  return [
    ...(pairs.has(1)
      ? [
          'Of one repeat the intervals are those inside of the trials, which do not know how trials differ: set `repeats`.',
        ]
      : []),
    ...(pairs.has(2) ? [`Two repeats tell no interval: it takes ${FEWEST_PAIRS}, better 5.`] : []),
  ]
}

const Z = normalQuantile(0.975)

/** The delta method: on logarithms, relative errors add in quadrature. */
function around(log: number, a: number | null, b: number | null): readonly [number, number] | null {
  if (a === null || b === null) return null
  const half = Z * Math.sqrt(a * a + b * b)
  return [log - half, log + half]
}

/** Standard error of the logarithm, from the interval of a value. */
function logError(metrics: Metrics, { interval }: RatioMetric): number | null {
  const [low, high] = interval(metrics) ?? [0, null]
  return high === null || !(low > 0) ? null : Math.log(high / low) / (2 * Z)
}
