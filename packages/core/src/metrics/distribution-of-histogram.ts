import type { Distribution } from '../report/result.ts'
import type { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { HistogramRanks } from '../stats/quantile/histogram-ranks.ts'
import { assembleDistribution, type Population } from './assemble-distribution.ts'
import { percentilesOf } from './percentiles.ts'

export interface HistogramDistributionInput extends Population {
  /** Durations, ns. */
  readonly histogram: LogLinearHistogram
}

/**
 * The distribution of durations of which only a histogram is left, such as the gaps between messages: percentiles are
 * within 0.1 %, and there are no intervals, for nothing is known of the order.
 */
export function distributionOfHistogram(input: HistogramDistributionInput): Distribution {
  const ranked = new HistogramRanks(input.histogram)
  const percentiles = percentilesOf(ranked.count, input.percentiles)
  const nothing = percentiles.map(() => null)
  return assembleDistribution(input, ranked, percentiles, {
    method: 'histogram',
    bounds: nothing,
    mean: null,
  })
}
