import { readFileSync } from 'node:fs'
import type { Data, RecordBatch, Table, Vector } from 'apache-arrow'
import { ServebenchError } from '../errors/servebench-error.ts'

/** The requests of a trial, column by column; docs/results.md says what the columns are. */
export interface Records {
  readonly rows: number
  /** Numbers of a column; NaN where there is none. */
  numbers(column: string): Float64Array
  /** Names of a column such as `stream`, `phase`, `outcome`; `null` where there is none. */
  names(column: string): readonly (string | null)[]
}

/**
 * Reads a record file into memory; one that a killed run has left without its end, too.
 * @throws {ServebenchError} `SERVEBENCH_RECORDS` when it cannot be read
 */
export async function readRecords(path: string): Promise<Records> {
  const { RecordBatchReader, Table: ArrowTable } = await import('apache-arrow')
  const batches: RecordBatch[] = []
  try {
    for (const batch of RecordBatchReader.from(readFileSync(path))) batches.push(batch)
  } catch (cause) {
    // A torn end leaves what stands before it; a file without anything is none.
    if (batches.length === 0) throw recordsError(path, (cause as Error).message, cause)
  }
  if (batches.length === 0) throw recordsError(path, 'it is no Arrow stream')
  return new RecordTable(new ArrowTable(batches), path)
}

class RecordTable implements Records {
  readonly rows: number
  readonly #table: Table
  readonly #path: string

  constructor(table: Table, path: string) {
    this.#table = table
    this.#path = path
    this.rows = table.numRows
  }

  numbers(column: string): Float64Array {
    const values = new Float64Array(this.rows)
    let at = 0
    for (const data of this.#column(column).data) {
      copyNumbers(data, values.subarray(at, at + data.length))
      at += data.length
    }
    return values
  }

  names(column: string): readonly (string | null)[] {
    return [...this.#column(column)] as (string | null)[]
  }

  #column(name: string): Vector {
    const vector = this.#table.getChild(name)
    if (vector !== null) return vector
    throw recordsError(this.#path, `it has no column '${name}'`)
  }
}

function copyNumbers(data: Data, target: Float64Array): void {
  target.set((data.values as Float64Array).subarray(0, data.length))
  if (data.nullCount === 0) return
  for (let index = 0; index < data.length; index++) {
    if (!data.getValid(index)) target[index] = NaN
  }
}

function recordsError(path: string, why: string, cause?: unknown): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_RECORDS',
    `The records ${path} cannot be read: ${why.replace(/\.$/, '')}.`,
    {
      advice:
        'Only files that servebench has written are read here; other programs read them as Arrow IPC streams.',
      cause,
    },
  )
}
