import { inverseIncompleteBeta } from './incomplete-beta.ts'

/** The t with P(T ≤ t) = probability, for Student's t with `freedom` degrees of freedom (any positive number). */
export function studentTQuantile(probability: number, freedom: number): number {
  if (probability === 0.5) return 0
  if (probability < 0.5) return -studentTQuantile(1 - probability, freedom)
  if (probability >= 1) return Infinity
  // Both sides of the same equation; the one with the smaller solution has the digits.
  const tail = 2 * (1 - probability)
  const x = inverseIncompleteBeta(tail, freedom / 2, 0.5)
  if (x < 0.5) return Math.sqrt((freedom * (1 - x)) / x)
  const y = inverseIncompleteBeta(1 - tail, 0.5, freedom / 2)
  return Math.sqrt((freedom * y) / (1 - y))
}
