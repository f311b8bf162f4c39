import type { Nanos } from '../units/nanos.ts'

/** Limits a case is judged by, as plain data. All terms must hold. */
export interface SloPlan {
  readonly terms: readonly SloTerm[]
  /** A completed request counts as goodput when its response time is within this; `null`: any completed one. */
  readonly deadline: Nanos | null
}

export type SloTerm =
  | {
      readonly metric: 'responseTime' | 'serviceTime' | 'firstByte' | 'messageGap'
      /** A percentile in (0, 100], or the mean. */
      readonly statistic: { readonly percentile: number } | 'mean' | 'max'
      readonly limit: Nanos
    }
  /** Share of due requests that did not complete correctly, 0 to 1. */
  | { readonly metric: 'errorRate'; readonly limit: number }
  /** Per second, at least. */
  | { readonly metric: 'throughput' | 'goodput'; readonly limit: number }
  | {
      readonly metric: 'gauge'
      readonly gauge: string
      readonly statistic: 'mean' | 'min' | 'max' | 'p95'
      readonly limit: number
      readonly side: 'max' | 'min'
    }
