import { chooseBandwidth, type Bandwidth } from './bandwidth.ts'
import { cosineTransform, inverseCosineTransform } from './cosine-transform.ts'

/** Cells: a narrower kernel than that would ring, above and below 0. */
const FINEST = 2

export interface KernelDensity {
  /** In the middle of each cell, over the range from 0 to 1: their mean is 1. */
  readonly density: Float64Array
  readonly bandwidth: Bandwidth
}

/**
 * The density of samples that were counted in cells of equal width, by a Gaussian kernel that the ends of the range
 * reflect: nothing leaks out of it, and an end at which there are many samples does not look empty.
 *
 * @param shares of the samples in the cells, which add up to 1; a power of two of them
 * @param least bandwidth, as a share of the range: what the data cannot resolve is no shape of theirs
 */
export function kernelDensity(shares: Float64Array, samples: number, least: number = 0): KernelDensity {
  const coefficients = cosineTransform(shares)
  const finest = Math.max(least, FINEST / shares.length)
  const chosen = chooseBandwidth(shares, coefficients, samples, finest)
  const bandwidth = { ...chosen, share: Math.max(chosen.share, finest) }
  return { density: smooth(coefficients, bandwidth.share), bandwidth }
}

/** The density with a kernel of a given standard deviation, from the cosine transform of the shares. */
export function smooth(coefficients: Float64Array, deviation: number): Float64Array {
  const n = coefficients.length
  const factor = (Math.PI * Math.PI * deviation * deviation) / 2
  const damped = coefficients.map((value, k) => value * Math.exp(-factor * k * k))
  // Rounding leaves differences of 1e-16 about 0.
  return inverseCosineTransform(damped).map((value) => Math.max(0, value * n))
}
