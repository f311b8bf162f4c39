import type { CollectedScenario } from '../collector/collect-scenario.ts'
import type { Log } from '../hooks/plugin.ts'
import type { Trial, RunResult } from '../report/result.ts'
import type { Runner } from '../runner/run.ts'
import type { ChangeStyle } from '../watch/render-changes.ts'
import type { WatchHistory } from '../watch/selection.ts'
import type { Order } from '../watch/watch-state.ts'
import type { ExecuteRequest } from './execute.ts'
import type { Project } from './project.ts'

/** What a run of a session needs beside what all runs do. */
export interface WatchedRun extends AsyncDisposable {
  readonly request: Pick<ExecuteRequest, 'planner' | 'known' | 'cases' | 'skipped' | 'failures' | 'onRun'>
}

export interface WatchedRunContext {
  readonly order: Order
  readonly runner: Runner
  readonly log: Log
  readonly stop: AbortSignal
}

/** What a session measures again and again: the scenarios of bench files, or their studies. */
export interface WatchSubject {
  readonly kind: 'scenarios' | 'studies'
  readonly history: WatchHistory
  /** Whether it is what a session of this kind is about. */
  isOwn(scenario: CollectedScenario): boolean
  /** These of the collected ones are run next. */
  choose?(scenarios: readonly CollectedScenario[]): void
  prepare(project: Project, context: WatchedRunContext): Promise<WatchedRun>
  /** Takes over a result. Returns what it says against the ones before, as text that ends in a newline; empty without those. */
  conclude(result: RunResult, strict: boolean, style: ChangeStyle): string
  /** Plans whose files matter, as far as only runs tell them. */
  readonly plans: readonly Trial['plan'][]
}
