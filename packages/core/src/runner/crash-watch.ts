import { ExitCode } from '../errors/servebench-error.ts'
import type { ServerProcess } from '../hooks/server.ts'
import type { TrialError } from '../report/result.ts'

/** Notices when a server that was launched for a trial ends before the trial does. */
export class CrashWatch implements Disposable {
  readonly #crash = new AbortController()
  #exit: { readonly code: number | null; readonly signal: string | null } | null = null
  #watching = true

  constructor(process: ServerProcess | null) {
    void process?.exited.then((exit) => {
      if (!this.#watching) return
      this.#exit = exit
      this.#crash.abort()
    })
  }

  /** Aborted when the server has ended. */
  get signal(): AbortSignal {
    return this.#crash.signal
  }

  error(log: string | null): TrialError | null {
    if (this.#exit === null) return null
    const { code, signal } = this.#exit
    return {
      code: 'SERVEBENCH_SERVER_EXITED',
      message: `The server ended ${signal === null ? `with code ${code}` : `by ${signal}`} during the trial.`,
      advice: 'The end of its log usually says why.',
      detail: log,
      exitCode: ExitCode.target,
    }
  }

  [Symbol.dispose](): void {
    this.#watching = false
  }
}
