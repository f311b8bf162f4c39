import { power } from '../power.ts'
import { drawExponential } from './exponential.ts'
import type { Random } from '../prng.ts'

/** A Weibull of the given shape and scale 1: mean Γ(1 + 1/shape). */
export function drawWeibull(random: Random, shape: number): number {
  return power(drawExponential(random), 1 / shape)
}
