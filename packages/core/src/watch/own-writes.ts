/** So often may a file change during a run that its own change has started. */
const MOST = 2

/**
 * Recognises files that a run itself writes, such as the log of a server whose plan names it: each of their changes
 * would start a run that changes them again.
 */
export class OwnWrites {
  readonly #counts = new Map<string, number>()

  /** A file has changed during a run that a change of it had started; whether it is taken for the run's own work now. */
  isOwn(path: string): boolean {
    const count = (this.#counts.get(path) ?? 0) + 1
    this.#counts.set(path, count)
    return count >= MOST
  }

  /** A run has come to its end: what did not change meanwhile is not written by runs. */
  forget(): void {
    this.#counts.clear()
  }
}
