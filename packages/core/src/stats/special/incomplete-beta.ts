import { binomialTerm } from './binomial-term.ts'

const EPSILON = 1e-16
const TINY = 1e-300

/**
 * The regularised incomplete beta function I_x(a, b): the probability that a Beta(a, b) variable is at most x.
 * By Lentz's continued fraction, with Loader's saddle-point form for the factor before it, which keeps about 14 digits
 * also for a and b in the millions.
 *
 * @param complement 1 − x, to be given where it is known with more digits than the subtraction has
 */
export function incompleteBeta(x: number, a: number, b: number, complement: number = 1 - x): number {
  if (x <= 0) return 0
  if (complement <= 0) return 1
  const swap = x > (a + 1) / (a + b + 2)
  return swap ? 1 - fraction(complement, x, b, a) : fraction(x, complement, a, b)
}

/** The x at which I_x(a, b) reaches a probability: the quantile of a Beta(a, b) variable. */
export function inverseIncompleteBeta(probability: number, a: number, b: number): number {
  if (probability <= 0) return 0
  if (probability >= 1) return 1
  let low = 0
  let high = 1
  let x = a / (a + b)
  for (let step = 0; step < 200; step++) {
    const error = incompleteBeta(x, a, b) - probability
    if (error === 0) return x
    if (error > 0) high = x
    else low = x
    // The density from the binomial term with the same a and b; Newton where it stays inside the bracket.
    const density = (binomialTerm(a, a + b, x, 1 - x) * a * b) / ((a + b) * x * (1 - x))
    const newton = x - error / density
    const inside = newton > low && newton < high
    // Near 0 the root may be many magnitudes away: there a geometric middle halves the exponent.
    const middle =
      low > 0 && high / low > 4
        ? Math.sqrt(low * high)
        : low === 0 && high < 0.1
          ? high / 16
          : (low + high) / 2
    const next = inside ? newton : middle
    if (Math.abs(next - x) <= 2 * EPSILON * x || high - low <= EPSILON * high) return next
    x = next
  }
  return x
}

function fraction(x: number, complement: number, a: number, b: number): number {
  const front = (binomialTerm(a, a + b, x, complement) * b) / (a + b)
  if (front === 0) return 0
  let c = 1
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m < 1e7; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / guard(1 + even * d)
    c = guard(1 + even / c)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / guard(1 + odd * d)
    c = guard(1 + odd / c)
    const change = d * c
    value *= change
    if (Math.abs(change - 1) < EPSILON) break
  }
  return front * value
}

function guard(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}
