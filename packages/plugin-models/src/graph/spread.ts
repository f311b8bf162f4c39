import type { Spread } from './graph.ts'

/** Values beyond this many standard deviations are rare enough to be cut off. */
const REACH = 5

/** Sums of many independent terms: normal, with mean 0. */
export function normal(meanSquare: number): Spread {
  const limit = REACH * Math.sqrt(meanSquare)
  return { mean: 0, meanSquare, low: -limit, high: limit }
}

/** Uniform between two bounds. */
export function uniform(low: number, high: number): Spread {
  return { mean: (low + high) / 2, meanSquare: (low * low + low * high + high * high) / 3, low, high }
}

/** The bounds of a uniform distribution around 0 with the given variance. */
export function withVariance(variance: number): { readonly low: number; readonly high: number } {
  const limit = Math.sqrt(3 * variance)
  return { low: -limit, high: limit }
}

/** The values of a sum of independent tensors. */
export function summed(a: Spread, b: Spread): Spread {
  const meanSquare = a.meanSquare + b.meanSquare + 2 * a.mean * b.mean
  return bounded({ mean: a.mean + b.mean, meanSquare, low: a.low + b.low, high: a.high + b.high })
}

/**
 * Known moments, between bounds that may be wider than it takes.
 * @param reach in standard deviations, where large values are not as rare as with a normal distribution
 */
export function bounded({ mean, meanSquare, low, high }: Spread, reach: number = REACH): Spread {
  const limit = reach * Math.sqrt(meanSquare - mean * mean)
  return { mean, meanSquare, low: Math.max(low, mean - limit), high: Math.min(high, mean + limit) }
}

/** What is left of normal values above 0. */
export function rectified({ mean, meanSquare, low, high }: Spread): Spread {
  if (low >= 0) return { mean, meanSquare, low, high }
  const deviation = Math.sqrt(meanSquare - mean * mean)
  const ratio = mean / deviation
  // The share of values above 0 (an approximation that is off by 0.0003 at most), and the density at 0.
  const share = 0.5 * (1 + Math.tanh(0.797_884_56 * (ratio + 0.044_715 * ratio * ratio * ratio)))
  const density = Math.exp((-ratio * ratio) / 2) / Math.sqrt(2 * Math.PI)
  return {
    mean: mean * share + deviation * density,
    meanSquare: meanSquare * share + mean * deviation * density,
    low: 0,
    high,
  }
}
