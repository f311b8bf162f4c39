import { binomialTerm } from './binomial-term.ts'
import { incompleteBeta, inverseIncompleteBeta } from './incomplete-beta.ts'
import { normalQuantile } from './normal.ts'

/** P(B ≤ k) for B ~ Binomial(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0
  if (k >= n) return 1
  const whole = Math.floor(k)
  return incompleteBeta(1 - p, n - whole, whole + 1, p)
}

/** A distribution function that reaches a probability but for rounding has reached it. */
const SLACK = 1e-12

/** The smallest k with P(B ≤ k) ≥ probability, for B ~ Binomial(n, p). */
export function binomialQuantile(probability: number, n: number, p: number): number {
  if (probability <= 0) return 0
  if (probability >= 1) return n
  const q = 1 - p
  const z = normalQuantile(probability)
  const guess = n * p + z * Math.sqrt(n * p * q) + ((q - p) * (z * z - 1)) / 6
  const enough = probability * (1 - SLACK)
  // The guess is off by one or two; the rest is a walk along the terms.
  let k = Math.min(Math.max(Math.floor(guess), 0), n)
  let cdf = binomialCdf(k, n, p)
  while (cdf >= enough && k > 0) {
    const below = cdf - binomialTerm(k, n, p, q)
    if (below < enough) return k
    cdf = below
    k -= 1
  }
  while (cdf < enough && k < n) {
    k += 1
    cdf += binomialTerm(k, n, p, q)
  }
  return k
}

/**
 * The exact (Clopper–Pearson) interval of a share of which `successes` of `count` were observed; both may be fractions,
 * as effective sample sizes are.
 */
export function shareInterval(
  successes: number,
  count: number,
  level: number,
): readonly [low: number, high: number] {
  const tail = (1 - level) / 2
  const failures = count - successes
  return [
    successes <= 0 ? 0 : inverseIncompleteBeta(tail, successes, failures + 1),
    failures <= 0 ? 1 : inverseIncompleteBeta(1 - tail, successes + 1, failures),
  ]
}
