import { power } from '../power.ts'
import type { Random } from '../prng.ts'

/** A Pareto of the given shape (above 1) and mean 1: P(X > x) = (least / x)^shape from its least value on. */
export function drawPareto(random: Random, shape: number): number {
  return ((shape - 1) / shape) * power(1 - random.next(), -1 / shape)
}

/**
 * What is left of such a Pareto at an instant that has nothing to do with it: its equilibrium distribution, with the
 * density P(X > x) / mean. The mean of this is infinite for shapes up to 2.
 */
export function drawParetoRest(random: Random, shape: number): number {
  const least = (shape - 1) / shape
  const u = random.next()
  // Up to the least value the density is 1: with probability `least` it lies there, and evenly.
  return u < least ? u : least * power(shape * (1 - u), -1 / (shape - 1))
}
