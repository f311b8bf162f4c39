/** The last lines of a process's output, in bounded memory. */
export class LogTail {
  readonly #limit: number
  #text = ''

  constructor(limit: number = 64 * 1024) {
    this.#limit = limit
  }

  append(chunk: string): void {
    this.#text += chunk
    if (this.#text.length > this.#limit * 2) this.#text = this.#text.slice(-this.#limit)
  }

  /** The last `lines` lines. */
  tail(lines: number = 30): string {
    return this.#text.trimEnd().split('\n').slice(-lines).join('\n')
  }
}
