/**
 * For rising thresholds, the share of each batch that exceeds them: one row of `batches` shares per threshold. Batches
 * are equal and follow each other; the first samples are left out when the count is not a multiple.
 */
export function exceedanceShares(
  samples: Float64Array,
  thresholds: readonly number[],
  batches: number,
): readonly Float64Array[] {
  const rows = thresholds.map(() => new Float64Array(batches))
  const levels = Float64Array.from(thresholds)
  const size = Math.floor(samples.length / batches)
  const offset = samples.length - size * batches
  const above = new Float64Array(levels.length + 1)
  for (let batch = 0; batch < batches; batch++) {
    above.fill(0)
    const end = offset + (batch + 1) * size
    for (let index = end - size; index < end; index++) {
      const sample = samples[index] as number
      let level = 0
      // Most samples exceed few thresholds: this is about two comparisons for each.
      while (level < levels.length && sample > (levels[level] as number)) level += 1
      above[level] = (above[level] as number) + 1
    }
    let exceeding = 0
    for (let level = levels.length; level > 0; level--) {
      exceeding += above[level] as number
      ;(rows[level - 1] as Float64Array)[batch] = exceeding / size
    }
  }
  return rows
}
