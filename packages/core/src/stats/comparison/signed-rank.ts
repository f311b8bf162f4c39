import { midranks } from './midranks.ts'
import { bothSides, exactTails, normalTails, type TestResult } from './tails.ts'

const LARGEST_EXACT = 60

/**
 * Wilcoxon's signed-rank test of whether differences of pairs lie around zero. The statistic is the sum of the ranks of
 * positive differences; zeros are left out. Exact for up to 60 differences, also with ties; beyond, normal with
 * continuity and tie correction. Without a difference other than zero, p is 1.
 */
export function signedRank(differences: readonly number[]): TestResult {
  const moved = differences.filter((value) => value !== 0)
  const { doubled, tieTerm } = midranks(Float64Array.from(moved, Math.abs))
  let rankSum = 0
  for (const [index, value] of moved.entries()) if (value > 0) rankSum += doubled[index] as number
  const statistic = rankSum / 2
  const count = moved.length
  if (count <= LARGEST_EXACT) {
    const tails = exactTails(signedRankMasses(doubled), rankSum)
    return { statistic, pValue: bothSides(tails), ...tails, method: 'exact' }
  }
  const variance = (count * (count + 1) * (2 * count + 1)) / 24 - tieTerm / 48
  const tails = normalTails(statistic, (count * (count + 1)) / 4, variance)
  return { statistic, pValue: bothSides(tails), ...tails, method: 'normal' }
}

/** The smallest two-sided p-value of so many pairs: 2 / 2ⁿ. */
export function smallestSignedRankP(pairs: number): number {
  let p = 2
  for (let i = 0; i < pairs; i++) p /= 2
  return Math.min(1, p)
}

/** Probabilities of all sums when every rank counts or not by the toss of a coin. */
export function signedRankMasses(ranks: Int32Array): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0)
  const masses = new Float64Array(total + 1)
  masses[0] = 1
  let reached = 0
  for (const rank of ranks) {
    reached += rank
    for (let sum = reached; sum >= 0; sum--) {
      const came = sum >= rank ? (masses[sum - rank] as number) : 0
      masses[sum] = ((masses[sum] as number) + came) / 2
    }
  }
  return masses
}
