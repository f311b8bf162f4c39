/** Fewer say nothing about a cycle. */
const FEWEST = 24
/** Three cycles at least have to be seen. */
const MOST_SHARE = 1 / 3
const LEAST_CORRELATION = 0.3
/** In standard errors of a correlation where there is none. */
const CERTAIN = 3

/**
 * The length of the cycle in which a series swings, in steps of the series: the first peak of its autocorrelation that is
 * beyond chance, after it was negative once. `null` for a series that does not swing.
 */
export function cycleOf(series: Float64Array): number | null {
  const { length } = series
  if (length < FEWEST) return null
  const mean = series.reduce((sum, value) => sum + value, 0) / length
  let power = 0
  for (const value of series) power += (value - mean) * (value - mean)
  if (power === 0) return null
  const least = Math.max(LEAST_CORRELATION, CERTAIN / Math.sqrt(length))
  const at = (lag: number): number => {
    let sum = 0
    for (let index = lag; index < length; index++) {
      sum += ((series[index] as number) - mean) * ((series[index - lag] as number) - mean)
    }
    return sum / power
  }
  let hasTurned = false
  let best: { readonly lag: number; readonly correlation: number } | null = null
  for (let lag = 1; lag <= Math.min(MOST_LAG, length * MOST_SHARE); lag++) {
    const correlation = at(lag)
    if (correlation < 0) {
      if (best !== null) break
      hasTurned = true
    } else if (hasTurned && correlation >= least && (best === null || correlation > best.correlation)) {
      best = { lag, correlation }
    }
  }
  return best === null ? null : best.lag
}

/** Longer cycles are drifts to whoever looks at one measurement, and looking for them takes long. */
const MOST_LAG = 2000
