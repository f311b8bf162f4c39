/** Editors write a file several times, and a change of branch many files: they count as one change. */
const QUIET_MS = 40
const LONGEST_MS = 400

/** Collects paths until there have been no further ones for a moment. */
export class Burst implements Disposable {
  readonly #onQuiet: (paths: ReadonlySet<string>) => void
  #paths = new Set<string>()
  #began = 0
  #timer: NodeJS.Timeout | null = null

  constructor(onQuiet: (paths: ReadonlySet<string>) => void) {
    this.#onQuiet = onQuiet
  }

  add(path: string): void {
    const now = performance.now()
    if (this.#paths.size === 0) this.#began = now
    this.#paths.add(path)
    if (this.#timer !== null) clearTimeout(this.#timer)
    const wait = Math.max(0, Math.min(QUIET_MS, this.#began + LONGEST_MS - now))
    this.#timer = setTimeout(() => this.#end(), wait)
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#paths = new Set()
  }

  #end(): void {
    const paths = this.#paths
    this.#timer = null
    this.#paths = new Set()
    this.#onQuiet(paths)
  }
}
