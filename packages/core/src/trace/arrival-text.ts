import { closeSync, openSync, renameSync } from 'node:fs'
import { removeQuietly, writeFully } from '../report/atomic-file.ts'
import { createWriteError } from '../report/write-error.ts'
import type { Nanos } from '../units/nanos.ts'

const CHUNK = 1024 * 1024

/** Writes instants as CSV: a heading `intended_ns`, then one per line. It appears under its name when it is complete. */
export class ArrivalTextWriter implements Disposable {
  readonly #path: string
  readonly #temporary: string
  #file: number | null
  #text = 'intended_ns\n'

  /** @throws {ServebenchError} `SERVEBENCH_WRITE` */
  constructor(path: string) {
    this.#path = path
    this.#temporary = `${path}.${process.pid}.tmp`
    try {
      this.#file = openSync(this.#temporary, 'w')
    } catch (error) {
      throw createWriteError(path, error)
    }
  }

  add(instant: Nanos): void {
    this.#text += `${instant}\n`
    if (this.#text.length >= CHUNK) this.#flush()
  }

  finish(): void {
    try {
      this.#flush()
      this.#close()
      renameSync(this.#temporary, this.#path)
    } catch (error) {
      throw createWriteError(this.#path, error)
    }
  }

  [Symbol.dispose](): void {
    if (this.#file === null) return
    this.#close()
    removeQuietly(this.#temporary)
  }

  #close(): void {
    closeSync(this.#file as number)
    this.#file = null
  }

  #flush(): void {
    writeFully(this.#file as number, Buffer.from(this.#text))
    this.#text = ''
  }
}
