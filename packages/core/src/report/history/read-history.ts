import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ServebenchError } from '../../errors/servebench-error.ts'
import { messageOf } from '../../errors/plugin-error.ts'
import { readResult } from '../read-result.ts'
import { isRunId } from '../run-id.ts'
import { summariseRun, type RunSummary } from './run-summary.ts'

/** All runs of a results folder. */
export interface RunHistory {
  /** The newest first. */
  readonly runs: readonly RunSummary[]
  /** What could not be read, and why. */
  readonly problems: readonly { readonly folder: string; readonly message: string }[]
}

/** Files that reporters write into a run's folder and that a person opens. */
const REPORTS = ['report.html', 'report.md'] as const

/**
 * Reads the runs of a results folder, one after the other: what is kept of each is small. One that cannot be read is told
 * and left out.
 * @throws {ServebenchError} `SERVEBENCH_RESULT_MISSING` when there is no such folder, or no run in it
 */
export async function readHistory(folder: string): Promise<RunHistory> {
  const names = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : []
  const ids = names.filter(isRunId).sort().reverse()
  if (ids.length === 0) {
    throw new ServebenchError('SERVEBENCH_RESULT_MISSING', `There are no runs in '${folder}'.`, {
      advice: 'Give a results folder, in which each run has a folder of its own.',
    })
  }
  const runs: RunSummary[] = []
  const problems: { folder: string; message: string }[] = []
  for (const id of ids) {
    const path = join(folder, id)
    try {
      const reports = REPORTS.filter((name) => existsSync(join(path, name)))
      runs.push(summariseRun(await readResult(path), id, reports))
    } catch (error) {
      problems.push({ folder: id, message: messageOf(error) })
    }
  }
  return { runs, problems }
}
