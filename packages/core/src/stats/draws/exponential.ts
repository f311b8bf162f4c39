import type { Random } from '../prng.ts'

/** An exponential with mean 1, by inversion; never infinite, as 1 − u > 0. */
export function drawExponential(random: Random): number {
  return -Math.log(1 - random.next())
}
