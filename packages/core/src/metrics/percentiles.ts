import type { Distribution } from '../report/result.ts'
import { rankOf } from '../stats/quantile/rank.ts'

const ALWAYS: readonly number[] = [50, 90, 95, 99, 99.9]

/** From this many samples on there is also p99.99: below, it is nothing but the maximum. */
const SAMPLES_FOR_P9999 = 10_000

/** Why a percentile is `null` or a lower bound. */
export type PercentileReason = Distribution['why'][string]

/** The percentiles of a distribution of `count` samples, and those asked for besides. */
export function percentilesOf(count: number, further: readonly number[] = []): readonly number[] {
  const all = new Set([...ALWAYS, ...(count >= SAMPLES_FOR_P9999 ? [99.99] : []), ...further])
  return [...all].sort((a, b) => a - b)
}

/**
 * Which requests make a percentile infinite, when `finite` ones have a duration and the others count as beyond all:
 * `censored` where it would be finite with the failures alone; `null` where it is finite.
 */
export function infiniteReason(
  percentile: number,
  finite: number,
  failures: number,
  censored: number,
): PercentileReason | null {
  if (failures + censored === 0) return null
  const rank = rankOf(percentile, finite + failures + censored)
  if (rank <= finite) return null
  return rank <= finite + censored ? 'censored' : 'failures'
}
