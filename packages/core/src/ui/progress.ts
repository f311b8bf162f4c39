import type { Snapshot } from '../hooks/contexts.ts'
import type { Log } from '../hooks/plugin.ts'
import type { StudyProgress } from '../plan/study/study-progress.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { Trial } from '../report/result.ts'

/** Shows a run while it goes on. Reads snapshots and finished trials only; never the runner. */
export interface Progress extends Log {
  snapshot(snapshot: Snapshot): void
  /** Before and after each measurement of a study, and at its end. */
  study(progress: StudyProgress): void
  /** Awaited before the load of a trial starts: what takes time to set up is set up here, not while it is measured. */
  trialStarting?(plan: TrialPlan): Promise<void>
  trialDone(trial: Trial): void
  /** The run was asked to stop: the current trial ends early. */
  stopping(): void
  /** Restores the terminal; nothing is shown afterwards but messages. */
  close(): Promise<void>
  /** Restores the terminal at once, for an exit that cannot wait. */
  restore(): void
}
