import { certifyLimit, requestsNeeded, withinNeeded } from './early-stopping.ts'

export interface ShareEvidence {
  /** Requests beyond the limit; of all, at their effective number: fractions where neighbours depend on each other. */
  readonly over: number
  readonly count: number
  /** The share that may be beyond it: 1 − p for a percentile, the limit for an error rate. */
  readonly allowed: number
  readonly confidence: number
}

export interface ShareJudgement {
  readonly verdict: 'pass' | 'fail' | 'undecided'
  /** How many it takes in all to pass, at the share that was seen; `null`: no number does. */
  readonly needed: number | null
}

/**
 * Whether a share is certainly within what is allowed, certainly not, or neither: the exact binomial test, one-sided. The
 * only place that says so: `until: certified`, and each probe of a search, ask here.
 */
export function judgeShare({ over, count, allowed, confidence }: ShareEvidence): ShareJudgement {
  if (allowed <= 0) return { verdict: over > 0 ? 'fail' : count > 0 ? 'pass' : 'undecided', needed: null }
  const percentile = 100 * (1 - allowed)
  const needed =
    count > 0 ? requestsNeeded(percentile, over / count, confidence) : withinNeeded(percentile, 0, confidence)
  if (count <= 0) return { verdict: 'undecided', needed }
  return { verdict: certifyLimit({ percentile, confidence, within: count - over, over }), needed }
}

/** Independent samples beyond a percentile that a limit on it can be judged by, where no test is asked. */
export const ENOUGH_BEYOND = 20

/**
 * How many independent samples lie beyond a percentile, and how many requests it takes for {@link ENOUGH_BEYOND}.
 * @param effective what the requests are worth; `undefined`: all of them
 */
export function samplesBeyond(
  percentile: number,
  count: number,
  effective: number | undefined,
): { readonly beyond: number; readonly needed: number } {
  const share = (100 - percentile) / 100
  const worth = Math.min(count, effective ?? count)
  // Rounding must not decide: 100 − 99.9 is a little less than a tenth.
  return {
    beyond: share * worth + 1e-9,
    needed: Math.ceil((ENOUGH_BEYOND / share) * (worth > 0 ? count / worth : 1) - 1e-6),
  }
}
