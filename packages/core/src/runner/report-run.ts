import { mkdirSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { messageOf } from '../errors/plugin-error.ts'
import type { ReportContext, ReportedRun } from '../hooks/contexts.ts'
import type { RunnerHooks } from '../hooks/hooks.ts'
import type { Log } from '../hooks/plugin.ts'
import { writeFileAtomically } from '../report/atomic-file.ts'
import type { RunHistory } from '../report/history/read-history.ts'
import type { RunResult } from '../report/result.ts'

export interface ReportTarget {
  /** The run's folder: reporters' files go there unless they have a path of their own. */
  readonly directory: string
  readonly colors: boolean
  readonly columns: number
  readonly log: Log
  print(text: string): void
}

/** Lets every reporter render a result. One that fails does not keep the others from their work. */
export async function reportRun(hooks: RunnerHooks, result: RunResult, target: ReportTarget): Promise<void> {
  await callReporters(hooks.report.taps, result, target)
}

/** Lets those that can render several runs together; the folder is that of the last one. */
export async function reportRuns(
  hooks: RunnerHooks,
  runs: readonly ReportedRun[],
  target: ReportTarget,
): Promise<boolean> {
  await callReporters(hooks.reportRuns.taps, runs, target)
  return hooks.reportRuns.taps.length > 0
}

export async function reportHistory(
  hooks: RunnerHooks,
  history: RunHistory,
  target: ReportTarget,
): Promise<boolean> {
  await callReporters(hooks.reportHistory.taps, history, target)
  return hooks.reportHistory.taps.length > 0
}

/** A series hook would stop at the first failure: its taps are called one by one. */
async function callReporters(
  taps: readonly { readonly fn: unknown }[],
  subject: unknown,
  { directory, log, print, colors, columns }: ReportTarget,
): Promise<void> {
  const context: ReportContext = {
    directory,
    write: async (file, body) => {
      const path = resolve(directory, file)
      // A folder elsewhere is somebody else's to make: it may be a slip of the pen.
      if (path.startsWith(directory + sep)) mkdirSync(dirname(path), { recursive: true })
      writeFileAtomically(path, body)
      return path
    },
    print,
    colors,
    columns,
    log,
  }
  for (const { fn } of taps) {
    try {
      await (fn as (subject: unknown, context: ReportContext) => Promise<void>)(subject, context)
    } catch (error) {
      log.warn(`A report could not be made: ${messageOf(error)}`)
    }
  }
}
