import {
  Dictionary,
  Field,
  Float32,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Uint16,
  Uint32,
  Uint8,
  Utf8,
  vectorFromArray,
  type Data,
  type DataType,
  type Vector,
} from 'apache-arrow'
import { FAILURE_NAMES, OUTCOME_NAMES } from '../engine/outcome.ts'
import { BLOCK_ROWS, failureKindOf, failureStatusOf, PHASE_NAMES, type RecordBlock } from './record-block.ts'

/** A stream of the trial, and the label of each payload in its ring. */
export interface RecordStreamNames {
  readonly name: string
  readonly labels: readonly (string | undefined)[]
}

/** Rows of a block on their way into a batch. */
interface Rows {
  readonly block: RecordBlock
  readonly count: number
  /** Positions of the rows; `null`: the first `count`. */
  readonly kept: Uint32Array | null
  readonly worker: number
  /** Requests that each row stands for. */
  readonly weight: number
}

type Values = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array
type BlockColumn = {
  [Name in keyof RecordBlock]: RecordBlock[Name] extends Values ? Name : never
}[keyof RecordBlock]

interface Column {
  readonly name: string
  readonly type: DataType
  /** The column of the block that holds the values, when one does. */
  readonly source: BlockColumn | null
  readonly fill: (values: Values, rows: Rows) => void
  /** The value that stands for null; `null` where there is none. */
  readonly missing: number | null
}

const NO_LABEL = 255
const NAME_INDEX = new Uint8()
const DICTIONARY_IDS = { stream: 1, label: 2, phase: 3, outcome: 4, failure: 5 } as const
type NamedColumn = keyof typeof DICTIONARY_IDS

/**
 * The columns of a record file, and the memory for those that a block does not hold as they stand in the file. Blocks
 * have doubles where an engine adds up; the file has the narrowest type that loses nothing (server durations as
 * 32-bit floats: 60 ns in a second). A row takes 88 bytes.
 */
export class RecordColumns {
  readonly #columns: readonly Column[]
  readonly #schema: Schema
  readonly #names: ReadonlyMap<string, Vector<Utf8>>
  readonly #scratch: readonly Values[]
  readonly #validity: readonly Uint8Array[]

  constructor(streams: readonly RecordStreamNames[]) {
    const labels = [...new Set(streams.flatMap((stream) => stream.labels))].filter(
      (label) => label !== undefined,
    )
    this.#columns = describeColumns(streams, labels)
    this.#names = new Map<NamedColumn, Vector<Utf8>>([
      ['stream', namesVector(streams.map((stream) => stream.name))],
      ['label', namesVector(labels.slice(0, NO_LABEL))],
      ['phase', namesVector(PHASE_NAMES)],
      ['outcome', namesVector(OUTCOME_NAMES)],
      ['failure', namesVector(FAILURE_NAMES)],
    ])
    this.#schema = new Schema(
      this.#columns.map(({ name, type, missing }) => new Field(name, type, missing !== null)),
    )
    this.#scratch = this.#columns.map(
      ({ type }) => new (type.ArrayType as new (length: number) => Values)(BLOCK_ROWS),
    )
    this.#validity = this.#columns.map(({ missing }) => new Uint8Array(missing === null ? 0 : BLOCK_ROWS / 8))
  }

  /** Valid until the next call: it may view the block and the scratch memory. */
  batch(rows: Rows): RecordBatch {
    return this.#assemble(
      rows.count,
      this.#columns.map((column, index) => {
        const scratch = (this.#scratch[index] as Values).subarray(0, rows.count)
        const values = this.#values(column, scratch, rows)
        return this.#data(column, values, rows.count, this.#validity[index] as Uint8Array)
      }),
    )
  }

  /** A batch without rows, which carries the schema. */
  empty(): RecordBatch {
    return this.#assemble(
      0,
      this.#columns.map((column, index) =>
        this.#data(
          column,
          (this.#scratch[index] as Values).subarray(0, 0),
          0,
          this.#validity[index] as Uint8Array,
        ),
      ),
    )
  }

  #values(column: Column, scratch: Values, rows: Rows): Values {
    if (column.source !== null && rows.kept === null) {
      const values = rows.block[column.source]
      if (values.constructor === scratch.constructor) return values.subarray(0, rows.count)
    }
    column.fill(scratch, rows)
    return scratch
  }

  #data(column: Column, values: Values, count: number, validity: Uint8Array): Data {
    const nullCount = column.missing === null ? 0 : markValid(values, column.missing, validity)
    const props = {
      type: column.type,
      length: count,
      nullCount,
      nullBitmap: nullCount === 0 ? null : validity.subarray(0, Math.ceil(count / 8)),
      data: values,
      dictionary: this.#names.get(column.name),
    }
    return makeData(props as unknown as Parameters<typeof makeData>[0])
  }

  #assemble(count: number, children: readonly Data[]): RecordBatch {
    const type = new Struct(this.#schema.fields)
    return new RecordBatch(
      this.#schema,
      makeData({ type, length: count, nullCount: 0, children: [...children] }),
    )
  }
}

