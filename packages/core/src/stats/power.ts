/**
 * `base` to the power of `exponent`, for a base ≥ 0.
 *
 * The one place for powers: `Math.pow` and `**` give different last bits in different versions of V8, `exp` and `log`
 * do not, and a schedule must come out byte for byte the same everywhere.
 */
export function power(base: number, exponent: number): number {
  if (exponent === 0) return 1
  return Math.exp(exponent * Math.log(base))
}
