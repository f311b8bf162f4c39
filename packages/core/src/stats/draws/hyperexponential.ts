import type { Random } from '../prng.ts'
import { drawExponential } from './exponential.ts'

/** A mixture of two exponentials: with probability `p` the one of mean `first`, otherwise that of mean `second`. */
export interface Hyperexponential {
  readonly p: number
  readonly first: number
  readonly second: number
}

/**
 * Two exponentials with balanced means: overall mean 1, and the given coefficient of variation (above 1).
 * p = ½ (1 + √((c² − 1) / (c² + 1))), with means 1/(2p) and 1/(2 (1 − p)).
 */
export function balancedHyperexponential(cv: number): Hyperexponential {
  const square = cv * cv
  const p = 0.5 * (1 + Math.sqrt((square - 1) / (square + 1)))
  return { p, first: 1 / (2 * p), second: 1 / (2 * (1 - p)) }
}

export function drawHyperexponential(random: Random, { p, first, second }: Hyperexponential): number {
  const mean = random.next() < p ? first : second
  return mean * drawExponential(random)
}
