import type { Interval } from './metrics.ts'

export interface Certificate {
  readonly rule: 'certified' | 'precise'
  readonly percentile: number
  /** `pass` and `fail`: of the limit; `certified`: known as well as was wanted. */
  readonly verdict: 'pass' | 'fail' | 'certified' | 'undecided'
  /** For all looks together. */
  readonly confidence: number
  readonly limit: number | null
  /** Requests of the population; those over the limit; and independent ones that they are worth. */
  readonly count: number
  readonly over: number | null
  readonly effectiveCount: number
  /** How often the rule was asked, the end included. */
  readonly looks: number
  /** The percentile, failures as +∞; its 95 % interval; and what it is certified not to exceed. */
  readonly measured: number | null
  readonly interval: Interval | null
  readonly bound: number | null
  /** Of the interval, relative. */
  readonly halfWidth: number | null
  /** About how many more requests it takes, if they are like those so far; `null`: no number would do, or it is not known. */
  readonly more: number | null
  /** MLPerf's own rule at this number of requests: as if they were independent and this were the only look. */
  readonly independent: {
    readonly verdict: 'pass' | 'fail' | 'undecided'
    /** Further requests within the limit that it needs. */
    readonly clean: number
    readonly chance: number | null
    readonly estimate?: number | null
  } | null
}

export interface Compliance {
  /** For example `SingleStream`. */
  readonly scenario: string
  readonly rules: readonly {
    readonly rule: string
    readonly wanted: string
    readonly found: string
    readonly kept: boolean
  }[]
  /** What the scenario measures, in its unit. */
  readonly metric: { readonly name: string; readonly value: number | null; readonly unit: string }
  readonly note: string
}
