import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import type { TraceFacts } from '../arrival/process.ts'
import { removeQuietly, writeFully } from '../report/atomic-file.ts'
import { createWriteError } from '../report/write-error.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import {
  ARRIVAL_FORMAT,
  HEADER_BYTES,
  requireLittleEndian,
  type ArrivalFileHeader,
} from './arrival-format.ts'

const BLOCK = 65_536

/** Writes a file of arrivals piece by piece, in bounded memory; it appears under its name when it is complete. */
export class ArrivalFileWriter implements Disposable {
  readonly #path: string
  readonly #temporary: string
  readonly #hash: Hash = createHash('sha256')
  readonly #block = new Float64Array(BLOCK)
  #file: number | null
  #used = 0
  #values = 0

  /** @throws {ServebenchError} `SERVEBENCH_WRITE` */
  constructor(path: string) {
    requireLittleEndian()
    this.#path = path
    this.#temporary = `${path}.${process.pid}.tmp`
    try {
      this.#file = openSync(this.#temporary, 'w+')
      writeFully(this.#file, Buffer.alloc(HEADER_BYTES, ' '))
    } catch (error) {
      throw createWriteError(path, error)
    }
  }

  get values(): number {
    return this.#values + this.#used
  }

  add(value: number): void {
    this.#block[this.#used] = value
    this.#used += 1
    if (this.#used === BLOCK) this.#flush()
  }

  /** Returns what the file's header says. */
  finish(facts: Omit<ArrivalFileHeader, 'values' | 'sha256'>): ArrivalFileHeader {
    this.#flush()
    const header = { ...facts, values: this.#values, sha256: this.#hash.digest('hex') }
    const text = JSON.stringify({ format: ARRIVAL_FORMAT, ...header })
    const line = Buffer.from(`${text.padEnd(HEADER_BYTES - 1)}\n`)
    try {
      if (line.length !== HEADER_BYTES) throw new Error('its description is too long')
      writeSync(this.#file as number, line, 0, HEADER_BYTES, 0)
      closeSync(this.#file as number)
      this.#file = null
      renameSync(this.#temporary, this.#path)
    } catch (error) {
      throw createWriteError(this.#path, error)
    }
    return header
  }

  [Symbol.dispose](): void {
    if (this.#file === null) return
    closeSync(this.#file)
    this.#file = null
    removeQuietly(this.#temporary)
  }

  #flush(): void {
    if (this.#used === 0) return
    const bytes = new Uint8Array(this.#block.buffer, 0, this.#used * 8)
    this.#hash.update(bytes)
    try {
      writeFully(this.#file as number, bytes)
    } catch (error) {
      throw createWriteError(this.#path, error)
    }
    this.#values += this.#used
    this.#used = 0
  }
}

/** Counts what a file of instants says about itself, while they are written in their order. */
export class InstantFacts {
  arrivals = 0
  #last: Nanos = 0
  #second = -1
  #inSecond = 0
  #peak = 0

  add(instant: Nanos): void {
    this.arrivals += 1
    this.#last = instant
    const second = Math.floor(instant / SECOND)
    if (second !== this.#second) this.#inSecond = 0
    this.#second = second
    this.#inSecond += 1
    if (this.#inSecond > this.#peak) this.#peak = this.#inSecond
  }

  get facts(): TraceFacts {
    return { arrivals: this.arrivals, length: this.#last, peak: this.#peak }
  }
}
