import { binomialCdf } from '../special/binomial.ts'

/** The median of a few independent values, and an interval of it. */
export interface MedianInterval {
  readonly median: number
  readonly low: number
  readonly high: number
  /** With which probability the interval holds the median, whatever the distribution. */
  readonly coverage: number
}

/**
 * The narrowest pair of order statistics x_(k), x_(n+1−k) that holds the median with at least the given level; with fewer
 * values than that takes, the smallest and the largest, which hold it with 1 − 2^(1−n). `null` without values.
 */
export function medianInterval(values: readonly number[], level: number = 0.95): MedianInterval | null {
  const sorted = values.toSorted((a, b) => a - b)
  const count = sorted.length
  if (count === 0) return null
  const coverageOf = (rank: number): number => 1 - 2 * binomialCdf(rank - 1, count, 0.5)
  let rank = 1
  while (rank < count / 2 && coverageOf(rank + 1) >= level) rank += 1
  const middle = count >> 1
  return {
    median:
      count % 2 === 1
        ? (sorted[middle] as number)
        : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2,
    low: sorted[rank - 1] as number,
    high: sorted[count - rank] as number,
    coverage: Math.max(0, coverageOf(rank)),
  }
}
