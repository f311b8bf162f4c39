import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './run-command.ts'

export interface Counts {
  readonly passed: number
  readonly failed: number
}
export interface VitestRun {
  readonly root: string
  /** An empty file name in an existing folder, for vitest's counts. */
  readonly report: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds, after which it is ended and has failed. */
  readonly limit?: number
}

/** Runs vitest, and counts tests as it does; a run that goes wrong without a failed test is one failure. */
export async function runVitest({ root, report, args, env, limit }: VitestRun): Promise<Counts> {
  const command = [
    join(root, 'node_modules/.bin/vitest'),
    'run',
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ]
  const isFine = await runCommand(command, { cwd: root, env, limit })
  const { passed, failed } = readCounts(report)
  // A runner that fails without a failed test has failed all the same: an unhandled error, a file that does not load.
  return { passed, failed: failed === 0 && !isFine ? 1 : failed }
}

function readCounts(path: string): Counts {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as {
      numPassedTests: number
      numFailedTests: number
    }
    return { passed: report.numPassedTests, failed: report.numFailedTests }
  } catch {
    return { passed: 0, failed: 0 }
  }
}
