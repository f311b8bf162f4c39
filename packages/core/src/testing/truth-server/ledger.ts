import type { Nanos } from '../../units/nanos.ts'
import type { Fault } from './program.ts'

/** Faults by their number in the log; append, never reorder: both threads count with it. */
export const FAULT_KINDS: readonly Fault['kind'][] = [
  'reset',
  'close',
  'half-close',
  'hang',
  'content-length',
  'garbage',
  'raw',
  'rst-stream',
  'goaway',
  'frames',
]

/** How the server's side of a request ended. `abandoned`: the client left first. */
export type RequestOutcome = 'open' | 'answered' | 'abandoned' | Fault['kind']

const OUTCOMES: readonly RequestOutcome[] = ['open', 'answered', 'abandoned', ...FAULT_KINDS]

const COUNTERS = [
  'connections',
  'openConnections',
  'requests',
  'completeRequests',
  'requestBytes',
  'messagesReceived',
  'malformed',
  'overflowed',
  'answers',
  'messagesSent',
  'abandoned',
  'sequenceErrors',
  'inService',
  'maxInService',
  'waiting',
  'maxWaiting',
] as const
export type CounterName = (typeof COUNTERS)[number]

const COUNTER_INDEX = Object.fromEntries(COUNTERS.map((name, index) => [name, index])) as Record<
  CounterName,
  number
>

const COLUMNS = [
  'arrival',
  'complete',
  'begin',
  'answered',
  'unit',
  'connection',
  'bytes',
  'status',
  'outcome',
] as const
export type ColumnName = (typeof COLUMNS)[number]

const STATUSES = 600
const GRPC_STATUSES = 32
const FAULTS_AT = COUNTERS.length
const STATUS_AT = FAULTS_AT + FAULT_KINDS.length
const GRPC_AT = STATUS_AT + STATUSES
const COUNTER_CELLS = GRPC_AT + GRPC_STATUSES

/** The memory of a {@link Ledger}, shared by the server's thread and the test's. */
export interface LedgerMemory {
  readonly counters: SharedArrayBuffer
  readonly columns: SharedArrayBuffer
  readonly rows: number
}

export function createLedgerMemory(rows: number): LedgerMemory {
  return {
    counters: new SharedArrayBuffer(COUNTER_CELLS * 8),
    columns: new SharedArrayBuffer(COLUMNS.length * rows * 8),
    rows,
  }
}

/**
 * What a truth server really received and sent: counters, and one row per request in the order of arrival. The server
 * writes before it sends, so whoever has an answer finds it counted.
 */
export class Ledger {
  readonly rows: number
  readonly #cells: Float64Array
  readonly #columns: Readonly<Record<ColumnName, Float64Array>>

