import type { Distribution, Interval } from '../report/result.ts'
import type { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import type { PercentileInterval, RankedSamples } from '../stats/interval/percentile-interval.ts'
import { rankOf } from '../stats/quantile/rank.ts'
import { infiniteReason, type PercentileReason } from './percentiles.ts'

/** Turns a histogram's buckets (lowest value in ns, count), in rising order, into their encoded form. */
export type HdrEncoder = (entries: Iterable<readonly [value: number, count: number]>) => string | null

/** What belongs to a distribution besides its samples. */
export interface Population {
  /**
   * Requests of the same population that did not complete, as +∞ among the samples or absent from them: those that
   * failed, timed out or were dropped, and those that were still open at the drain deadline.
   */
  readonly failures?: number
  readonly censored?: number
  /** Percentiles besides those that every distribution has, for example the ones of an SLO. */
  readonly percentiles?: readonly number[]
  readonly hdr?: HdrEncoder | undefined
}

export interface Estimate {
  readonly method: 'exact' | 'histogram'
  /** One for each percentile. */
  readonly bounds: readonly (PercentileInterval | null)[]
  readonly mean: Interval | null
  /** What the root mean square certainly is not above; absent where the order of the samples is not known. */
  readonly rmsBound?: number | null
}

/** Puts a distribution together; see `buildDistribution` for its rules. `histogram` holds the finite samples. */
export function assembleDistribution(
  population: Population,
  ranked: RankedSamples & { readonly histogram: LogLinearHistogram },
  percentiles: readonly number[],
  estimate: Estimate,
): Distribution {
  const { count, histogram } = ranked
  const censored = population.censored ?? 0
  const infinite = count - histogram.count
  const failures = Math.max(population.failures ?? 0, infinite - censored)
  const values: Record<string, number | null> = {}
  const intervals: Record<string, Interval | null> = {}
  const why: Record<string, PercentileReason> = {}
  const effectiveCounts: Record<string, number> = {}
  for (const [index, percentile] of percentiles.entries()) {
    const key = `p${percentile}`
    const bound = estimate.bounds[index] ?? null
    values[key] = count === 0 ? null : finiteOrNull(ranked.valueAtRank(rankOf(percentile, count)))
    intervals[key] = intervalOf(bound)
    if (bound !== null) effectiveCounts[key] = bound.effectiveCount
    const reason = infiniteReason(percentile, histogram.count, failures, censored)
    if (reason !== null) why[key] = reason
    else if (bound === null || bound.high === null) why[key] = 'too-few'
  }
  intervals.mean = estimate.mean
  return {
    unit: 'ns',
    count,
    mean: infinite === 0 ? histogram.mean : null,
    min: histogram.min,
    max: infinite === 0 ? histogram.max : null,
    ...(values as Pick<Distribution, 'p50' | 'p90' | 'p95' | 'p99' | 'p99.9'>),
    method: count === 0 ? 'none' : estimate.method,
    intervals,
    why,
    effectiveCount: effectiveCounts['p99'] ?? null,
    effectiveCounts,
    ...(estimate.rmsBound == null ? {} : { rmsBound: estimate.rmsBound }),
    hdr: histogram.count === 0 ? null : (population.hdr?.(histogram.entries()) ?? null),
  }
}

/** Without a finite lower end there is nothing to say; `why` tells that the percentile is infinite. */
function intervalOf(bound: PercentileInterval | null): Interval | null {
  if (bound === null || bound.low === Infinity) return null
  return [bound.low, bound.high === null || bound.high === Infinity ? null : bound.high]
}

function finiteOrNull(value: number): number | null {
  return value < Infinity ? value : null
}
