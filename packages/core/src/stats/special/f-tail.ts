import { incompleteBeta } from './incomplete-beta.ts'

/** P(F > value) for Fisher's F with `above` and `below` degrees of freedom (of the numerator and of the denominator). */
export function fTail(value: number, above: number, below: number): number {
  if (!(value > 0)) return 1
  const whole = below + above * value
  return whole === Infinity ? 0 : incompleteBeta(below / whole, below / 2, above / 2, (above * value) / whole)
}
