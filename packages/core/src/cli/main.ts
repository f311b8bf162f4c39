import { CommanderError } from 'commander'
import { ExitCode } from '../errors/servebench-error.ts'
import { createProgram } from './program.ts'
import { formatFailure } from './format-failure.ts'

/** Runs the command line. Resolves to the exit code; everything that went wrong has been said by then. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = ExitCode.ok
  const program = createProgram((result) => {
    code = result
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage
    const failure = formatFailure(error)
    process.stderr.write(`${failure.text}\n`)
    return failure.code
  }
}
