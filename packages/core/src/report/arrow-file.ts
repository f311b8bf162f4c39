import { RecordBatchStreamWriter, type RecordBatch } from 'apache-arrow'
import { closeSync, fstatSync, ftruncateSync, openSync, writevSync } from 'node:fs'
import type { ServebenchError } from '../errors/servebench-error.ts'
import { createWriteError } from './write-error.ts'

/**
 * An Arrow IPC stream on the disk, written batch by batch. A file whose end is missing is readable up to its last whole
 * batch. Writing never throws: when the disk refuses, the file is cut back to its last whole batch and ends there.
 */
export class ArrowFile {
  readonly #path: string
  readonly #writer = new BatchWriter()
  #file: number | null
  #bytes = 0
  #problem: ServebenchError | null = null

  /**
   * @param empty a batch without rows. It goes out at once, with the schema, so that a trial that is cut off early still
   * leaves a file that can be read.
   * @throws {ServebenchError} `SERVEBENCH_WRITE` when the file cannot be made
   */
  constructor(path: string, empty: RecordBatch) {
    this.#path = path
    try {
      this.#file = openSync(path, 'w')
    } catch (cause) {
      throw createWriteError(path, cause)
    }
    this.write(empty)
  }

  get isOpen(): boolean {
    return this.#file !== null
  }
  get bytes(): number {
    return this.#bytes
  }
  /** Why the file ends early. */
  get problem(): ServebenchError | null {
    return this.#problem
  }

  /** The batch may be changed as soon as this returns. `false` when it is not in the file. */
  write(batch: RecordBatch): boolean {
    this.#writer.write(batch)
    return this.#flush()
  }

  close(): void {
    if (this.#file === null) return
    this.#writer.finish()
    this.#flush()
    this.#end()
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
