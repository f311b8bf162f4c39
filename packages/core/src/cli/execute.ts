import type { Log } from '../hooks/plugin.ts'
import type { RunResult, Trial } from '../report/result.ts'
import type { Planner, TrialPlan } from '../plan/trial-plan.ts'
import type { CasePlan } from '../plan/case-plan.ts'
import { reportRun } from '../runner/report-run.ts'
import type { BaselineRequest } from '../runner/run-request.ts'
import { Runner } from '../runner/run.ts'
import type { Progress } from '../ui/progress.ts'
import { cacheFolder, loadForeignReporters, loadReporters, type Workspace } from './project.ts'
import { redactCommand } from './redact-command.ts'
import type { StopSignals } from './signals.ts'
import { colorsWanted } from './terminal.ts'

export interface ExecuteRequest {
  readonly workspace: Workspace
  readonly planner: Planner<Trial>
  readonly known: readonly TrialPlan[]
  /** See {@link RunRequest.cases}. */
  readonly cases: readonly string[]
  readonly skipped: readonly CasePlan[]
  readonly seed: string
  readonly signals: StopSignals
  /** See {@link RunRequest.failures}. */
  readonly failures?: readonly string[]
  /** See {@link RunRequest.baseline}. */
  readonly baseline?: BaselineRequest
  readonly progress: Progress
  readonly runner: Runner
  /** See {@link RunRequest.onRun}. */
  readonly onRun?: (id: string) => void
  /** Where reporters print; standard output unless that is taken. */
  readonly print: (text: string) => void
}

/** Runs a plan and reports it. */
export async function execute(
  request: ExecuteRequest,
): Promise<{ readonly result: RunResult; readonly path: string | null }> {
  const { workspace, progress, runner, signals } = request
  const { hooks } = workspace.plugins
  await loadForeignReporters(workspace)
  await workspace.plugins.loadBuiltin('analyses')
  // The others are imported while the first trial is measured, not before it.
  const reporters = loadReporters(workspace)
  reporters.catch(() => {})
  const { result, directory, path } = await runner.run({
    planner: request.planner,
    known: request.known,
    cases: request.cases,
    skipped: request.skipped,
    seed: request.seed,
    ...(request.failures === undefined ? {} : { failures: request.failures }),
    ...(request.baseline === undefined ? {} : { baseline: request.baseline }),
    command: redactCommand(process.argv.slice(2)),
    stop: signals.stop,
    abort: signals.abort,
    onTrial: (trial) => progress.trialDone(trial),
    ...(request.onRun === undefined ? {} : { onRun: request.onRun }),
  })
  await progress.close()
  await reporters
  await reportRun(hooks, result, {
    directory: directory.path,
    colors: colorsWanted(),
    columns: process.stdout.columns ?? 100,
    log: progress,
    print: request.print,
  })
  return { result, path }
}

export function createRunner(workspace: Workspace, log: Log): Runner {
  return new Runner({
    config: workspace.config,
    plugins: workspace.plugins,
    log,
    cache: cacheFolder(workspace.config.root),
  })
}
