import type { RateSegment } from '../../arrival/load-plan.ts'
import { readPositive } from '../fields.ts'
import type { Problems } from '../problems.ts'

/** Arrivals per second above which one machine hardly keeps up, and above which the clock's nanoseconds get too coarse. */
const DOUBTFUL_RATE = 200_000
const HIGHEST_RATE = 10_000_000

/** Checks a rate of arrivals per second; very high ones get a warning, impossible ones are refused. */
export function readRate(problems: Problems, path: string, value: unknown): number | undefined {
  const rate = readPositive(problems, path, value, 'arrivals per second, a number')
  if (rate === undefined) return undefined
  if (rate > HIGHEST_RATE) {
    problems.error(path, `${rate} arrivals per second cannot be scheduled; the limit is ${HIGHEST_RATE}.`)
    return undefined
  }
  if (rate > DOUBTFUL_RATE) {
    problems.warn(
      path,
      `${rate} arrivals per second are more than one machine is likely to send; the verdict will tell.`,
    )
  }
  return rate
}

/** One rate for ever. */
export function steadyRate(rate: number): readonly RateSegment[] {
  return [{ from: 0, until: null, rate, rateEnd: rate }]
}
