import pc from 'picocolors'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import { formatCollectProblem } from '../collector/collect-problem.ts'
import { BenchFilesError } from './project.ts'
import { formatError } from './terminal.ts'

/** What a command that cannot go on says, and its exit code. */
export function formatFailure(error: unknown): { readonly text: string; readonly code: number } {
  const code = error instanceof ServebenchError ? error.exitCode : ExitCode.usage
  if (!(error instanceof BenchFilesError)) return { text: formatError(error), code }
  const problems = error.problems.map((problem) => `${pc.red('✗')} ${formatCollectProblem(problem)}`)
  return { text: `${problems.join('\n\n')}\n\n${formatError(error)}`, code }
}
