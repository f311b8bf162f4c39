import { CollectError } from '../../collector/collect-problem.ts'
import { messageOf } from '../../errors/plugin-error.ts'
import { ExitCode } from '../../errors/servebench-error.ts'
import { RewrittenPlanner } from '../../plan/rewritten-planner.ts'
import type { Runner } from '../../runner/run.ts'
import { PlainProgress } from '../../ui/plain-progress.ts'
import type { Progress } from '../../ui/progress.ts'
import { comparisonSettings, openBaseline, updateBaseline, type BaselineValues } from '../baseline.ts'
import { createRunner, execute } from '../execute.ts'
import { LateLog } from '../late-log.ts'
import { createPlanner, openProject } from '../project.ts'
import { askedProject, type RunOptionValues } from '../run-options.ts'
import { listenForStop } from '../signals.ts'
import { startProgress } from '../start-progress.ts'

/** `servebench [run] [files...]` */
export async function runCommand(
  files: readonly string[],
  options: RunOptionValues & BaselineValues,
): Promise<number> {
  const log = new LateLog()
  let progress: Progress | null = null
  let running: Runner | null = null
  const signals = listenForStop(
    () => progress?.stopping(),
    () => {
      running?.kill()
      progress?.restore()
    },
  )
  try {
    const project = await openProject({
      ...askedProject(files, options),
      log,
      stop: signals.stop,
    })
    if (options.dryRun) {
      log.attach(new PlainProgress())
      const { showPlan } = await import('../show-plan.ts')
      await showPlan(project, options.json ?? false)
      return ExitCode.ok
    }
    const settings = comparisonSettings(project.config.comparison, options)
    const baseline = await openBaseline(options, settings)
    const failures: string[] = []
    await using planner = createPlanner(project, (scenario, error) => {
      const message = `setup of ${scenario.path.join(' > ')} (${scenario.file}): ${messageOf(error)}`
      failures.push(
        error instanceof CollectError ? error.problems.map((problem) => problem.message).join(' ') : message,
      )
      log.warn(message)
    })
    await using runner = createRunner(project, log)
    running = runner
    runner.warmUp()
    progress = await startProgress(project.plugins.hooks)
    log.attach(progress)
    const resolved = await project.plugins.hooks.resolvePlan.promise(planner.known)
    const { result } = await execute({
      workspace: project,
      planner: new RewrittenPlanner(resolved.trials, planner),
      known: resolved.trials,
      cases: project.cases.map(({ trial }) => trial.caseId),
      skipped: project.cases.filter((planned) => planned.skip !== null),
      seed: project.seed,
      signals,
      failures,
      ...(baseline === null ? {} : { baseline }),
      progress,
      runner,
      print: (text) => void process.stdout.write(text),
    })
    if (options.baseline !== undefined && options.updateBaseline) {
      updateBaseline(options.baseline, result, log)
    }
    return result.run.exit.code
  } finally {
    if (progress === null) log.attach(new PlainProgress())
    signals.dispose()
    await progress?.close()
  }
}
