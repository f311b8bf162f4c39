import { RecordBatchStreamWriter } from 'apache-arrow'
import { closeSync, fstatSync, ftruncateSync, openSync, writevSync } from 'node:fs'
import type { ServebenchError } from '../errors/servebench-error.ts'
import { BLOCK_ROWS, type RecordBlock } from './record-block.ts'
import { RecordColumns, type RecordStreamNames } from './record-columns.ts'
import { RecordSample } from './record-sample.ts'
import { RECORDS_BUDGET } from './records-budget.ts'
import { createWriteError } from './write-error.ts'

export interface RecordStreamOptions {
  /** The trial's streams in the order of the plan. */
  readonly streams: readonly RecordStreamNames[]
  /** Keeps one unit of arrival in so many; 1 by default. */
  readonly oneIn?: number
  /** 32 bits that decide which units are kept. */
  readonly seed?: number
  /** Bytes that this file may take; the sample gets thinner as they are used up. {@link RECORDS_BUDGET} by default. */
  readonly budget?: number
}

export interface RecordStreamSummary {
  readonly rows: number
  /** Whether every request that was handed over is in the file. */
  readonly complete: boolean
  readonly bytes: number
  /** Why rows are missing at the end. */
  readonly problem: ServebenchError | null
}

/**
 * Writes a trial's records as an Arrow IPC stream, one batch per block. Columns of the block go to the file without a
 * copy where their types agree; the block may be used again as soon as `write` returns. A file whose end is missing is
 * readable up to its last whole batch.
 *
 * Writing never throws: when the disk refuses, the file is cut back to its last whole batch and ends there.
 */
export class RecordStream implements Disposable {
  readonly #path: string
  readonly #columns: RecordColumns
  readonly #writer = new BatchWriter()
  readonly #sample: RecordSample
  readonly #kept = new Uint32Array(BLOCK_ROWS)
  #file: number | null
  #rows = 0
  #bytes = 0
  #complete = true
  #problem: ServebenchError | null = null

  /** @throws {ServebenchError} `SERVEBENCH_WRITE` when the file cannot be made. */
  constructor(path: string, options: RecordStreamOptions) {
    this.#path = path
    this.#columns = new RecordColumns(options.streams)
    this.#sample = new RecordSample(options.seed ?? 0, options.oneIn ?? 1, options.budget ?? RECORDS_BUDGET)
    try {
      this.#file = openSync(path, 'w')
    } catch (cause) {
      throw createWriteError(path, cause)
    }
    // The schema goes out at once, so that a trial that is cut off early still leaves a file that can be read.
    this.#writer.write(this.#columns.empty())
    this.#flush()
  }

  /** Appends the first `rows` rows of a block that a worker has filled. */
  write(block: RecordBlock, rows: number, worker: number): void {
    if (rows === 0) return
    if (this.#file === null || !this.#sample.admits(this.#bytes)) {
      this.#complete = false
      return
    }
    const { oneIn } = this.#sample
    const kept = oneIn === 1 ? null : this.#kept.subarray(0, this.#sample.select(block, rows, this.#kept))
    const count = kept === null ? rows : kept.length
    if (count < rows) this.#complete = false
    if (count === 0) return
    this.#writer.write(this.#columns.batch({ block, count, kept, worker, weight: oneIn }))
    if (this.#flush()) this.#rows += count
  }

  /** Ends the stream. Later blocks are not written. */
  close(): RecordStreamSummary {
    if (this.#file !== null) {
      this.#writer.finish()
      this.#flush()
      this.#end()
    }
    return { rows: this.#rows, complete: this.#complete, bytes: this.#bytes, problem: this.#problem }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #flush(): boolean {
    const file = this.#file
    const chunks = this.#writer.take()
    if (file === null) return false
    try {
      this.#bytes += writeChunks(file, chunks)
      return true
    } catch (cause) {
      this.#problem = createWriteError(this.#path, cause)
      this.#complete = false
      try {
        if (fstatSync(file).isFile()) ftruncateSync(file, this.#bytes)
      } catch {
        // Readers cope with a torn batch.
      }
      this.#end()
      return false
    }
  }

  #end(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }
}

/** Collects what Arrow writes as views: its own queue would copy, and hand out asynchronously. */
class BatchWriter extends RecordBatchStreamWriter {
  #chunks: Uint8Array[] = []

  constructor() {
    super({ autoDestroy: false })
  }

  take(): Uint8Array[] {
    const chunks = this.#chunks
    this.#chunks = []
    return chunks
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (this._started && chunk.byteLength > 0) {
      this.#chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
      this._position += chunk.byteLength
    }
    return this
  }
}

/** `writev` may take only a part, and at most 1 024 chunks at once. */
function writeChunks(file: number, chunks: readonly Uint8Array[]): number {
  let total = 0
  let rest = chunks
  while (rest.length > 0) {
    let written = writevSync(file, rest.slice(0, 1024))
    total += written
    let whole = 0
    while (whole < rest.length && written >= (rest[whole] as Uint8Array).byteLength) {
      written -= (rest[whole] as Uint8Array).byteLength
      whole += 1
    }
    rest = rest.slice(whole)
    if (written > 0) rest = [(rest[0] as Uint8Array).subarray(written), ...rest.slice(1)]
  }
  return total
}
