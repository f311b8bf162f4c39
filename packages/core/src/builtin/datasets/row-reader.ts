import { ServebenchError, type Datatype, type TensorArray } from '../../plugin.ts'

/** An element of a column that has a datatype and a shape of its own. A class: rows are data, and may look like anything. */
export class CellArray {
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** `FP16` and `BF16` as bits. */
  readonly data: TensorArray | readonly (string | Uint8Array)[]

  constructor(datatype: Datatype, shape: readonly number[], data: CellArray['data']) {
    this.datatype = datatype
    this.shape = shape
    this.data = data
  }
}

/** Numbers, texts, bytes, lists of them, or {@link CellArray}. */
export type Row = Readonly<Record<string, unknown>>

/** A row, or why there is none. */
export type Reading =
  | { readonly place: string; readonly row: Row }
  | { readonly place: string; readonly bad: string }

/** Rows of a file, in their order; nothing is read before it is asked for. */
export interface RowReader {
  /** `null` where rows have names of their own. */
  readonly columns: readonly string[] | null
  rows(): AsyncIterable<Reading>
}

/** What keeps a whole data set from being used; the message is a sentence about it. */
export function datasetError(message: string, advice?: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_DATASET', message, {
    ...(advice === undefined ? {} : { advice }),
    ...(cause === undefined ? {} : { cause }),
  })
}

/** What keeps one row from being used. */
export class RowError extends Error {}
