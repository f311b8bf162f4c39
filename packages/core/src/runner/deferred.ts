import { messageOf } from '../errors/plugin-error.ts'
import type { Log } from '../hooks/plugin.ts'

type Cleanup = () => void | Promise<void>

/** Cleanups of a trial or a run: last registered first, all of them, whatever fails. */
export class Deferred {
  readonly #cleanups: Cleanup[] = []
  readonly #log: Log
  readonly #of: string

  constructor(of: string, log: Log) {
    this.#of = of
    this.#log = log
  }

  defer(cleanup: Cleanup): void {
    this.#cleanups.push(cleanup)
  }

  async run(): Promise<void> {
    for (let cleanup = this.#cleanups.pop(); cleanup !== undefined; cleanup = this.#cleanups.pop()) {
      try {
        await cleanup()
      } catch (error) {
        this.#log.warn(`A cleanup of ${this.#of} failed: ${messageOf(error)}`)
      }
    }
  }
}
