import { power } from '../power.ts'

export interface Bandwidth {
  /** Standard deviation of the kernel, as a share of the range. */
  readonly share: number
  /** `isj`: improved Sheather–Jones; `silverman`: the rule of thumb, where the former has no solution. */
  readonly rule: 'isj' | 'silverman'
}

/** Stages of the estimate of the density's derivatives, as in the paper. */
const STAGES = 7
/** Squared shares between which solutions are looked for; beyond the last there is no shape left. */
const SMALLEST = 1e-10
const LARGEST = 0.1
/** Of the root, relative. */
const PRECISION = 1e-4

/**
 * How much to smooth, by the data alone: unlike rules of thumb it takes no normal distribution for granted, so that what has
 * two modes keeps them. Z. I. Botev, J. F. Grotowski, D. P. Kroese, "Kernel density estimation via diffusion", Annals of
 * Statistics 38, 2010, §5 (improved Sheather–Jones).
 *
 * @param shares of the samples in cells of equal width, which add up to 1
 * @param coefficients cosine transform of these
 * @param samples how many there are
 * @param least what is not needed any finer
 */
export function chooseBandwidth(
  shares: Float64Array,
  coefficients: Float64Array,
  samples: number,
  least: number = 0,
): Bandwidth {
  const squares = coefficients.map((value) => value * value)
  const excess = (time: number): number => time - fixedPoint(time, samples, squares)
  let low = Math.max(SMALLEST, least * least)
  if (low < LARGEST && excess(low) > 0) return { share: Math.sqrt(low), rule: 'isj' }
  let high = low * 2
  // The smallest root is the one that is meant: look for the first change of sign.
  while (high < LARGEST && !(excess(high) > 0)) {
    low = high
    high = low * 2
  }
  if (!(excess(high) > 0)) return { share: silverman(shares, samples), rule: 'silverman' }
  while (high / low > 1 + PRECISION) {
    const middle = Math.sqrt(low * high)
    if (excess(middle) > 0) high = middle
    else low = middle
  }
  return { share: Math.sqrt(high), rule: 'isj' }
}

/** ξγ⁽⁷⁾(t) of the paper: its fixed point is the squared bandwidth that has the least error. */
function fixedPoint(time: number, samples: number, squares: Float64Array): number {
  let functional = derivativeNorm(STAGES, time, squares)
  for (let order = STAGES - 1; order >= 2; order--) {
    let odd = 1
    for (let factor = 3; factor < 2 * order; factor += 2) odd *= factor
    const kernel = odd / Math.sqrt(2 * Math.PI)
    const constant = (1 + power(0.5, order + 0.5)) / 3
    const stage = power((2 * constant * kernel) / (samples * functional), 2 / (3 + 2 * order))
    functional = derivativeNorm(order, stage, squares)
  }
  return power(2 * samples * Math.sqrt(Math.PI) * functional, -2 / 5)
}

/** The squared norm of the density's derivative of this order, after smoothing. */
function derivativeNorm(order: number, time: number, squares: Float64Array): number {
  const factor = Math.PI * Math.PI
  let sum = 0
  for (let k = 1; k < squares.length; k++) {
    const square = k * k
    const exponent = factor * square * time
    // The rest is less than the smallest number.
    if (exponent > 700) break
    let term = (squares[k] as number) * Math.exp(-exponent)
    for (let step = 0; step < order; step++) term *= square
    sum += term
  }
  return 2 * power(factor, order) * sum
}

/** B. W. Silverman, "Density Estimation", 1986, (3.31): 0.9 · min(s, IQR ÷ 1.34) · n^(−1/5). */
function silverman(shares: Float64Array, samples: number): number {
  const n = shares.length
  let mean = 0
  let square = 0
  let seen = 0
  let lower = 0
  let upper = 1
  for (let i = 0; i < n; i++) {
    const share = shares[i] as number
    const at = (i + 0.5) / n
    mean += share * at
    square += share * at * at
    if (seen < 0.25) lower = at
    if (seen < 0.75) upper = at
    seen += share
  }
  const deviation = Math.sqrt(Math.max(0, square - mean * mean))
  const spread = (upper - lower) / 1.34
  return 0.9 * (spread > 0 ? Math.min(deviation, spread) : deviation) * power(samples, -1 / 5)
}
