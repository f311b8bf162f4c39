import { FINE_LAYOUT } from '../histogram/layout.ts'
import { LogLinearHistogram } from '../histogram/log-linear-histogram.ts'

/** Order statistics within 0.1 %, from a histogram of the finite samples and the number of the infinite ones. */
export class HistogramRanks {
  readonly count: number
  readonly histogram: LogLinearHistogram

  constructor(histogram: LogLinearHistogram, infinite = 0) {
    this.histogram = histogram
    this.count = histogram.count + infinite
  }

  /** @param samples in any order, +∞ allowed */
  static of(samples: Float64Array): HistogramRanks {
    const histogram = new LogLinearHistogram(FINE_LAYOUT)
    for (let index = 0; index < samples.length; index++) {
      const sample = samples[index] as number
      if (sample < Infinity) histogram.record(sample)
    }
    return new HistogramRanks(histogram, samples.length - histogram.count)
  }

  /** The `rank`-th smallest, from 1 to `count`: the upper end of its bucket. */
  valueAtRank(rank: number): number {
    return rank > this.histogram.count ? Infinity : (this.histogram.valueAtRank(rank) as number)
  }
}
