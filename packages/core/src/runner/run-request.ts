import type { ResolvedConfig } from '../config/resolved-config.ts'
import type { Log } from '../hooks/plugin.ts'
import type { CasePlan } from '../plan/case-plan.ts'
import type { Planner, TrialPlan } from '../plan/trial-plan.ts'
import type { ComparisonSettings } from '../report/comparison-settings.ts'
import type { RunResult, Trial } from '../report/result.ts'
import type { PluginHost } from './plugin-host.ts'

export interface RunnerOptions {
  readonly config: ResolvedConfig
  readonly plugins: PluginHost
  readonly log: Log
  /** Artifacts are kept here between runs. */
  readonly cache: string
}

export interface RunRequest {
  readonly planner: Planner<Trial>
  /** Trials that are known before the first one runs. */
  readonly known: readonly TrialPlan[]
  /** Ids of all cases as they are written, for reports. */
  readonly cases: readonly string[]
  readonly seed: string
  /** Cases that are left out, with the reason: they appear in the result. */
  readonly skipped: readonly CasePlan[]
  /** The command line, for the result. */
  readonly command: readonly string[]
  /** First Ctrl-C: the current trial ends early and is reported, no further one starts. */
  readonly stop: AbortSignal
  /** Second Ctrl-C: leave at once. */
  readonly abort: AbortSignal
  /** What has gone wrong outside of trials, such as a `setup`, as sentences; may grow until the run has ended. */
  readonly failures?: readonly string[]
  /** What the run is compared with when all is measured. */
  readonly baseline?: BaselineRequest
  /** Called with the id of the run before its first trial. */
  onRun?(id: string): void
  /** Called when a trial has ended, whatever became of it. */
  onTrial?(trial: Trial): void
}

export interface BaselineRequest {
  /** As it was given. */
  readonly path: string
  readonly result: RunResult
  readonly settings: ComparisonSettings
  /** Compares in spite of another engine, plan or machine. */
  readonly force: boolean
  /** The run becomes the new baseline: regressions are told, and do not fail it. */
  readonly accept: boolean
}
