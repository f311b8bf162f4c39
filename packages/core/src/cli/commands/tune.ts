import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import { Problems } from '../../dsl/problems.ts'
import { parseBudget, readStudySearch, type StudyPlan } from '../../dsl/study-plan.ts'
import { messageOf } from '../../errors/plugin-error.ts'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { StudyPlanner, type PlannedStudy } from '../../plan/study/study-planner.ts'
import { writeFileAtomically } from '../../report/atomic-file.ts'
import { captureEnvironment } from '../../report/environment.ts'
import { environmentKey } from '../../report/study/environment-key.ts'
import { StudyStore, studiesFolder } from '../../report/study/study-store.ts'
import type { Runner } from '../../runner/run.ts'
import { configuredSamplers } from '../../runner/sampler-setup.ts'
import { PlainProgress } from '../../ui/plain-progress.ts'
import type { Progress } from '../../ui/progress.ts'
import { MILLISECOND } from '../../units/nanos.ts'
import { createRunner, execute } from '../execute.ts'
import { LateLog } from '../late-log.ts'
import { openProject, type Project } from '../project.ts'
import { reviewMetrics } from '../review-metrics.ts'
import { askedProject, type RunOptionValues } from '../run-options.ts'
import { reviewForms, writeTuneFile, type TuneFile, type TuneServerValues } from '../tune-file.ts'
import { tuneServer } from '../tune-server.ts'
import { listenForStop } from '../signals.ts'
import { startProgress } from '../start-progress.ts'

export interface TuneValues extends RunOptionValues, TuneServerValues {
  readonly search?: string
  readonly budget?: string
  readonly fresh?: boolean
  readonly printBench?: boolean
}

/** `servebench tune [files...]` */
export async function tuneCommand(files: readonly string[], options: TuneValues): Promise<number> {
  reviewForms(files, options)
  const written = options.server === undefined ? null : writeTuneFile(options, process.cwd())
  if (options.printBench) {
    if (written === null)
      throw new ServebenchError(
        'SERVEBENCH_USAGE',
        '--print-bench is an option of `servebench tune --server NAME`.',
      )
    process.stdout.write(written.text)
    return ExitCode.ok
  }
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
      kind: 'studies',
      ...(written === null ? {} : { exactly: (config) => [keepFile(config, written)] }),
    })
    await using runner = createRunner(project, log)
    running = runner
    const wanted = project.studies.map((study) => withArguments(study, options))
    const studies: PlannedStudy[] = []
    for (const study of wanted) {
      studies.push(
        await tuneServer(study, {
          hooks: project.plugins.hooks,
          examine: (server, read) => runner.examine(server, signals.stop, read),
        }),
      )
    }
    reviewMetrics(studies, {
      samplers: configuredSamplers(project.config.samplers, project.plugins),
      mayBeMore: project.config.plugins.length > 0,
    })
    if (options.dryRun) {
      log.attach(new PlainProgress())
      const { showStudies } = await import('../show-studies.ts')
      showStudies(project, studies, options.json ?? false)
      return ExitCode.ok
    }
    const { reviewBudget } = await import('../show-studies.ts')
    reviewBudget(studies)
    const failures: string[] = []
    await using planner = await createStudyPlanner(project, studies, {
      fresh: options.fresh ?? false,
      log,
      failures,
    })
    runner.warmUp()
    progress = await startProgress(project.plugins.hooks)
    log.attach(progress)
    const { result } = await execute({
      workspace: project,
      planner,
      known: [],
      cases: [],
      skipped: [],
      seed: project.seed,
      signals,
      failures,
      progress,
      runner,
      onRun: (id) => planner.begin(id),
      print: (text) => void process.stdout.write(text),
    })
    return result.run.exit.code
  } finally {
    if (progress === null) log.attach(new PlainProgress())
    signals.dispose()
    await progress?.close()
  }
}

/** The bench file that options stand for, beside what is measured by it: it may be kept. Returns its path. */
function keepFile({ root, output }: ResolvedConfig, { name, text }: TuneFile): string {
  const path = join(studiesFolder(resolve(root, output)), `${name.replace(/[^\w.-]+/g, '-')}.bench.ts`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileAtomically(path, text)
  return path
}

interface PlannerNeeds {
  readonly fresh: boolean
  readonly log: LateLog
  readonly failures: string[]
}

async function createStudyPlanner(
  { config, seed }: Project,
  studies: readonly PlannedStudy[],
  { fresh, log, failures }: PlannerNeeds,
): Promise<StudyPlanner> {
  const folder = studiesFolder(resolve(config.root, config.output))
  const { studyMeasurementSchema } = await import('../../report/schema-study.ts')
  return new StudyPlanner(studies, {
    seed,
    now: () => performance.now() * MILLISECOND,
    environment: environmentKey(captureEnvironment()),
    store: (study) =>
      new StudyStore(folder, study, {
        accepts: (line) => !fresh && studyMeasurementSchema.safeParse(line).success,
        warn: (message) => log.warn(message),
      }),
    onFailure: ({ path, file }, error) => {
      const message = `study ${path.join(' > ')} (${file}): ${messageOf(error)}`
      failures.push(message)
      log.warn(message)
    },
  })
}

/** What the command line says goes before what the study says. */
function withArguments(study: PlannedStudy, { search, budget }: TuneValues): PlannedStudy {
  const problems = new Problems()
  const plan: StudyPlan = {
    ...study.plan,
    ...(search === undefined
      ? {}
      : { search: readStudySearch(problems, search, study.plan.axes) ?? study.plan.search }),
    ...(budget === undefined ? {} : { budget: { ...study.plan.budget, ...given(parseBudget(budget)) } }),
  }
  const [problem] = problems.errors
  if (problem !== undefined) {
    throw new ServebenchError('SERVEBENCH_USAGE', `--search ${search}: ${problem.message}`, {
      advice: 'The strategies are grid, quick, random, bayesian and halving; a list is written in the study.',
    })
  }
  return { ...study, plan }
}

function given(budget: StudyPlan['budget']): Partial<StudyPlan['budget']> {
  return budget.time === null ? { configurations: budget.configurations } : { time: budget.time }
}
