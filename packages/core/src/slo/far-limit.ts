import type { Distribution } from '../report/result.ts'
import { withinNeeded } from '../stats/certify/early-stopping.ts'

/** Of the test that single requests beyond the limit are rare enough. */
const CONFIDENCE = 0.95

/**
 * Whether a percentile is within a limit that is far away from all that was measured. Where spells of slow requests are
 * long, few independent ones lie beyond a percentile, and its interval has no upper end, however far the limit is. But
 * the share beyond a limit L is at most the mean square over L² (Chebyshev, Bienaymé), whatever the distribution, and the
 * mean square is known from all requests: its bound allows for their dependence. At p99 the limit has to be ten times
 * as high as the root mean square. Requests that are slow one by one are excluded as for independent ones: so many
 * without any beyond the limit show that they are rarer than the percentile allows.
 */
export function isFarWithin(
  { rmsBound, count, max }: Pick<Distribution, 'rmsBound' | 'count' | 'max'>,
  percentile: number,
  limit: number,
): boolean {
  if (rmsBound === undefined || max === null || max > limit) return false
  if (rmsBound > limit * Math.sqrt(1 - percentile / 100)) return false
  return count >= withinNeeded(percentile, 0, CONFIDENCE)
}
