/** Each look has at least this many times the requests of the one before. */
export const LOOK_GROWTH = 1.2

/**
 * The confidence that the k-th look (from 0) at growing data must reach so that all looks together, however many, err
 * with at most 1 − confidence: the k-th spends (1 − confidence) / ((k + 1)(k + 2)), and these shares add up to one. A rule
 * that stops at the first of many looks that reach the plain confidence errs several times as often.
 */
export function lookConfidence(confidence: number, look: number): number {
  return 1 - (1 - confidence) / ((look + 1) * (look + 2))
}
