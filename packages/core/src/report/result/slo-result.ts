import type { Interval } from './metrics.ts'

export interface SloResult {
  readonly verdict: 'pass' | 'fail' | 'undecided'
  readonly terms: readonly SloTermResult[]
  readonly deadline: number | null
}

export interface SloTermResult {
  /** For example `responseTime.p99`. */
  readonly term: string
  readonly limit: number
  readonly measured: number | null
  readonly interval: Interval | null
  readonly verdict: 'pass' | 'fail' | 'undecided'
  readonly reason: string | null
}
