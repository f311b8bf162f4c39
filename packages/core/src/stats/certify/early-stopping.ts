import { incompleteBeta } from '../special/incomplete-beta.ts'
import { normalQuantile } from '../special/normal.ts'

/*
 * MLPerf's early-stopping rule (LoadGen, early_stopping.cc; MLPerf inference rules, appendix "early stopping"). With `h`
 * requests within a limit and `t` over it, the percentile p is certified to lie within when so few over the limit would
 * be improbable if the true share were 1 − p: P(Bin(h + t, 1 − p) ≤ t) = I_p(h, t + 1) ≤ 1 − confidence. It holds for
 * independent requests and for one look at a number fixed in advance; see `look-confidence.ts` for more looks, and give
 * effective numbers (fractions) where requests depend on each other.
 */

/** The probability of at most `over` requests over the limit, if exactly the share 1 − p of all were: small means certified. */
export function chanceOfFewOver(within: number, over: number, percentile: number): number {
  if (within <= 0) return 1
  return incompleteBeta(percentile / 100, within, over + 1, (100 - percentile) / 100)
}

/** The probability of at least `over` requests over the limit, if the percentile just met it: small means refuted. */
export function chanceOfManyOver(within: number, over: number, percentile: number): number {
  if (over <= 0) return 1
  return incompleteBeta((100 - percentile) / 100, over, within + 1, percentile / 100)
}

export interface LimitCounts {
  readonly percentile: number
  readonly confidence: number
  readonly within: number
  readonly over: number
}

/** Whether a percentile lies within a limit: proven, disproven, or neither at this confidence. */
export function certifyLimit({
  percentile,
  confidence,
  within,
  over,
}: LimitCounts): 'pass' | 'fail' | 'undecided' {
  if (chanceOfFewOver(within, over, percentile) <= 1 - confidence) return 'pass'
  return chanceOfManyOver(within, over, percentile) <= 1 - confidence ? 'fail' : 'undecided'
}

/** How many requests must be within the limit when `over` are not. For p99 at 99 %: 459 without any over it. */
export function withinNeeded(percentile: number, over: number, confidence: number): number {
  const enough = (within: number): boolean => chanceOfFewOver(within, over, percentile) <= 1 - confidence
  let high = 1
  while (!enough(high)) high *= 2
  return bisect(high / 2, high, enough)
}

/**
 * Requests needed in all to certify a percentile when this share of them is over the limit, as it was so far; `null` when
 * the share is no smaller than 1 − p, with which no number is enough.
 */
export function requestsNeeded(percentile: number, shareOver: number, confidence: number): number | null {
  if (shareOver >= (100 - percentile) / 100) return null
  const total = (over: number): number => withinNeeded(percentile, over, confidence) + over
  // The first number of exceedances that grows slower than the requests that it needs.
  const enough = (over: number): boolean => Math.floor(shareOver * total(over) + 1e-9) <= over
  if (enough(0)) return total(0)
  let high = 1
  while (!enough(high)) {
    high *= 2
    if (high > 1e9) return null
  }
  return total(bisect(high / 2, high, enough))
}

/**
 * The rank, from the largest down, of the sample that is certified to be no smaller than the percentile: the t-th largest
 * for the largest t that `count` samples allow. `null` when there are too few (below 662 for p99 at 99 %).
 */
export function certifiedRank(count: number, percentile: number, confidence: number): number | null {
  const allowed = (over: number): boolean => chanceOfFewOver(count - over, over, percentile) <= 1 - confidence
  if (count < 2 || !allowed(1)) return null
  let low = 1
  let high = 2
  while (high < count && allowed(high)) {
    low = high
    high *= 2
  }
  return bisect(low, Math.min(high, count), (over) => !allowed(over)) - 1
}

/** The fewest samples with a certified percentile at all: 64 for p90, 130 for p95, 662 for p99 at 99 %. */
export function fewestToEstimate(percentile: number, confidence: number): number {
  return withinNeeded(percentile, 1, confidence) + 1
}

/** Query counts of MLPerf are multiples of this. */
const QUERY_STEP = 8192
const MARGIN_PARTS = 20

/**
 * MLPerf's query count for a percentile without early stopping: z² p (1 − p) / m² with the margin m = (1 − p) / 20, and
 * rounded up to a multiple of 2¹³. For p99 at 99 %: 262 742, rounded 270 336.
 */
export function queryCount(
  percentile: number,
  confidence: number,
): { readonly exact: number; readonly rounded: number } {
  const z = normalQuantile((1 + confidence) / 2)
  const tail = (100 - percentile) / 100
  const margin = tail / MARGIN_PARTS
  const exact = Math.round((z * z * (1 - tail) * tail) / (margin * margin))
  return { exact, rounded: Math.ceil(exact / QUERY_STEP) * QUERY_STEP }
}

/** The smallest whole number in (low, high] that fits, when all from it on do and `high` does. */
function bisect(low: number, high: number, fits: (value: number) => boolean): number {
  let bad = Math.floor(low)
  let good = high
  while (good - bad > 1) {
    const middle = Math.floor((bad + good) / 2)
    if (fits(middle)) good = middle
    else bad = middle
  }
  return good
}
