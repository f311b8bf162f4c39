import type { RunComparison } from '../run-comparison.ts'
import type { SearchResult } from '../search-result.ts'
import type { StudyResult } from '../study/study-result.ts'
import type { GateSettings, TrialPlan } from '../../plan/trial-plan.ts'
import type { JsonValue } from '../../units/json.ts'
import type { AnalysisTable } from './analysis-table.ts'
import type { Interval, Metrics } from './metrics.ts'
import type { SloResult } from './slo-result.ts'
import type { Trial, Verdict } from './trial.ts'

/**
 * The content of `result.json`. Names here are a promise to scripts: add freely, rename only with a new
 * `schemaVersion`. Numbers are `number | null`, never NaN; times are nanoseconds; rates are per second; shares are 0–1.
 */
export interface RunResult {
  readonly schemaVersion: 1
  readonly run: RunInfo
  /** What each metric means, by its name: the definitions that these numbers follow. */
  readonly definitions: Readonly<Record<string, string>>
  readonly trials: readonly Trial[]
  readonly cases: readonly CaseResult[]
  readonly searches: readonly SearchResult[]
  /** Absent where there are none. */
  readonly studies?: readonly StudyResult[]
  readonly analyses: readonly AnalysisTable[]
  /** Against the baseline, when the run had one. */
  readonly comparison?: RunComparison
}

export interface RunInfo {
  /** For example `20261122T044200Z-k3f9`. */
  readonly id: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly seed: string
  readonly command: readonly string[]
  readonly environment: Environment
  readonly versions: Readonly<Record<string, string>>
  readonly gates: GateSettings | null
  /** What the reader should know about this file: damaged parts that were left out, outputs that could not be written. */
  readonly notes: readonly string[]
  readonly exit: { readonly code: number; readonly reasons: readonly string[] }
  /** In which order trials ran; absent in results of earlier versions. */
  readonly order?: RunOrder
  /** Absent in results of earlier versions, and of runs that were killed. */
  readonly time?: RunTime
}

/**
 * Where the time of a run went, ns, until its analyses; what is left of `total` is neither of the parts. Measuring and
 * servers are what a run is about; the rest is its overhead.
 */
export interface RunTime {
  readonly total: number
  /** Trials from the start of their load to the end of their drain, with what they were told to wait. */
  readonly measuring: number
  /** Starting, changing and stopping servers. */
  readonly servers: number
  /** What is measured next, and what follows from what was. */
  readonly planning: number
  /** Of trials, before the load: connections, inputs, threads, samplers. */
  readonly preparing: number
  /** Of trials, after the drain: distributions, intervals, verdicts. */
  readonly finishing: number
  readonly storing: number
}

/** See `plan/order.ts` for what the words mean. */
export interface RunOrder {
  readonly cases: 'random' | 'as-written'
  readonly interleave: 'within-server' | 'across-servers'
  /** Ids of the trials in the order in which their loads started. */
  readonly trials: readonly string[]
}

export interface Environment {
  readonly os: {
    readonly platform: string
    readonly release: string
    readonly kernel: string
    readonly arch: string
    readonly container: string | null
  }
  readonly cpu: {
    readonly model: string
    readonly cores: number
    readonly physicalCores: number | null
    readonly mhz: number | null
    readonly governor: string | null
    readonly limit: number | null
  }
  readonly memory: { readonly total: number; readonly limit: number | null }
  readonly accelerators: readonly {
    readonly name: string
    readonly memory: number | null
    readonly driver: string | null
  }[]
  readonly node: string
  readonly servers: Readonly<Record<string, JsonValue>>
}

export interface CaseResult {
  readonly id: string
  readonly file: string
  readonly path: readonly string[]
  readonly case: TrialPlan['case']
  readonly tags: readonly string[]
  readonly trials: readonly string[]
  /** Over the requests of all repeats that are not invalid. */
  readonly pooled: Metrics | null
  /** The same for each stream; absent where there is only one. */
  readonly streams?: Readonly<Record<string, Metrics>>
  /** Spread between repeats: for each metric the values, their mean, and a t interval of the mean. */
  readonly betweenRepeats: Readonly<
    Record<
      string,
      {
        readonly values: readonly (number | null)[]
        readonly mean: number | null
        readonly interval: Interval | null
        readonly cv: number | null
      }
    >
  >
  readonly slo: SloResult | null
  readonly verdict: Verdict
}
