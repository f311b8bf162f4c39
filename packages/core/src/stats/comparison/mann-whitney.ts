import { midranks } from './midranks.ts'
import { bothSides, exactTails, normalTails, type TestResult } from './tails.ts'

/** Up to this many values in both samples together the distribution is exact: a few milliseconds at most. */
const LARGEST_EXACT = 60

/**
 * Mann and Whitney's rank test of whether one sample tends to larger values than another. The statistic is U: the pairs
 * in which the value of `other` is larger than that of `base`, ties counting half.
 *
 * Exact for up to 60 values in all, also with ties: then U's distribution over all ways to deal the observed (tied) ranks
 * to the samples is computed. Beyond, normal with continuity and tie correction.
 */
export function mannWhitney(base: readonly number[], other: readonly number[]): TestResult {
  const [m, n] = [base.length, other.length]
  if (m === 0 || n === 0) throw new RangeError('A rank test needs a value in each sample.')
  const { doubled, tieTerm } = midranks(Float64Array.from([...base, ...other]))
  let rankSum = 0
  for (let index = m; index < m + n; index++) rankSum += doubled[index] as number
  const smallest = n * (n + 1)
  const statistic = (rankSum - smallest) / 2
  const count = m + n
  if (count <= LARGEST_EXACT) {
    const tails = exactTails(rankSumMasses(doubled, n), rankSum)
    return { statistic, pValue: bothSides(tails), ...tails, method: 'exact' }
  }
  const variance = ((m * n) / 12) * (count + 1 - tieTerm / (count * (count - 1)))
  const tails = normalTails(statistic, (m * n) / 2, variance)
  return { statistic, pValue: bothSides(tails), ...tails, method: 'normal' }
}

/** P(U ≤ u) for samples of m and n continuous values from one distribution. */
export function untiedTail(m: number, n: number): (u: number) => number {
  const count = m + n
  if (count > LARGEST_EXACT) {
    return (u) => normalTails(u, (m * n) / 2, (m * n * (count + 1)) / 12).less
  }
  const ranks = Int32Array.from({ length: count }, (_, index) => 2 * (index + 1))
  const masses = rankSumMasses(ranks, n)
  return (u) => exactTails(masses, 2 * u + n * (n + 1)).less
}

/** The smallest two-sided p-value that two samples of these sizes can have: 2 / C(m + n, n). */
export function smallestRankP(m: number, n: number): number {
  let subsets = 1
  for (let i = 1; i <= n; i++) subsets = (subsets * (m + i)) / i
  return Math.min(1, 2 / subsets)
}

/**
 * Probabilities of all rank sums of `size` values drawn without replacement from the doubled ranks. After each rank,
 * entry (taken, sum) is the probability that a uniformly drawn subset has taken so many of the ranks seen so far.
 */
function rankSumMasses(doubled: Int32Array, size: number): Float64Array {
  const count = doubled.length
  const total = doubled.reduce((sum, rank) => sum + rank, 0)
  const width = total + 1
  const table = new Float64Array((size + 1) * width)
  table[0] = 1
  let seen = 0
  let reached = 0
  for (const rank of doubled) {
    const left = count - seen
    reached += rank
    // Downwards, so that each rank is taken at most once.
    for (let taken = Math.min(seen + 1, size); taken >= 0; taken--) {
      const here = taken * width
      const below = here - width
      // The next rank is one of the `size − taken` that are still to be taken out of `left`.
      const skip = Math.max(0, 1 - (size - taken) / left)
      const take = taken === 0 ? 0 : (size - taken + 1) / left
      for (let sum = reached; sum >= 0; sum--) {
        const stayed = (table[here + sum] as number) * skip
        const came = taken > 0 && sum >= rank ? (table[below + sum - rank] as number) * take : 0
        table[here + sum] = stayed + came
      }
    }
    seen += 1
  }
  return table.subarray(size * width)
}
