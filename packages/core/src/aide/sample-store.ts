import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'

const CHUNK_ROWS = 32_768

/** Chunks that the trials before have left, by their length: a new one is megabytes to be zeroed, for a few rows. */
const spare = new Map<number, Float64Array[]>()
const MOST_SPARE = 2

/**
 * Rows of doubles, column by column, that may grow far beyond memory: chunks above `memoryRows` go to a scratch file
 * and are read back one column at a time. Memory stays flat however long a trial is.
 */
export class SampleStore<Name extends string> implements Disposable {
  readonly #names: readonly Name[]
  readonly #spillPath: string
  readonly #memoryChunks: number
  readonly #chunks: Float64Array[] = []
  #file: number | null = null
  #spilled = 0
  #rows = 0
  #current: Float64Array
  #position = 0

  /** @param spillPath where the scratch file goes, when one is needed; it is removed on disposal */
  constructor(names: readonly Name[], spillPath: string, memoryRows = 1_048_576) {
    this.#names = names
    this.#spillPath = spillPath
    this.#memoryChunks = Math.max(1, Math.ceil(memoryRows / CHUNK_ROWS))
    this.#current = this.#chunk()
  }

  get rows(): number {
    return this.#rows
  }

  /** The chunk to write the next row into: column `k` of the row lies at `k × stride + position`. */
  get chunk(): Float64Array {
    return this.#current
  }
  get position(): number {
    return this.#position
  }
  static readonly stride: number = CHUNK_ROWS

  /** The row at `position` is complete. */
  advance(): void {
    this.#rows += 1
    this.#position += 1
    if (this.#position < CHUNK_ROWS) return
    if (this.#chunks.length < this.#memoryChunks) {
      this.#chunks.push(this.#current)
      this.#current = this.#chunk()
    } else {
      this.#file ??= openSync(this.#spillPath, 'w+')
      writeFully(this.#file, this.#current, this.#spilled * this.#current.byteLength)
      this.#spilled += 1
    }
    this.#position = 0
  }

  /** A whole column, in the order of the rows. */
  column(name: Name): Float64Array {
    const index = this.#names.indexOf(name)
    const values = new Float64Array(this.#rows)
    let row = 0
    const offset = index * CHUNK_ROWS
    for (const chunk of this.#chunks) {
      values.set(chunk.subarray(offset, offset + CHUNK_ROWS), row)
      row += CHUNK_ROWS
    }
    for (let chunk = 0; chunk < this.#spilled; chunk++) {
      const part = values.subarray(row, row + CHUNK_ROWS)
      readFully(this.#file as number, part, (chunk * this.#names.length + index) * CHUNK_ROWS * 8)
      row += CHUNK_ROWS
    }
    values.set(this.#current.subarray(offset, offset + this.#position), row)
    return values
  }

  /** The columns that were read are copies; nothing else may be asked for. */
  [Symbol.dispose](): void {
    this.#giveBack()
    if (this.#file === null) return
    closeSync(this.#file)
    this.#file = null
    rmSync(this.#spillPath, { force: true })
  }

  /** Rows that it does not hold yet have any values. */
  #chunk(): Float64Array {
    const length = CHUNK_ROWS * this.#names.length
    return spare.get(length)?.pop() ?? new Float64Array(length)
  }

  #giveBack(): void {
    const used = [this.#current, ...this.#chunks]
    const free = spare.get(this.#current.length) ?? []
    free.push(...used.slice(0, Math.max(0, MOST_SPARE - free.length)))
    spare.set(this.#current.length, free)
    this.#chunks.length = 0
    this.#current = EMPTY
    this.#rows = 0
    this.#position = 0
  }
}

const EMPTY = new Float64Array(0)

function writeFully(file: number, values: Float64Array, position: number): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  let done = 0
  while (done < bytes.length) done += writeSync(file, bytes, done, bytes.length - done, position + done)
}

function readFully(file: number, values: Float64Array, position: number): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  let done = 0
  while (done < bytes.length) {
    const read = readSync(file, bytes, done, bytes.length - done, position + done)
    if (read === 0) throw new Error('The scratch file of samples is shorter than what was written to it.')
    done += read
  }
}
