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
import { openProject, openWorkspace, type ProjectRequest, type Workspace } from '../project.ts'
import { askedProject, type RunOptionValues } from '../run-options.ts'
import { importStudies, type ImportValues } from '../import-studies.ts'
import { reviewForms, writeTuneFile, type TuneFile } from '../tune-file.ts'
import { listenForStop } from '../signals.ts'
import { startProgress } from '../start-progress.ts'

export interface TuneValues extends RunOptionValues, ImportValues, StudyArguments {
  readonly fresh?: boolean
  readonly printBench?: boolean
}

/** `servebench tune [files...]` */
export async function tuneCommand(files: readonly string[], options: TuneValues): Promise<number> {
  reviewForms(files, options)
  const log = new LateLog()
  const write = writerOf(options, log)
  if (options.printBench) {
    if (write === null)
      throw new ServebenchError(
        'SERVEBENCH_USAGE',
        '--print-bench is an option of `servebench tune --server NAME` and `--model-analyzer FILE`.',
      )
    log.attach(new PlainProgress())
    const { text } = await write(() => openWorkspace({ ...askedProject(files, options), log }))
    process.stdout.write(text)
    return ExitCode.ok
  }
  const exactly = write === null ? {} : { exactly: keepOnce(write) }
  if (options.watch) {
    log.attach(new PlainProgress())
    return await watchStudies(files, options, exactly)
  }
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

/** What makes the bench file that options stand for; an import needs the project's plugins for it. */
function writerOf(options: TuneValues, log: LateLog): BenchWriter | null {
  if (options.modelAnalyzer !== undefined)
    return async (open) => await importStudies(options, await open(), process.cwd(), log)
  if (options.server === undefined) return null
  const written = writeTuneFile(options, process.cwd())
  return () => Promise.resolve(written)
}

type BenchWriter = (open: () => Workspace | Promise<Workspace>) => Promise<TuneFile>

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
function keepOnce(write: BenchWriter): NonNullable<ProjectRequest['exactly']> {
  let path: string | null = null
  return async (workspace) => [(path ??= keepFile(workspace.config, await write(() => workspace)))]
}

/** The bench file that options stand for, beside what is measured by it: it may be kept. Returns its path. */
function keepFile({ root, output }: ResolvedConfig, { name, text }: TuneFile): string {
  const path = join(studiesFolder(resolve(root, output)), `${name.replace(/[^\w.-]+/g, '-')}.bench.ts`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileAtomically(path, text)
  return path
}
