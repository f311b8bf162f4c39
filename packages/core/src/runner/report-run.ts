import { mkdirSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { messageOf } from '../errors/plugin-error.ts'
import type { ReportContext } from '../hooks/contexts.ts'
import type { RunnerHooks } from '../hooks/hooks.ts'
import type { Log } from '../hooks/plugin.ts'
import { writeFileAtomically } from '../report/atomic-file.ts'
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
  const { directory, log } = target
  const context: ReportContext = {
    directory,
    write: async (file, body) => {
      const path = resolve(directory, file)
      // A folder elsewhere is somebody else's to make: it may be a slip of the pen.
      if (path.startsWith(directory + sep)) mkdirSync(dirname(path), { recursive: true })
      writeFileAtomically(path, body)
      return path
    },
    print: target.print,
    colors: target.colors,
    columns: target.columns,
    log,
  }
  // A series hook would stop at the first failure: its taps are called one by one.
  for (const tap of hooks.report.taps) {
    try {
      await (tap.fn as (result: RunResult, context: ReportContext) => Promise<void>)(result, context)
    } catch (error) {
      log.warn(`A report could not be made: ${messageOf(error)}`)
    }
  }
}
