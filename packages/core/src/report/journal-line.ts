import type { RateSegment } from '../arrival/load-plan.ts'
import type { GateSettings, ServerPlan, TrialPlan } from '../plan/trial-plan.ts'
import type { JsonValue } from '../units/json.ts'
import type { AnalysisTable, Environment, RunOrder, RunTime, TrialState, WindowResult } from './result.ts'
import type { RunComparison } from './run-comparison.ts'
import type { SearchResult } from './search-result.ts'
import type { StudyConfiguration, StudyHeader, StudyMeasurement } from './study/study-result.ts'

/** What is appended to `journal.ndjson`, one JSON object per line, as it happens. */
export type JournalLine =
  | RunLine
  | PlanLine
  | ServerLine
  | TrialStartLine
  | WindowLine
  | SegmentLine
  | EventLine
  | TrialEndLine
  | SearchLine
  | StudyLine
  | StudyMeasurementLine
  | StudyServerLine
  | StudyConfigurationsLine
  | AnalysisLine
  | ComparisonLine
  | RunEndLine

/** The first line of every journal. */
export interface RunLine {
  readonly type: 'run'
  readonly schemaVersion: 1
  readonly id: string
  readonly startedAt: string
  readonly seed: string
  readonly command: readonly string[]
  readonly environment: Environment
  readonly versions: Readonly<Record<string, string>>
  readonly gates: GateSettings | null
  /** Ids of the cases as they are written, which is how a result lists them; trials run in another order. */
  readonly cases?: readonly string[]
  readonly order?: Omit<RunOrder, 'trials'>
}

/** A trial that is to be run; the order of these lines is the order in the result. */
export interface PlanLine {
  readonly type: 'plan'
  readonly trial: TrialPlan
  /** SHA-256 of the canonical plan. */
  readonly planHash: string
}

/** What a server reports about itself; goes to `run.environment.servers`. */
export interface ServerLine {
  readonly type: 'server'
  readonly name: string
  readonly value: JsonValue
}

export interface TrialStartLine {
  readonly type: 'trial-start'
  readonly trial: string
  readonly startedAt: string
  /** The transport engine. */
  readonly engine: string
  readonly workers: number
  readonly connections: number
}

export interface WindowLine {
  readonly type: 'window'
  readonly trial: string
  readonly window: WindowResult
}

/** A change of the schedule while it ran: seed and segments reproduce it exactly. */
export interface SegmentLine {
  readonly type: 'segment'
  readonly trial: string
  readonly stream: string
  /** On the trial's clock, ns. */
  readonly at: number
  readonly segment: RateSegment | { readonly concurrency: number }
}

export interface EventLine {
  readonly type: 'event'
  /** `null` when the event belongs to the run. */
  readonly trial: string | null
  /** On the trial's clock, ns. */
  readonly at: number
  readonly kind: string
  readonly message: string
}

/** The trial's file is complete. */
export interface TrialEndLine {
  readonly type: 'trial-end'
  readonly trial: string
  readonly state: TrialState
}

/** All that a search has found so far; the last line of a search counts. */
export interface SearchLine {
  readonly type: 'search'
  readonly search: SearchResult
}

/** What a study is, and how far it is; the last line of a study counts. */
export interface StudyLine {
  readonly type: 'study'
  readonly study: StudyHeader
}

export interface StudyMeasurementLine {
  readonly type: 'study-measurement'
  readonly measurement: StudyMeasurement
}

/** The server of one configuration, without secrets; once in a run. */
export interface StudyServerLine {
  readonly type: 'study-server'
  readonly study: string
  readonly point: string
  readonly server: ServerPlan
}

/** What was written to bring servers into configurations. */
export interface StudyConfigurationsLine {
  readonly type: 'study-configurations'
  readonly study: string
  readonly configurations: readonly StudyConfiguration[]
}

export interface AnalysisLine {
  readonly type: 'analysis'
  readonly table: AnalysisTable
}

export interface ComparisonLine {
  readonly type: 'comparison'
  readonly comparison: RunComparison
}

export interface RunEndLine {
  readonly type: 'run-end'
  readonly finishedAt: string
  readonly interrupted: boolean
  readonly strict: boolean
  /** What ended the run before its plan was done. */
  readonly error: RunError | null
  readonly time?: RunTime
}

export interface RunError {
  readonly code: string
  readonly message: string
  readonly exitCode: number
}
