import { mannWhitney } from './mann-whitney.ts'
import { signedRank } from './signed-rank.ts'

/**
 * The p-value of two one-sided rank tests (TOST, Schuirmann 1987): small when `other` is shifted against `base` by less
 * than `margin` either way. Both one-sided tests must reject, so the larger p-value counts.
 * @param margin above 0, in the unit of the values
 */
export function equivalence(base: readonly number[], other: readonly number[], margin: number): number {
  const aboveLower = mannWhitney(
    base,
    other.map((value) => value + margin),
  ).greater
  const belowUpper = mannWhitney(
    base,
    other.map((value) => value - margin),
  ).less
  return Math.max(aboveLower, belowUpper)
}

/** The same for differences of pairs, by signed ranks. */
export function pairedEquivalence(differences: readonly number[], margin: number): number {
  const aboveLower = signedRank(differences.map((value) => value + margin)).greater
  const belowUpper = signedRank(differences.map((value) => value - margin)).less
  return Math.max(aboveLower, belowUpper)
}
