import { closeSync, openSync, readSync } from 'node:fs'

const FIRST_BYTES = 4096

/** Reads small files of /proc into one buffer that all of them share. */
export class ProcFile {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES)

  /** `null` when it cannot be read: a process that has ended, a platform without it. */
  read(path: string): string | null {
    let file: number
    try {
      file = openSync(path, 'r')
    } catch {
      return null
    }
    try {
      let length = 0
      for (;;) {
        const read = readSync(file, this.#buffer, length, this.#buffer.length - length, null)
        length += read
        if (read === 0) return this.#buffer.toString('latin1', 0, length)
        if (length === this.#buffer.length) this.#grow()
      }
    } catch {
      return null
    } finally {
      closeSync(file)
    }
  }

  #grow(): void {
    const larger = Buffer.allocUnsafe(this.#buffer.length * 2)
    this.#buffer.copy(larger)
    this.#buffer = larger
  }
}
