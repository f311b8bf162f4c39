import { binomialQuantile } from '../special/binomial.ts'

/** Ranks (from 1) of the sorted samples that bound a percentile; `high` is `null` when no sample is large enough. */
export interface RankInterval {
  readonly low: number
  readonly high: number | null
}

/**
 * The distribution-free interval of a percentile of independent samples: x_(low) ≤ x_p < x_(high) holds with at least
 * the given level, whatever the distribution. `low` is the largest rank with P(B ≤ low − 1) ≤ α/2 and `high` the
 * smallest with P(B ≤ high − 1) ≥ 1 − α/2, for B ~ Binomial(count, percentile/100).
 */
export function rankInterval(percentile: number, count: number, level: number = 0.95): RankInterval {
  const p = percentile / 100
  const tail = (1 - level) / 2
  const low = Math.max(binomialQuantile(tail, count, p), 1)
  const high = binomialQuantile(1 - tail, count, p) + 1
  return { low, high: high > count ? null : high }
}
