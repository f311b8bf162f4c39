/** A normal distribution's standard deviation, in median absolute deviations. */
const DEVIATIONS = 1.4826022185056018
const STRONGEST = 0.9
/** Outliers are values further than this from the median of their surroundings, in standard deviations. */
const OUTLIER = 4
/** A value's surroundings: one or two that stand out are a minority of these, three are a level of their own. */
const AROUND = 5

/** What is not the level of a series: its scatter, and how far neighbours share it. */
export interface Noise {
  /** Standard deviation around the level. */
  readonly deviation: number
  /** Lag-1 correlation around the level, 0 to 0.9. */
  readonly correlation: number
  /**
   * The standard deviation that independent values would need for means as uncertain as these are: what a mean of k
   * neighbours scatters by, times √k.
   */
  readonly longRun: number
}

/**
 * The noise of a series whose level may change now and then: from differences of neighbours, which a change of level
 * moves in one place only. For a first-order autoregression with correlation r differences have the variance 2σ²(1 − r)
 * and, with their own neighbours, the correlation −(1 − r) / 2.
 */
export function noiseOf(series: Float64Array): Noise {
  const differences = new Float64Array(Math.max(0, series.length - 1))
  for (let index = 0; index < differences.length; index++)
    differences[index] = (series[index + 1] as number) - (series[index] as number)
  const spread = spreadOf(differences)
  const correlation = correlationBehind(differences, spread)
  const deviation = spread / Math.sqrt(2 * (1 - correlation))
  return {
    deviation,
    correlation,
    longRun: deviation * Math.sqrt((1 + correlation) / (1 - correlation)),
  }
}

/** The series with one or two values that stand far off their surroundings moved to the edge of them (J. W. Tukey's fences). */
export function withoutOutliers(series: Float64Array): Float64Array {
  const levels = series.map((_, index) => {
    const from = Math.max(0, Math.min(index - (AROUND >> 1), series.length - AROUND))
    return medianOf(series.slice(from, from + AROUND))
  })
  const scatter =
    DEVIATIONS * medianOf(series.map((value, index) => Math.abs(value - (levels[index] as number))))
  const reach = OUTLIER * scatter
  return series.map((value, index) => {
    const level = levels[index] as number
    return Math.min(Math.max(value, level - reach), level + reach)
  })
}

/** The median; sorts a copy. */
export function medianOf(values: Float64Array): number {
  if (values.length === 0) return NaN
  const sorted = values.slice().sort()
  const half = sorted.length >> 1
  const upper = sorted[half] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2
}

/** A standard deviation that a few large values do not move; of values whose mean may be away from 0. */
export function spreadOf(values: Float64Array): number {
  const middle = medianOf(values)
  const robust = DEVIATIONS * medianOf(values.map((value) => Math.abs(value - middle)))
  if (robust > 0) return robust
  // More than half of them are equal: the plain deviation of the inner nine tenths, which a change of level is not in.
  const sizes = values.map((value) => Math.abs(value - middle)).sort()
  const inner = sizes.subarray(0, Math.floor(0.9 * sizes.length))
  return Math.sqrt(inner.reduce((sum, size) => sum + size * size, 0) / Math.max(1, inner.length))
}

function correlationBehind(differences: Float64Array, spread: number): number {
  if (spread === 0) return 0
  // A change of level must not pass for scatter.
  const clipped = differences.map((value) => Math.min(Math.max(value, -3 * spread), 3 * spread))
  let squares = 0
  let products = 0
  let before = 0
  for (const value of clipped) {
    squares += value * value
    products += value * before
    before = value
  }
  if (squares === 0) return 0
  // Less its standard error: a short series must not lose its changes to a correlation that it only seems to have.
  const doubt = Math.sqrt(2 / differences.length) * (1 + 10 / differences.length)
  return Math.min(Math.max(1 + (2 * products) / squares - doubt, 0), STRONGEST)
}
