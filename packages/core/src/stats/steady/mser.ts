/** Observations behind which too little is left to judge by: the last batches are never a cut (K. Hoad, S. Robinson, R. Davies, 2010). */
const LAST = 5

/** Where the initial transient of a series ends. */
export interface MserCut {
  /** Observations to leave out. */
  readonly cut: number
  /** The square of the standard error of what is left, which the cut makes smallest. */
  readonly statistic: number
  /** A cut in the second half says that the series is too short for it. */
  readonly accepted: boolean
}

/**
 * MSER: leaves out as many of the first batches as make the standard error of the rest smallest, Σ (y − ȳ)² / k² over
 * the k batches that are left. With batches of 5 it is MSER-5 (K. P. White, M. J. Cobb, S. C. Spratt, *A comparison of
 * five steady-state truncation heuristics for simulation*, WSC 2000). It finds steps and decays; a drift that never ends
 * passes it, so a test for trends belongs beside it.
 *
 * @returns `null` for fewer than ten batches
 */
export function mserCut(series: Float64Array, batch: number = 5): MserCut | null {
  const batches = Math.floor(series.length / batch)
  if (batches < 2 * LAST) return null
  let best = 0
  let statistic = Infinity
  let mean = 0
  let squares = 0
  // Backwards, so that each batch is looked at once (Welford's update).
  for (let index = batches - 1; index >= 0; index--) {
    const left = batches - index
    const value = meanOfBatch(series, index * batch, batch)
    const before = value - mean
    mean += before / left
    squares += before * (value - mean)
    const candidate = squares / (left * left)
    if (left >= LAST && candidate <= statistic) {
      statistic = candidate
      best = index
    }
  }
  return { cut: best * batch, statistic, accepted: best * 2 <= batches }
}

function meanOfBatch(series: Float64Array, from: number, size: number): number {
  let sum = 0
  for (let index = from; index < from + size; index++) sum += series[index] as number
  return sum / size
}
