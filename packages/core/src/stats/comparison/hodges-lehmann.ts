import { untiedTail } from './mann-whitney.ts'
import { signedRankMasses } from './signed-rank.ts'

/** How far one sample is shifted against another. */
export interface Shift {
  readonly estimate: number
  /** `null` when the samples are too small for the wanted level. */
  readonly interval: readonly [low: number, high: number] | null
  /** The confidence that the interval really has, at least the wanted one; `null` without an interval. */
  readonly confidence: number | null
}

/**
 * Hodges and Lehmann's shift of `other` against `base`, the median of all differences, with the exact interval that
 * belongs to Mann and Whitney's test (for continuous values; with ties it is on the wide side). As R's
 * `wilcox.test(conf.int = TRUE)`.
 */
export function hodgesLehmann(base: readonly number[], other: readonly number[], level = 0.95): Shift {
  const differences = new Float64Array(base.length * other.length)
  let next = 0
  for (const from of base) for (const to of other) differences[next++] = to - from
  differences.sort()
  return shiftOf(differences, level, untiedTail(base.length, other.length))
}

/** The same for pairs: the median of the Walsh averages of the differences, with the interval of the signed-rank test. */
export function pairedShift(differences: readonly number[], level = 0.95): Shift {
  const count = differences.length
  const averages = new Float64Array((count * (count + 1)) / 2)
  let next = 0
  for (let i = 0; i < count; i++) {
    for (let j = i; j < count; j++)
      averages[next++] = ((differences[i] as number) + (differences[j] as number)) / 2
  }
  averages.sort()
  const masses = signedRankMasses(Int32Array.from({ length: count }, (_, index) => index + 1))
  const tails = new Float64Array(masses.length)
  let sum = 0
  for (let value = 0; value < masses.length; value++) {
    sum += masses[value] as number
    tails[value] = sum
  }
  return shiftOf(averages, level, (value) => tails[value] as number)
}

/** @param tailAt P(statistic ≤ value) under no shift */
function shiftOf(sorted: Float64Array, level: number, tailAt: (value: number) => number): Shift {
  const count = sorted.length
  const middle = count / 2
  const estimate =
    count % 2 === 1
      ? (sorted[Math.floor(middle)] as number)
      : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
  const tail = (1 - level) / 2
  if (tailAt(0) > tail) return { estimate, interval: null, confidence: null }
  let [low, high] = [0, Math.ceil(middle)]
  // The largest value whose tail is still small enough.
  while (high - low > 1) {
    const value = Math.floor((low + high) / 2)
    if (tailAt(value) <= tail) low = value
    else high = value
  }
  return {
    estimate,
    interval: [sorted[low] as number, sorted[count - 1 - low] as number],
    confidence: 1 - 2 * tailAt(low),
  }
}
