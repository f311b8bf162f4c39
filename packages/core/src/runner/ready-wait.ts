import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import type { ServerProcess } from '../hooks/server.ts'
import { formatDuration } from '../units/duration.ts'
import { MILLISECOND, type Nanos } from '../units/nanos.ts'

/** How often a server is asked whether it is ready: the stated error of start-up times. */
export const READY_POLL: Nanos = 50 * MILLISECOND

/**
 * Asks until a server says that it is ready.
 * @returns how long that has taken
 * @throws {ServebenchError} `SERVEBENCH_SERVER_EXITED`, `SERVEBENCH_SERVER_TIMEOUT`
 */
export async function waitUntilReady(
  kind: string,
  process: ServerProcess,
  probe: (signal: AbortSignal) => Promise<boolean>,
  signal: AbortSignal,
  timeout: Nanos,
): Promise<Nanos> {
  const began = performance.now()
  const exit: { value: { code: number | null; signal: string | null } | null } = { value: null }
  void process.exited.then((value) => {
    exit.value = value
  })
  for (;;) {
    signal.throwIfAborted()
    if (exit.value !== null) {
      const how = exit.value.signal === null ? `with code ${exit.value.code}` : `by ${exit.value.signal}`
      throw new ServebenchError(
        'SERVEBENCH_SERVER_EXITED',
        `The ${kind} server ended ${how} before it was ready.`,
        { advice: whatItPrinted(process), exitCode: ExitCode.target },
      )
    }
    const elapsed = (performance.now() - began) * MILLISECOND
    if (elapsed > timeout) {
      throw new ServebenchError(
        'SERVEBENCH_SERVER_TIMEOUT',
        `The ${kind} server was not ready after ${formatDuration(timeout)}.`,
        {
          advice: `${whatItPrinted(process)} A large model may need a longer start-up timeout.`,
          exitCode: ExitCode.target,
        },
      )
    }
    const attempt = AbortSignal.any([signal, AbortSignal.timeout(2000)])
    if (await probe(attempt).catch(() => false)) return (performance.now() - began) * MILLISECOND
    await new Promise((resolve) => setTimeout(resolve, READY_POLL / MILLISECOND))
  }
}

function whatItPrinted(process: ServerProcess): string {
  return process.logTail() === '' ? 'It has printed nothing.' : 'The end of its log usually says why.'
}
