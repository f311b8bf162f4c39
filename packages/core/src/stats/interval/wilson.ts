import { normalQuantile } from '../special/normal.ts'

/**
 * The interval of a share of which `successes` of `count` were observed (Wilson 1927): inside 0 and 1, and right also where
 * all or none succeeded.
 */
export function wilsonInterval(
  successes: number,
  count: number,
  level: number = 0.95,
): readonly [low: number, high: number] {
  const z = normalQuantile((1 + level) / 2)
  const share = successes / count
  const weight = (z * z) / count
  const centre = (share + weight / 2) / (1 + weight)
  const half = ((z / (1 + weight)) * Math.sqrt(share * (1 - share) + weight / 4)) / Math.sqrt(count)
  return [
    successes === 0 ? 0 : Math.max(0, centre - half),
    successes === count ? 1 : Math.min(1, centre + half),
  ]
}
