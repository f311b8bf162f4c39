import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { writeFileAtomically } from '../../report/atomic-file.ts'
import { studiesFolder } from '../../report/study/study-store.ts'
import type { Runner } from '../../runner/run.ts'
import { PlainProgress } from '../../ui/plain-progress.ts'
import type { Progress } from '../../ui/progress.ts'
import { createRunner, execute } from '../execute.ts'
import { LateLog } from '../late-log.ts'
import { createStudyPlanner, readyStudies, type StudyArguments } from '../planned-studies.ts'
import { openProject, type ProjectRequest } from '../project.ts'
import { askedProject, type RunOptionValues } from '../run-options.ts'
import { reviewForms, writeTuneFile, type TuneFile, type TuneServerValues } from '../tune-file.ts'
import { listenForStop } from '../signals.ts'
import { startProgress } from '../start-progress.ts'

export interface TuneValues extends RunOptionValues, TuneServerValues, StudyArguments {
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
  const exactly = written === null ? {} : { exactly: keepOnce(written) }
  if (options.watch) return await watchStudies(files, options, exactly)
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
      ...exactly,
    })
    await using runner = createRunner(project, log)
    running = runner
    const studies = await readyStudies(project, options, (server, read) =>
      runner.examine(server, signals.stop, read),
    )
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

/** `servebench tune --watch` */
async function watchStudies(
  files: readonly string[],
  options: TuneValues,
  exactly: Pick<ProjectRequest, 'exactly'>,
): Promise<number> {
  if (options.dryRun || options.json) {
    throw new ServebenchError('SERVEBENCH_OPTIONS', '--dry-run and --json do not go with --watch.', {
      advice: 'Leave one of them out: a watch session measures, and goes on until it is ended.',
    })
  }
  const { WatchSession } = await import('../watch-session.ts')
  const { WatchedStudies } = await import('../watch-studies.ts')
  const request = { ...askedProject(files, options), ...exactly }
  await using session = await WatchSession.open(request, new WatchedStudies(options))
  return await session.run(options.fresh ? 'anew' : 'all')
}

/** Written when it is asked for first: in a session it may be changed like any other. */
function keepOnce(file: TuneFile): NonNullable<ProjectRequest['exactly']> {
  let path: string | null = null
  return (config) => [(path ??= keepFile(config, file))]
}

/** The bench file that options stand for, beside what is measured by it: it may be kept. Returns its path. */
function keepFile({ root, output }: ResolvedConfig, { name, text }: TuneFile): string {
  const path = join(studiesFolder(resolve(root, output)), `${name.replace(/[^\w.-]+/g, '-')}.bench.ts`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileAtomically(path, text)
  return path
}
