import { power } from '../power.ts'
import type { Random } from '../prng.ts'
import { drawNormal } from './normal.ts'

/**
 * A gamma of the given shape and scale 1 (mean = shape).
 * Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000); below shape 1 by
 * G(shape) = G(shape + 1) · U^(1/shape).
 */
export function drawGamma(random: Random, shape: number): number {
  if (shape < 1) return drawGamma(random, shape + 1) * power(1 - random.next(), 1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = drawNormal(random)
    const root = 1 + c * x
    if (root <= 0) continue
    const cube = root * root * root
    const u = 1 - random.next()
    if (Math.log(u) < 0.5 * x * x + d * (1 - cube + Math.log(cube))) return d * cube
  }
}
