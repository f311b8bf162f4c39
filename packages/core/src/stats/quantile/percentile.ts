import { rankOf } from './rank.ts'

/** The nearest-rank percentile of sorted samples; `null` without samples. */
export function nearestRank(sorted: Float64Array, percentile: number): number | null {
  return sorted.length === 0 ? null : (sorted[rankOf(percentile, sorted.length) - 1] as number)
}

/**
 * The percentile interpolated between neighbours, as numpy and R do by default (type 7 of Hyndman and Fan, 1996);
 * `null` without samples. For comparison with those tools; results use {@link nearestRank}.
 */
export function interpolated(sorted: Float64Array, percentile: number): number | null {
  if (sorted.length === 0) return null
  const position = (percentile / 100) * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below] as number
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number
  // Exact where both are equal or infinite.
  return low === high ? low : low + (high - low) * (position - below)
}
