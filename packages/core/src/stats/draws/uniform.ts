import type { Random } from '../prng.ts'

/** Uniform in [low, high). */
export function drawUniform(random: Random, low: number, high: number): number {
  return low + (high - low) * random.next()
}
