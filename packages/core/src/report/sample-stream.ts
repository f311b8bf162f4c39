import {
  Dictionary,
  Field,
  Float64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Uint16,
  Utf8,
  vectorFromArray,
  type Vector,
} from 'apache-arrow'
import type { ServebenchError } from '../errors/servebench-error.ts'
import { ArrowFile } from './arrow-file.ts'

const BATCH_ROWS = 4096

export interface SampleStreamSummary {
  readonly rows: number
  /** Whether every reading is in the file. */
  readonly complete: boolean
  readonly problem: ServebenchError | null
}

/**
 * Writes a trial's gauge readings as an Arrow IPC stream, readable up to its last whole batch: `gauge`, and `value` from
 * `from` until `until` in nanoseconds since the load started. What was not to be had is not in it.
 */
export class SampleStream {
  readonly #names: Vector<Utf8>
  readonly #gaugeType = new Dictionary(new Utf8(), new Uint16(), 1)
  readonly #schema: Schema
  readonly #file: ArrowFile
  readonly #gauge = new Uint16Array(BATCH_ROWS)
  readonly #from = new Float64Array(BATCH_ROWS)
  readonly #until = new Float64Array(BATCH_ROWS)
  readonly #value = new Float64Array(BATCH_ROWS)
  #waiting = 0
  #rows = 0
  #complete = true

  /**
   * @param gauges the names of all gauges
   * @throws {ServebenchError} `SERVEBENCH_WRITE` when the file cannot be made
   */
  constructor(path: string, gauges: readonly string[]) {
    this.#names = vectorFromArray([...gauges], new Utf8())
    this.#schema = new Schema([
      new Field('gauge', this.#gaugeType, false),
      new Field('from', new Float64(), false),
      new Field('until', new Float64(), false),
      new Field('value', new Float64(), false),
    ])
    this.#file = new ArrowFile(path, this.#batch())
  }

  /** @param gauge its place in the names */
  write(gauge: number, from: number, until: number, value: number): void {
    const row = this.#waiting
    this.#gauge[row] = gauge
    this.#from[row] = from
    this.#until[row] = until
    this.#value[row] = value
    this.#waiting += 1
    if (this.#waiting === BATCH_ROWS) this.flush()
  }

  /** Puts what has been written so far on the disk, as a batch. */
  flush(): void {
    if (this.#waiting === 0) return
    if (this.#file.write(this.#batch())) this.#rows += this.#waiting
    else this.#complete = false
    this.#waiting = 0
  }

  close(): SampleStreamSummary {
    this.flush()
    this.#file.close()
    const { problem } = this.#file
    return { rows: this.#rows, complete: this.#complete && problem === null, problem }
  }

  #batch(): RecordBatch {
    const length = this.#waiting
    const number = (values: Float64Array) =>
      makeData({ type: new Float64(), length, nullCount: 0, data: values.subarray(0, length) })
    const children = [
      makeData({
        type: this.#gaugeType,
        length,
        nullCount: 0,
        data: this.#gauge.subarray(0, length),
        dictionary: this.#names,
      }),
      number(this.#from),
      number(this.#until),
      number(this.#value),
    ]
    const type = new Struct(this.#schema.fields)
    return new RecordBatch(this.#schema, makeData({ type, length, nullCount: 0, children }))
  }
}
