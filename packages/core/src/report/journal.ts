import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import type { ServebenchError } from '../errors/servebench-error.ts'
import type { JournalLine } from './journal-line.ts'
import { createWriteError } from './write-error.ts'

const NEWLINE = 0x0a

/**
 * The append-only truth of a run. Every line goes to the operating system before `append` returns, so that a killed
 * process loses nothing; `trial-end` and `run-end` are also forced to the disk, so that a power failure loses at most
 * the trial in progress.
 *
 * Appending never throws: what the disk refuses waits in memory, in order, and is tried again with the next line.
 */
export class Journal implements Disposable {
  readonly path: string
  #file: number | null
  #pending: Uint8Array[] = []
  #problem: ServebenchError | null = null

  /**
   * Opens or creates the file. A torn last line of a killed process is cut off, so that the next one stands alone.
   * @throws {ServebenchError} `SERVEBENCH_WRITE`
   */
  constructor(path: string) {
    this.path = path
    try {
      this.#file = openSync(path, 'a+')
      cutTornLine(this.#file)
    } catch (cause) {
      throw createWriteError(path, cause)
    }
  }

  append(line: JournalLine): void {
    this.#pending.push(Buffer.from(`${JSON.stringify(line)}\n`))
    this.#flush()
    if (line.type === 'trial-end' || line.type === 'run-end') this.sync()
  }

  /** Forces what is written to the disk. */
  sync(): void {
    if (this.#file === null) return
    try {
      fsyncSync(this.#file)
    } catch (cause) {
      // Pipes and devices cannot be synchronised; a regular file that cannot is about to lose data.
      if ((cause as NodeJS.ErrnoException).code !== 'EINVAL')
        this.#problem = createWriteError(this.path, cause)
    }
  }

  /** Why the newest lines are not on the disk; `null` when all are. */
  get problem(): ServebenchError | null {
    return this.#problem
  }

  /** The text that is not on the disk. Begins inside a line when the disk took only a part of it. */
  get unsaved(): string {
    return Buffer.concat(this.#pending).toString()
  }

  close(): void {
    if (this.#file === null) return
    this.#flush()
    closeSync(this.#file)
    this.#file = null
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #flush(): void {
    if (this.#file === null) return
    try {
      for (let bytes = this.#pending[0]; bytes !== undefined; bytes = this.#pending[0]) {
        const written = writeSync(this.#file, bytes)
        if (written < bytes.byteLength) this.#pending[0] = bytes.subarray(written)
        else this.#pending.shift()
      }
      this.#problem = null
    } catch (cause) {
      this.#problem = createWriteError(this.path, cause)
    }
  }
}

function cutTornLine(file: number): void {
  const stat = fstatSync(file)
  if (!stat.isFile() || stat.size === 0) return
  const chunk = Buffer.alloc(64 * 1024)
  let end = stat.size
  while (end > 0) {
    const start = Math.max(0, end - chunk.byteLength)
    const length = readSync(file, chunk, 0, end - start, start)
    const newline = chunk.subarray(0, length).lastIndexOf(NEWLINE)
    if (newline >= 0) {
      if (start + newline + 1 < stat.size) ftruncateSync(file, start + newline + 1)
      return
    }
    end = start
  }
  ftruncateSync(file, 0)
}
