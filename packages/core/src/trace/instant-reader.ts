import { closeSync, openSync, read, readSync } from 'node:fs'
import type { Nanos } from '../units/nanos.ts'
import { HEADER_BYTES } from './arrival-format.ts'

/** Instants in memory at once: two blocks of this many. At 10 000 arrivals per second a block lasts for 6.5 s. */
const BLOCK = 65_536

/**
 * The instants of a file of arrivals, one by one, for a load thread: while one block is used up the next is read in the
 * background, so that the thread never waits for the disk. Only opening reads at once.
 */
export class InstantReader implements Disposable {
  readonly #values: number
  readonly #file: number
  #current: Float64Array
  #spare: Float64Array
  /** How many instants of the current block and the spare one are valid. */
  #size: number
  #spareSize = 0
  #at = 0
  /** Instants that have been asked of the disk. */
  #asked: number
  #isReading = false
  #isClosed = false
  #failed = false

  /** @param values how many instants the file holds */
  constructor(path: string, values: number, block: number = BLOCK) {
    this.#values = values
    this.#file = openSync(path, 'r')
    this.#current = new Float64Array(block)
    this.#spare = new Float64Array(block)
    this.#size = this.#fill(this.#current, 0)
    this.#spareSize = this.#fill(this.#spare, this.#size)
    this.#asked = this.#size + this.#spareSize
  }

  /** The next instant; Infinity after the last one, NaN when the disk has fallen behind. */
  next(): Nanos {
    if (this.#at === this.#size) {
      if (this.#spareSize === 0) {
        const isOver = !this.#isReading && this.#asked >= this.#values
        return isOver || this.#failed ? Infinity : Number.NaN
      }
      const used = this.#current
      this.#current = this.#spare
      this.#size = this.#spareSize
      this.#at = 0
      this.#spare = used
      this.#spareSize = 0
      this.#readAhead()
    }
    return this.#current[this.#at++] as number
  }

  /** Whether the file could not be read to its end. */
  get failed(): boolean {
    return this.#failed
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (!this.#isReading) closeSync(this.#file)
  }

  #fill(block: Float64Array, from: number): number {
    const wanted = Math.min(block.length, this.#values - from)
    if (wanted <= 0) return 0
    const bytes = new Uint8Array(block.buffer, 0, wanted * 8)
    return Math.floor(readSync(this.#file, bytes, 0, bytes.length, HEADER_BYTES + from * 8) / 8)
  }

  #readAhead(): void {
    const wanted = Math.min(this.#spare.length, this.#values - this.#asked)
    if (wanted <= 0 || this.#isClosed) return
    this.#isReading = true
    const bytes = new Uint8Array(this.#spare.buffer, 0, wanted * 8)
    const position = HEADER_BYTES + this.#asked * 8
    this.#asked += wanted
    read(this.#file, bytes, 0, bytes.length, position, (error, length) => {
      this.#isReading = false
      if (this.#isClosed) closeSync(this.#file)
      else if (error !== null || length !== bytes.length) this.#failed = true
      else this.#spareSize = wanted
    })
  }
}
