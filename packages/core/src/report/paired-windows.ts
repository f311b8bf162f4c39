import { rateInterval } from '../stats/interval/mean-interval.ts'
import type { Interval, Trial } from './result.ts'

export interface PairedDifference {
  /** Seconds of the measurement in which both streams completed requests. */
  readonly seconds: number
  /** Mean over these seconds, ns. */
  readonly mean: number
  /** At 95 %, allowing for dependence between neighbours; `null` for fewer than eight seconds. */
  readonly interval: Interval | null
}

/** How much slower one stream of a trial was than another, second by second; `null` when they share no second. */
export function pairedDifference(
  { phases, windows }: Pick<Trial, 'phases' | 'windows'>,
  one: string,
  other: string,
  percentile: 'p50' | 'p95',
): PairedDifference | null {
  const { from, until } = phases.measurement
  const differences = windows.flatMap((window) => {
    if (window.from < from || window.until > until) return []
    const first = window.streams?.[one]?.[percentile] ?? null
    const second = window.streams?.[other]?.[percentile] ?? null
    return first === null || second === null ? [] : [first - second]
  })
  const seconds = differences.length
  if (seconds === 0) return null
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / seconds
  return { seconds, mean, interval: rateInterval(Float64Array.from(differences)) }
}
