/**
 * A block of request records: columns side by side in one shared buffer, written by a load worker row by row and read
 * by the aide as a whole. Instants are nanoseconds from the trial's origin, NaN where the thing did not happen.
 */
export interface RecordBlock {
  readonly buffer: SharedArrayBuffer
  /** Rows the block can hold. */
  readonly capacity: number
  readonly unit: Float64Array
  readonly intended: Float64Array
  readonly dispatched: Float64Array
  readonly sent: Float64Array
  readonly firstByte: Float64Array
  readonly completion: Float64Array
  /** Nanoseconds, as the server reported them; NaN when it did not. */
  readonly serverQueue: Float64Array
  readonly serverCompute: Float64Array
  readonly bytesOut: Float64Array
  readonly bytesIn: Float64Array
  /** Step within the unit. */
  readonly index: Int32Array
  /** `FailureKind × 1000 + status`; 0 without a failure. See {@link failureCode}. */
  readonly code: Int32Array
  readonly items: Int32Array
  readonly messages: Int32Array
  /** Index of the payload in its stream's ring: gives the label. −1 when nothing was sent. */
  readonly payload: Int32Array
  readonly attempt: Uint8Array
  readonly outcome: Uint8Array
  readonly phase: Uint8Array
  readonly stream: Uint8Array
}

/** Rows per block unless stated otherwise. */
export const BLOCK_ROWS = 65_536

/** Phases as they stand in records: by the intended instant. */
export const RecordPhase = { warmup: 0, measurement: 1, drain: 2 } as const
export type RecordPhase = (typeof RecordPhase)[keyof typeof RecordPhase]
export const PHASE_NAMES = ['warmup', 'measurement', 'drain'] as const

const FLOATS = 10
const INTEGERS = 5
const BYTES = 4

/** Lays the columns out over a buffer (a new one by default): 104 bytes per row. */
export function createRecordBlock(capacity: number = BLOCK_ROWS, buffer?: SharedArrayBuffer): RecordBlock {
  const memory = buffer ?? new SharedArrayBuffer(capacity * (FLOATS * 8 + INTEGERS * 4 + BYTES))
  let offset = 0
  const float = (): Float64Array => {
    const column = new Float64Array(memory, offset, capacity)
    offset += capacity * 8
    return column
  }
  const integer = (): Int32Array => {
    const column = new Int32Array(memory, offset, capacity)
    offset += capacity * 4
    return column
  }
  const byte = (): Uint8Array => {
    const column = new Uint8Array(memory, offset, capacity)
    offset += capacity
    return column
  }
  return {
    buffer: memory,
    capacity,
    unit: float(),
    intended: float(),
    dispatched: float(),
    sent: float(),
    firstByte: float(),
    completion: float(),
    serverQueue: float(),
    serverCompute: float(),
    bytesOut: float(),
    bytesIn: float(),
    index: integer(),
    code: integer(),
    items: integer(),
    messages: integer(),
    payload: integer(),
    attempt: byte(),
    outcome: byte(),
    phase: byte(),
    stream: byte(),
  }
}

/** One number for a failure's kind and status. */
export function failureCode(kind: number, status: number): number {
  return kind * 1000 + Math.min(status, 999)
}
export function failureKindOf(code: number): number {
  return Math.floor(code / 1000)
}
export function failureStatusOf(code: number): number {
  return code % 1000
}