function describeColumns(
  streams: readonly RecordStreamNames[],
  labels: readonly string[],
): readonly Column[] {
  const rings = streams.map((stream) =>
    stream.labels.map((label) => (label === undefined ? NO_LABEL : labels.indexOf(label))),
  )
  return [
    taken('unit', new Float64(), 'unit'),
    taken('index', new Int32(), 'index'),
    taken('attempt', new Uint8(), 'attempt'),
    taken('stream', named('stream'), 'stream'),
    derived(
      'label',
      named('label'),
      ({ block }, row) => rings[block.stream[row] as number]?.[block.payload[row] as number] ?? NO_LABEL,
      NO_LABEL,
    ),
    derived('worker', new Uint16(), ({ worker }) => worker),
    taken('phase', named('phase'), 'phase'),
    taken('outcome', named('outcome'), 'outcome'),
    derived('failure', named('failure'), ({ block }, row) => failureKindOf(block.code[row] as number)),
    derived('code', new Uint16(), ({ block }, row) => failureStatusOf(block.code[row] as number)),
    taken('intended', new Float64(), 'intended'),
    taken('dispatched', new Float64(), 'dispatched', NaN),
    taken('sent', new Float64(), 'sent', NaN),
    taken('first_byte', new Float64(), 'firstByte', NaN),
    taken('completion', new Float64(), 'completion', NaN),
    taken('bytes_out', new Uint32(), 'bytesOut'),
    taken('bytes_in', new Uint32(), 'bytesIn'),
    taken('items', new Int32(), 'items'),
    taken('messages', new Int32(), 'messages'),
    taken('server_queue', new Float32(), 'serverQueue', NaN),
    taken('server_compute', new Float32(), 'serverCompute', NaN),
    derived('weight', new Uint16(), ({ weight }) => weight),
  ]
}

function taken(name: string, type: DataType, source: BlockColumn, missing: number | null = null): Column {
  return {
    name,
    type,
    source,
    missing,
    fill: (values, { block, count, kept }) => {
      const column = block[source]
      for (let index = 0; index < count; index++) {
        values[index] = column[kept === null ? index : (kept[index] as number)] as number
      }
    },
  }
}

function derived(
  name: string,
  type: DataType,
  read: (rows: Rows, row: number) => number,
  missing: number | null = null,
): Column {
  return {
    name,
    type,
    source: null,
    missing,
    fill: (values, rows) => {
      const { count, kept } = rows
      for (let index = 0; index < count; index++) {
        values[index] = read(rows, kept === null ? index : (kept[index] as number))
      }
    },
  }
}

function named(column: NamedColumn): DataType {
  return new Dictionary(new Utf8(), NAME_INDEX, DICTIONARY_IDS[column])
}

function namesVector(names: readonly string[]): Vector<Utf8> {
  return vectorFromArray(names.length === 0 ? [''] : names, new Utf8())
}

/** Sets the bit of each value that is there; returns how many are not. */
function markValid(values: Values, missing: number, validity: Uint8Array): number {
  let absent = 0
  const nan = Number.isNaN(missing)
  for (let index = 0; index < values.length; index += 8) {
    let bits = 0
    const end = Math.min(8, values.length - index)
    for (let bit = 0; bit < end; bit++) {
      const value = values[index + bit] as number
      if (nan ? value === value : value !== missing) bits |= 1 << bit
      else absent += 1
    }
    validity[index >> 3] = bits
  }
  return absent
}
