import { closeSync, openSync, readSync } from 'node:fs'

const MOST_BYTES = 64

/** A file with one number, such as those of /sys, that stays open and is read again and again. */
export class CounterFile {
  readonly #path: string
  readonly #file: number
  readonly #buffer = Buffer.allocUnsafe(MOST_BYTES)

  /** @throws when it cannot be opened */
  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'r')
  }

  /** @throws {Error} when it cannot be read any more, or holds no number */
  read(): number {
    const text = this.#buffer
      .toString('latin1', 0, readSync(this.#file, this.#buffer, 0, MOST_BYTES, 0))
      .trim()
    const value = Number(text)
    if (text !== '' && Number.isFinite(value)) return value
    throw new Error(`${this.#path} says ${JSON.stringify(text)} instead of a number`)
  }

  close(): void {
    closeSync(this.#file)
  }
}
