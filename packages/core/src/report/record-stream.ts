import type { ServebenchError } from '../errors/servebench-error.ts'
import { ArrowFile } from './arrow-file.ts'
import { BLOCK_ROWS, type RecordBlock } from './record-block.ts'
import { RecordColumns, type RecordStreamNames } from './record-columns.ts'
import { RecordSample } from './record-sample.ts'
import { RECORDS_BUDGET } from './records-budget.ts'

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
  readonly #columns: RecordColumns
  readonly #file: ArrowFile
  readonly #sample: RecordSample
  readonly #kept = new Uint32Array(BLOCK_ROWS)
  #rows = 0
  #complete = true

  /** @throws {ServebenchError} `SERVEBENCH_WRITE` when the file cannot be made. */
  constructor(path: string, options: RecordStreamOptions) {
    this.#columns = new RecordColumns(options.streams)
    this.#sample = new RecordSample(options.seed ?? 0, options.oneIn ?? 1, options.budget ?? RECORDS_BUDGET)
    this.#file = new ArrowFile(path, this.#columns.empty())
  }

  /** Appends the first `rows` rows of a block that a worker has filled. */
  write(block: RecordBlock, rows: number, worker: number): void {
    if (rows === 0) return
    if (!this.#file.isOpen || !this.#sample.admits(this.#file.bytes)) {
      this.#complete = false
      return
    }
    const { oneIn } = this.#sample
    const kept = oneIn === 1 ? null : this.#kept.subarray(0, this.#sample.select(block, rows, this.#kept))
    const count = kept === null ? rows : kept.length
    if (count < rows) this.#complete = false
    if (count === 0) return
    if (this.#file.write(this.#columns.batch({ block, count, kept, worker, weight: oneIn })))
      this.#rows += count
    else this.#complete = false
  }

  /** Ends the stream. Later blocks are not written. */
  close(): RecordStreamSummary {
    this.#file.close()
    const { bytes, problem } = this.#file
    return { rows: this.#rows, complete: this.#complete && problem === null, bytes, problem }
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
