/** Nearest rank of sorted values; `null` when there are none. */
export function percentileOf(sorted: Float64Array, percentile: number): number | null {
  if (sorted.length === 0) return null
  const rank = Math.ceil((percentile / 100) * sorted.length)
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] as number
}
