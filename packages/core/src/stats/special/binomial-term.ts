import { stirlingError } from './log-gamma.ts'

const TWO_PI = 2 * Math.PI

/**
 * p^x q^(n−x) · Γ(n+1) / (Γ(x+1) Γ(n−x+1)): the binomial probability of x, also for x and n that are not whole.
 * Catherine Loader, "Fast and accurate computation of binomial probabilities" (2000): no difference of large
 * logarithms, hence full precision for any n.
 *
 * @param q 1 − p
 */
export function binomialTerm(x: number, n: number, p: number, q: number): number {
  if (p === 0) return x === 0 ? 1 : 0
  if (q === 0) return x === n ? 1 : 0
  if (x < 0 || x > n) return 0
  if (x === 0) return Math.exp(p < 0.1 ? -deviance(n, n * q) - n * p : n * Math.log(q))
  if (x === n) return Math.exp(q < 0.1 ? -deviance(n, n * p) - n * q : n * Math.log(p))
  const rest = n - x
  const exponent =
    stirlingError(n) - stirlingError(x) - stirlingError(rest) - deviance(x, n * p) - deviance(rest, n * q)
  return Math.exp(exponent) * Math.sqrt(n / (TWO_PI * x * rest))
}

/** x ln(x / mean) + mean − x, without cancellation where x is near the mean. */
function deviance(x: number, mean: number): number {
  const difference = x - mean
  if (Math.abs(difference) < 0.1 * (x + mean)) {
    const v = difference / (x + mean)
    let sum = difference * v
    let power = 2 * x * v
    for (let j = 1; j < 1000; j++) {
      power *= v * v
      const next = sum + power / (2 * j + 1)
      if (next === sum) return sum
      sum = next
    }
  }
  return x * Math.log(x / mean) + mean - x
}
