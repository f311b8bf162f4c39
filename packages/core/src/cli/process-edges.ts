import { ExitCode } from '../errors/servebench-error.ts'
import { restoreTerminal } from '../ui/open-drawings.ts'
import { formatFailure } from './format-failure.ts'

/**
 * What is the process's business rather than a command's: an output that nobody reads any more does not end a
 * measurement, and an error that nobody caught is told, with an exit code that does not pass for a missed SLO.
 */
export function guardProcess(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  process.on('uncaughtException', (error) => {
    restoreTerminal()
    process.stderr.write(`${formatFailure(error).text}\n`)
    // Servers that run are ended by their guard.
    process.exit(ExitCode.usage)
  })
}
