/** Relative slack for products such as 0.07 · 100 that come out a rounding error above a whole number. */
const SLACK = 1e-12

/**
 * The nearest rank of a percentile in `count` sorted samples: ceil(percentile/100 · count), from 1 to `count`.
 * Nothing is interpolated, so a percentile is always a value that was measured.
 *
 * @param percentile in (0, 100]
 */
export function rankOf(percentile: number, count: number): number {
  const exact = (percentile * count) / 100
  return Math.min(Math.max(Math.ceil(exact - exact * SLACK), 1), count)
}
