import { closeSync, openSync, readSync } from 'node:fs'
import { removeQuietly, writeFully } from '../report/atomic-file.ts'
import { createWriteError } from '../report/write-error.ts'
import type { Nanos } from '../units/nanos.ts'

/** Instants that are sorted in memory at once: 32 MiB. */
const CHUNK = 4 * 1024 * 1024
/** Instants of each run in memory while runs are merged. */
const MERGE_BLOCK = 16_384

/**
 * Sorts any number of instants in bounded memory: chunks are sorted in memory and put aside as runs on the disk, and the
 * runs merged.
 */
export class InstantSorter implements Disposable {
  readonly #scratch: string
  readonly #chunk: Float64Array
  #used = 0
  readonly #runs: { readonly path: string; readonly values: number }[] = []
  #last: Nanos = -Infinity
  /** How many came before their predecessor. */
  outOfOrder = 0

  /** @param scratch a path that file names can be made from */
  constructor(scratch: string, chunk: number = CHUNK) {
    this.#scratch = scratch
    this.#chunk = new Float64Array(chunk)
  }

  add(instant: Nanos): void {
    if (instant < this.#last) this.outOfOrder += 1
    this.#last = instant
    this.#chunk[this.#used] = instant
    this.#used += 1
    if (this.#used === this.#chunk.length) this.#putAside()
  }

  /** All instants, in order. */
  *sorted(): Generator<Nanos> {
    const chunk = this.#sortedChunk()
    if (this.#runs.length === 0) {
      yield* chunk
      return
    }
    this.#putAside()
    const readers = this.#runs.map(({ path, values }) => new RunReader(path, values))
    try {
      yield* merge(readers)
    } finally {
      for (const reader of readers) reader[Symbol.dispose]()
    }
  }

  [Symbol.dispose](): void {
    for (const { path } of this.#runs) removeQuietly(path)
  }

  #sortedChunk(): Float64Array {
    return this.#chunk.subarray(0, this.#used).sort()
  }

  #putAside(): void {
    if (this.#used === 0) return
    const values = this.#sortedChunk()
    const path = `${this.#scratch}.run-${this.#runs.length}`
    this.#runs.push({ path, values: values.length })
    try {
      const file = openSync(path, 'w')
      try {
        writeFully(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
      } finally {
        closeSync(file)
      }
    } catch (error) {
      throw createWriteError(path, error)
    }
    this.#used = 0
  }
}

/** A binary heap of the runs by their next instant. */
function* merge(runs: RunReader[]): Generator<Nanos> {
  const heap = runs.filter((run) => run.head < Infinity).sort((a, b) => a.head - b.head)
  while (heap.length > 0) {
    const run = heap[0] as RunReader
    yield run.head
    run.advance()
    let top = run
    if (run.head === Infinity) {
      const last = heap.pop() as RunReader
      if (heap.length === 0) return
      top = last
    }
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && (heap[child + 1] as RunReader).head < (heap[child] as RunReader).head)
        child += 1
      if (top.head <= (heap[child] as RunReader).head) break
      heap[hole] = heap[child] as RunReader
      hole = child
    }
    heap[hole] = top
  }
}

class RunReader implements Disposable {
  head: Nanos = Infinity
  readonly #file: number
  readonly #values: number
  readonly #block = new Float64Array(MERGE_BLOCK)
  #read = 0
  #at = 0
  #size = 0

  constructor(path: string, values: number) {
    this.#file = openSync(path, 'r')
    this.#values = values
    this.advance()
  }

  advance(): void {
    if (this.#at === this.#size) this.#fill()
    this.head = this.#size === 0 ? Infinity : (this.#block[this.#at++] as number)
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #fill(): void {
    const wanted = Math.min(MERGE_BLOCK, this.#values - this.#read)
    const bytes = new Uint8Array(this.#block.buffer, 0, wanted * 8)
    this.#size =
      wanted === 0 ? 0 : Math.floor(readSync(this.#file, bytes, 0, bytes.length, this.#read * 8) / 8)
    this.#read += this.#size
    this.#at = 0
  }
}