  constructor(memory: LedgerMemory) {
    this.rows = memory.rows
    this.#cells = new Float64Array(memory.counters)
    this.#columns = Object.fromEntries(
      COLUMNS.map((name, index) => [
        name,
        new Float64Array(memory.columns, index * memory.rows * 8, memory.rows),
      ]),
    ) as Record<ColumnName, Float64Array>
  }

  count(name: CounterName, by = 1): void {
    const index = COUNTER_INDEX[name]
    this.#cells[index] = (this.#cells[index] as number) + by
  }

  get(name: CounterName): number {
    return this.#cells[COUNTER_INDEX[name]] as number
  }

  /** Sets a level and remembers its highest value. */
  level(name: 'inService' | 'waiting', value: number): void {
    const highest = COUNTER_INDEX[name === 'inService' ? 'maxInService' : 'maxWaiting']
    this.#cells[COUNTER_INDEX[name]] = value
    if (value > (this.#cells[highest] as number)) this.#cells[highest] = value
  }

  set(row: number, column: ColumnName, value: number): void {
    if (row < this.rows) this.#columns[column][row] = value
  }

  /** A request arrived: makes its row. Rows beyond the capacity are counted, not kept. */
  open(row: number, connection: number, arrival: Nanos): void {
    this.count('requests')
    this.set(row, 'arrival', arrival)
    this.set(row, 'complete', NaN)
    this.set(row, 'begin', NaN)
    this.set(row, 'answered', NaN)
    this.set(row, 'unit', NaN)
    this.set(row, 'connection', connection)
    this.set(row, 'bytes', 0)
    this.set(row, 'status', 0)
    this.set(row, 'outcome', 0)
  }

  answered(row: number, at: Nanos, status: number, grpcStatus: number | null): void {
    this.count('answers')
    this.#settle(row, at, 1)
    this.set(row, 'status', status)
    this.#cells[STATUS_AT + status] = (this.#cells[STATUS_AT + status] as number) + 1
    if (grpcStatus !== null) {
      const index = GRPC_AT + Math.min(grpcStatus, GRPC_STATUSES - 1)
      this.#cells[index] = (this.#cells[index] as number) + 1
    }
  }

  faulted(row: number, at: Nanos, kind: Fault['kind']): void {
    const index = FAULT_KINDS.indexOf(kind)
    this.#cells[FAULTS_AT + index] = (this.#cells[FAULTS_AT + index] as number) + 1
    this.#settle(row, at, 3 + index)
  }

  abandoned(row: number, at: Nanos): void {
    this.count('abandoned')
    this.#settle(row, at, 2)
  }

  #settle(row: number, at: Nanos, outcome: number): void {
    this.set(row, 'answered', at)
    this.set(row, 'outcome', outcome)
  }

  /** Forgets everything except the connections that are open and the requests that are being served. */
  clear(): void {
    const open = this.get('openConnections')
    const inService = this.get('inService')
    const waiting = this.get('waiting')
    this.#cells.fill(0)
    this.count('connections', open)
    this.count('openConnections', open)
    this.level('inService', inService)
    this.level('waiting', waiting)
  }

  counters(): TruthCounters {
    const plain = Object.fromEntries(COUNTERS.map((name) => [name, this.get(name)])) as Record<
      CounterName,
      number
    >
    return {
      ...plain,
      unlogged: Math.max(0, plain.requests - this.rows),
      faults: this.#nonZero(FAULTS_AT, FAULT_KINDS.length, (index) => FAULT_KINDS[index] as string),
      statuses: this.#nonZero(STATUS_AT, STATUSES, String),
      grpcStatuses: this.#nonZero(GRPC_AT, GRPC_STATUSES, String),
    }
  }

  #nonZero(from: number, length: number, name: (index: number) => string): Record<string, number> {
    const counts: Record<string, number> = {}
    for (let index = 0; index < length; index++) {
      const count = this.#cells[from + index] as number
      if (count > 0) counts[name(index)] = count
    }
    return counts
  }

  /** A copy of the log as it is now. */
  log(): ArrivalLog {
    const count = Math.min(this.get('requests'), this.rows)
    const column = (name: ColumnName) => this.#columns[name].slice(0, count)
    const outcomes = column('outcome')
    return {
      count,
      arrival: column('arrival'),
      complete: column('complete'),
      begin: column('begin'),
      answered: column('answered'),
      unit: column('unit'),
      connection: column('connection'),
      bytes: column('bytes'),
      status: column('status'),
      outcome: Array.from(outcomes, (code) => OUTCOMES[code] as RequestOutcome),
    }
  }
}

/**
 * requests = answers + all faults + abandoned + those still open. A request counts as soon as its header block is
 * complete.
 */
export interface TruthCounters extends Readonly<Record<CounterName, number>> {
  /** Requests that the log had no room for. */
  readonly unlogged: number
  /** Requests by the fault they met: `{ reset: 3 }`. */
  readonly faults: Readonly<Record<string, number>>
  /** Complete answers by HTTP status: `{ '200': 97 }`. */
  readonly statuses: Readonly<Record<string, number>>
  /** Complete answers to gRPC calls by gRPC status: `{ '0': 97 }`. */
  readonly grpcStatuses: Readonly<Record<string, number>>
}

/**
 * One row per request, in the order of arrival; instants in nanoseconds since the server's `origin`, NaN where
 * something has not happened.
 */
export interface ArrivalLog {
  readonly count: number
  /** The read that brought the request's first byte. */
  readonly arrival: Float64Array
  /** The read that brought its last byte. */
  readonly complete: Float64Array
  /** Service began: later than `complete` by the time in the queue. */
  readonly begin: Float64Array
  /** The last byte of the answer was handed to the operating system, or the fault happened. */
  readonly answered: Float64Array
  readonly unit: Float64Array
  readonly connection: Float64Array
  /** Of the request's body. */
  readonly bytes: Float64Array
  /** The status of a complete answer, else 0. */
  readonly status: Float64Array
  readonly outcome: readonly RequestOutcome[]
}
