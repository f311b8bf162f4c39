import type { Distribution } from '../report/result.ts'
import { meanInterval, rootMeanSquareBound } from '../stats/interval/mean-interval.ts'
import { percentileIntervals } from '../stats/interval/percentile-interval.ts'
import { HistogramRanks } from '../stats/quantile/histogram-ranks.ts'
import { OrderStatistics } from '../stats/quantile/order-statistics.ts'
import { assembleDistribution, type Population } from './assemble-distribution.ts'
import { percentilesOf } from './percentiles.ts'

export type { HdrEncoder } from './assemble-distribution.ts'

/** Percentiles are exact up to this many samples; above, they come from a histogram, within 0.1 %. */
export const EXACT_SAMPLES = 5_000_000

export interface DistributionInput extends Population {
  /**
   * One duration in ns for each request, in the order of the intended starts (the order tells how far neighbours
   * depend on each other). +∞ stands for a request that did not complete. Not modified.
   */
  readonly samples: Float64Array
}

/**
 * The distribution of all samples: nearest-rank percentiles with intervals that allow for autocorrelation.
 *
 * - A percentile that falls among the +∞ is `null`, and so are the mean and the maximum when there is a +∞ at all.
 * - `why[p]` is `failures` or `censored` for each percentile that such requests make infinite. Where they are absent
 *   from the samples, the percentile of the others stands and is a lower bound. It is `censored` only where the
 *   percentile would be finite if nothing but the failures were infinite.
 * - Otherwise `why[p]` is `too-few` where the samples cannot bound the percentile from above: the value is the one of
 *   its rank (for p99.9 of 200 samples the largest), and its interval has no upper end; below 32 samples there is no
 *   interval at all.
 * - p99.99 is given from 10 000 samples on.
 */
export function buildDistribution(input: DistributionInput): Distribution {
  const { samples } = input
  const exact = samples.length <= EXACT_SAMPLES
  const ranked = exact ? new OrderStatistics(samples) : HistogramRanks.of(samples)
  const percentiles = percentilesOf(ranked.count, input.percentiles)
  const isFinite = ranked.histogram.count === ranked.count
  return assembleDistribution(input, ranked, percentiles, {
    method: exact ? 'exact' : 'histogram',
    bounds: percentileIntervals(samples, ranked, percentiles),
    mean: isFinite ? meanInterval(samples) : null,
    rmsBound: isFinite ? rootMeanSquareBound(samples) : null,
  })
}

/** A distribution of nothing: every value `null`, every percentile explained. */
export function emptyDistribution(failures = 0, censored = 0): Distribution {
  return buildDistribution({ samples: new Float64Array(0), failures, censored })
}
