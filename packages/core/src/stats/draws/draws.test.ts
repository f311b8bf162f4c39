import { describe, expect, it } from 'vitest'
import { Random } from '../prng.ts'
import { normalCdf } from '../special/normal.ts'
import { drawExponential } from './exponential.ts'
import { drawGamma } from './gamma.ts'
import { drawLognormal } from './lognormal.ts'
import { drawNormal } from './normal.ts'
import { drawUniform } from './uniform.ts'

const DRAWS = 40_000

/** Kolmogorov and Smirnov's statistic; 1.95 / √n is exceeded once in a thousand samples. */
function distance(draw: () => number, cdf: (x: number) => number): number {
  const sorted = Float64Array.from({ length: DRAWS }, draw).sort()
  let largest = 0
  for (let index = 0; index < DRAWS; index++) {
    const expected = cdf(sorted[index] as number)
    largest = Math.max(largest, Math.abs(expected - index / DRAWS), Math.abs(expected - (index + 1) / DRAWS))
  }
  return largest * Math.sqrt(DRAWS)
}

function moments(draw: () => number): { readonly mean: number; readonly variance: number } {
  const values = Array.from({ length: DRAWS }, draw)
  const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS }
}

describe('draws', () => {
  const random = new Random([11, 22, 33, 44])

  it.each([
    ['exponential', () => drawExponential(random), (x: number) => 1 - Math.exp(-x)],
    ['uniform', () => drawUniform(random, -2, 3), (x: number) => (x + 2) / 5],
    ['normal', () => drawNormal(random), normalCdf],
    ['lognormal', () => drawLognormal(random, 1, 0.5), (x: number) => normalCdf((Math.log(x) - 1) / 0.5)],
    // Gamma of shape 1 is exponential, and of shape 3 Erlang: both have closed forms.
    ['gamma(1)', () => drawGamma(random, 1), (x: number) => 1 - Math.exp(-x)],
    ['gamma(3)', () => drawGamma(random, 3), (x: number) => 1 - Math.exp(-x) * (1 + x + (x * x) / 2)],
    // Gamma of shape ½ is half the square of a normal.
    ['gamma(0.5)', () => drawGamma(random, 0.5), (x: number) => 2 * normalCdf(Math.sqrt(2 * x)) - 1],
  ])('%s has its distribution', (_, draw, cdf) => {
    expect(distance(draw, cdf)).toBeLessThan(1.95)
  })

  it.each([0.04, 0.25, 2.5, 40])('gamma(%d) has mean and variance of its shape', (shape) => {
    const { mean, variance } = moments(() => drawGamma(random, shape))
    const error = Math.sqrt(shape / DRAWS)
    expect(Math.abs(mean - shape)).toBeLessThan(4 * error)
    // Var(s²) ≈ (2 + 6/shape) · shape² / n
    expect(Math.abs(variance - shape)).toBeLessThan(4 * shape * Math.sqrt((2 + 6 / shape) / DRAWS))
  })
})
