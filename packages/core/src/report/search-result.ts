import type { CapacityDemand } from '../dsl/capacity-plan.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { Interval, SloTermResult, Verdict } from './result.ts'

/** Why a load was measured. */
export type SearchPurpose =
  /** The lowest load, where the search begins. */
  | 'lowest'
  /** A step up while all pass. */
  | 'raise'
  /** Between a load that passed and one that did not. */
  | 'bisect'
  /** The same load again, judged by itself, since one failure may be chance. */
  | 'recheck'
  /** The same load again, since it was not decided. */
  | 'extend'
  /** The same load again, since the generator spoilt the measurement. */
  | 'retry'
  /** Above a load that failed: a server need not be monotone. */
  | 'look-above'
  /** The answer, longer. */
  | 'confirm'
  /** Just above the answer, as long. */
  | 'above'

/**
 * Of a load: the SLO holds, or does not, with the wanted confidence; the measurements are too few; the generator was not
 * able to measure it, which says nothing about the target; nothing could be measured.
 */
export type SearchVerdict = 'pass' | 'fail' | 'undecided' | 'generator-limited' | 'broken'

/**
 * - `found`: the answer passes and the load just above does not
 * - `above-range`: passes at the highest load that was allowed; the answer is a lower bound
 * - `below-range`, `error-prone`: does not pass at the lowest load, because of more than errors, or of errors alone
 * - `non-monotone`: passes at a load above one that does not
 * - `generator-limited`: beyond the answer the generator was the limit
 * - `undecided`: the lowest load could not be judged
 * - `unconfirmed`: longer measurements contradicted shorter ones again and again
 * - `failed`: nothing could be measured
 */
export type SearchOutcome =
  | 'running'
  | 'interrupted'
  | 'found'
  | 'above-range'
  | 'below-range'
  | 'error-prone'
  | 'non-monotone'
  | 'generator-limited'
  | 'undecided'
  | 'unconfirmed'
  | 'failed'

/** One measurement of a search. */
export interface SearchProbe {
  readonly trial: string
  /** Arrivals per second, or users. */
  readonly value: number
  readonly purpose: SearchPurpose
  /** Of all measurements at this load that are judged together, up to this one. */
  readonly verdict: SearchVerdict
  readonly reason: string
  readonly validity: Verdict['validity']
  /** Length of the measurement, ns. */
  readonly duration: number
  readonly offeredLoad: number | null
  readonly throughput: number | null
  readonly errorRate: number | null
  readonly p50: number | null
  readonly p99: number | null
  readonly terms: readonly SloTermResult[]
}

/** A search for the highest load of one case at which its SLO holds. */
export interface SearchResult {
  /** The case's id. */
  readonly id: string
  readonly kind: 'findMax'
  readonly file: string
  readonly path: readonly string[]
  readonly case: TrialPlan['case']
  readonly vary: 'rate' | 'concurrency'
  readonly from: number
  readonly to: number
  readonly precision: number
  readonly confidence: number
  /** The answer that is demanded. */
  readonly atLeast: number | null
  /** What machines are planned for by the answer, where that is asked. */
  readonly plan?: CapacityDemand
  readonly outcome: SearchOutcome
  /** What came out, in a sentence. */
  readonly message: string
  /** `null` when no load passes. */
  readonly answer: {
    /** The highest load that passed, and up to which all that was tried did. */
    readonly value: number
    /** From there to the lowest load that certainly fails; `null`: none was found. */
    readonly interval: Interval
    readonly throughput: number | null
    /** The measurements that confirm it (or, without confirmation, found it): they are the case's result. */
    readonly trials: readonly string[]
  } | null
  /** Contradictions, and what was done about them. */
  readonly notes: readonly string[]
  readonly probes: readonly SearchProbe[]
}
