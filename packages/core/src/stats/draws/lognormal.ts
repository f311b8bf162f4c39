import type { Random } from '../prng.ts'
import { drawNormal } from './normal.ts'

/** exp(mu + sigma · Z): median exp(mu), mean exp(mu + sigma²/2). */
export function drawLognormal(random: Random, mu: number, sigma: number): number {
  return Math.exp(mu + sigma * drawNormal(random))
}
