import type { Random } from '../prng.ts'

/**
 * A standard normal by Marsaglia's polar method. The second number that the method yields is not kept: a draw has no
 * state besides the generator's.
 */
export function drawNormal(random: Random): number {
  for (;;) {
    const x = 2 * random.next() - 1
    const y = 2 * random.next() - 1
    const square = x * x + y * y
    if (square < 1 && square > 0) return x * Math.sqrt((-2 * Math.log(square)) / square)
  }
}
