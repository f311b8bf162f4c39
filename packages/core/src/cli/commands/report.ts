import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import type { ReportedRun } from '../../hooks/contexts.ts'
import { detailConfigurations } from '../../report/analyses/detail-configurations.ts'
import { writeFileAtomically } from '../../report/atomic-file.ts'
import { readHistory } from '../../report/history/read-history.ts'
import { readResult } from '../../report/read-result.ts'
import type { AnalysisTable, RunResult } from '../../report/result.ts'
import { findRunDirectory } from '../../report/run-directory.ts'
import { choosePoints } from '../../report/study/choose-points.ts'
import type { StudyResult } from '../../report/study/study-result.ts'
import { ArtifactStore } from '../../runner/artifact-store.ts'
import { reportHistory, reportRun, reportRuns, type ReportTarget } from '../../runner/report-run.ts'
import { foundPoints, writeConfigurations } from '../../runner/study-configurations.ts'
import type { JsonValue } from '../../units/json.ts'
import { PlainProgress } from '../../ui/plain-progress.ts'
import { cacheFolder, loadReporters, openWorkspace, type Workspace } from '../project.ts'
import { colorsWanted } from '../terminal.ts'

export interface ReportOptions {
  readonly reporter?: readonly string[]
  readonly config?: string | false
  readonly index?: boolean
  readonly plots?: 'svg' | 'png'
  /** Configurations of studies that are shown in detail. */
  readonly configs?: readonly string[]
}

/** What makes pages of several runs where the command names no reporter. */
const SEVERAL_RUNS = 'html'

/**
 * `servebench report [directories]`: also assembles the result of a run that was killed. The exit code is that of the
 * last run.
 */
export async function reportCommand(directories: readonly string[], options: ReportOptions): Promise<number> {
  const progress = new PlainProgress()
  const wanted = wantedReporters(options)
  const workspace = await openWorkspace({
    directory: process.cwd(),
    config: options.config,
    arguments: wanted === undefined ? [] : [{ origin: '--reporter', path: 'reporters', value: wanted }],
    log: progress,
  })
  await loadReporters(workspace)
  const { hooks } = workspace.plugins
  const target = (directory: string): ReportTarget => ({
    directory,
    colors: colorsWanted(),
    columns: process.stdout.columns ?? 100,
    log: progress,
    print: (text) => void process.stdout.write(text),
  })
  const { root, output } = workspace.config
  const paths = directories.length === 0 ? [resolve(root, output)] : directories.map((path) => resolve(path))
  if (options.index === true && options.configs !== undefined)
    throw new ServebenchError('SERVEBENCH_OPTIONS', '--configs is of the report of a run, not of --index.')
  if (options.index === true) {
    const [path] = paths as [string]
    if (paths.length > 1)
      throw new ServebenchError('SERVEBENCH_OPTIONS', '--index takes one results folder.', {
        advice: 'Give one folder, or none for the configured one.',
      })
    const history = await readHistory(path)
    for (const { folder, message } of history.problems) progress.warn(`${folder} is left out: ${message}`)
    if (!(await reportHistory(hooks, history, target(path)))) throw noReporter('a page over all runs')
    return ExitCode.ok
  }
  const runs: ReportedRun[] = []
  for (const path of paths) {
    const run = await withConfigurations(workspace, await openRun(workspace, path), options.configs)
    await reportRun(hooks, run.result, target(run.directory))
    runs.push(run)
  }
  const last = runs.at(-1) as ReportedRun
  if (runs.length > 1 && !(await reportRuns(hooks, runs, target(last.directory)))) {
    throw noReporter('one report of several runs')
  }
  return last.result.run.exit.code
}

/** Those that the command names; `undefined`: those of the configuration. */
function wantedReporters({ reporter, index, plots }: ReportOptions): JsonValue[] | undefined {
  const files: JsonValue[] = plots === undefined ? [] : [['plots', { format: plots }]]
  if (reporter !== undefined) return [...reporter, ...files]
  if (index === true) return [SEVERAL_RUNS, ...files]
  return plots === undefined ? undefined : files
}

async function openRun(workspace: Workspace, path: string): Promise<ReportedRun> {
  const read = await readResult(path)
  const directory = path.endsWith('.json') ? dirname(path) : findRunDirectory(path)
  // Of a run that was killed only the journal is there: from now on there is a result.
  if (existsSync(resolve(directory, 'result.json'))) return { directory, result: read }
  const result = await analysed(workspace, await withFiles(workspace, read, directory), directory)
  writeFileAtomically(resolve(directory, 'result.json'), `${JSON.stringify(result)}\n`)
  return { directory, result }
}

function noReporter(what: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_REPORTER', `None of the reporters makes ${what}.`, {
    advice: `Add --reporter ${SEVERAL_RUNS}.`,
  })
}

/** A run that was killed did not come to its analyses. */
async function analysed(workspace: Workspace, result: RunResult, directory: string): Promise<RunResult> {
  const tables: AnalysisTable[] = []
  await workspace.plugins.loadBuiltin('analyses')
  await workspace.plugins.hooks.analyse.promise(tables, { result, directory })
  return { ...result, analyses: [...result.analyses, ...tables] }
}

/** Files of the configurations that studies have found; a run that was killed did not come to them either. */
async function withFiles(
  workspace: Workspace,
  result: RunResult,
  directory: string,
  pointsOf: (study: StudyResult) => readonly string[] = foundPoints,
): Promise<RunResult> {
  const { studies = [] } = result
  if (studies.length === 0) return result
  const { plugins, config } = workspace
  const artifacts = new ArtifactStore(plugins.hooks, join(cacheFolder(config.root), 'artifacts'), (name) =>
    plugins.load(name),
  )
  const { root } = config
  const written: StudyResult[] = []
  for (const study of studies) {
    const configurations = await writeConfigurations(study, pointsOf(study), {
      directory,
      plugins,
      artifacts,
      root,
      several: studies.length > 1,
    })
    written.push(configurations.length === 0 ? study : { ...study, configurations })
  }
  return { ...result, studies: written }
}

/** What `--configs` names, in detail and as files. */
async function withConfigurations(
  workspace: Workspace,
  run: ReportedRun,
  names: readonly string[] | undefined,
): Promise<ReportedRun> {
  if (names === undefined) return run
  const { directory, result } = run
  const chosen = choosePoints(result.studies ?? [], names)
  const detailed = detailConfigurations(result, chosen)
  return {
    directory,
    result: await withFiles(workspace, detailed, directory, ({ id }) =>
      (chosen.get(id) ?? []).map((point) => point.id),
    ),
  }
}
