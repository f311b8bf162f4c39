import type { SetupContext } from '../dsl/setup.ts'

type Cleanup = () => unknown

/** What one `setup` registers to be undone. */
export class SetupScope {
  readonly #cleanups: Cleanup[] = []
  readonly #controller = new AbortController()

  get context(): SetupContext {
    return {
      signal: this.#controller.signal,
      defer: (cleanup) => {
        if (typeof cleanup !== 'function') throw new TypeError('defer() takes a function.')
        this.#cleanups.push(cleanup)
      },
    }
  }

  abort(): void {
    this.#controller.abort()
  }

  /** Runs what was deferred, last first, each once and all of them whatever fails; returns what was thrown. */
  async close(): Promise<readonly unknown[]> {
    const failures: unknown[] = []
    for (let cleanup = this.#cleanups.pop(); cleanup !== undefined; cleanup = this.#cleanups.pop()) {
      try {
        await cleanup()
      } catch (error) {
        failures.push(error)
      }
    }
    return failures
  }
}
