import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { writeFileAtomically } from '../../report/atomic-file.ts'
import { readResult } from '../../report/read-result.ts'
import type { AnalysisTable, RunResult } from '../../report/result.ts'
import { findRunDirectory } from '../../report/run-directory.ts'
import { reportRun } from '../../runner/report-run.ts'
import { PlainProgress } from '../../ui/plain-progress.ts'
import { loadReporters, openWorkspace, type Workspace } from '../project.ts'
import { colorsWanted } from '../terminal.ts'

export interface ReportOptions {
  readonly reporter?: readonly string[]
  readonly config?: string | false
}

/** `servebench report [directory]`: also assembles the result of a run that was killed. */
export async function reportCommand(directory: string | undefined, options: ReportOptions): Promise<number> {
  const progress = new PlainProgress()
  const workspace = await openWorkspace({
    directory: process.cwd(),
    config: options.config,
    arguments:
      options.reporter === undefined
        ? []
        : [{ origin: '--reporter', path: 'reporters', value: options.reporter }],
    log: progress,
  })
  await loadReporters(workspace)
  const { root, output } = workspace.config
  const path = directory === undefined ? resolve(root, output) : resolve(directory)
  const read = await readResult(path)
  const folder = path.endsWith('.json') ? dirname(path) : findRunDirectory(path)
  // Of a run that was killed only the journal is there: from now on there is a result.
  const isKilled = !existsSync(resolve(folder, 'result.json'))
  const result = isKilled ? await analysed(workspace, read, folder) : read
  if (isKilled) {
    writeFileAtomically(resolve(folder, 'result.json'), `${JSON.stringify(result)}\n`)
  }
  await reportRun(workspace.plugins.hooks, result, {
    directory: folder,
    colors: colorsWanted(),
    columns: process.stdout.columns ?? 100,
    log: progress,
    print: (text) => void process.stdout.write(text),
  })
  return result.run.exit.code
}

/** A run that was killed did not come to its analyses. */
async function analysed(workspace: Workspace, result: RunResult, directory: string): Promise<RunResult> {
  const tables: AnalysisTable[] = []
  await workspace.plugins.loadBuiltin('analyses')
  await workspace.plugins.hooks.analyse.promise(tables, { result, directory })
  return { ...result, analyses: [...result.analyses, ...tables] }
}
