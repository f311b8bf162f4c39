/** Where an open exchange stands. */
export const SlotState = {
  free: 0,
  /** Handed to its session. */
  open: 1,
  /** Past its deadline and cancelled; its settlement will be recorded as timed out. */
  timedOut: 2,
  /** Open at the drain deadline and cancelled; its settlement will be recorded as censored. */
  censored: 3,
} as const
export type SlotState = (typeof SlotState)[keyof typeof SlotState]

/**
 * The state of every exchange in flight, one integer slot each, as columns. Slots are taken and released from a stack;
 * the table doubles when it is exhausted, up to its limit, so nothing is allocated per request.
 */
export class SlotTable {
  readonly limit: number
  capacity: number
  intended: Float64Array
  dispatched: Float64Array
  sent: Float64Array
  firstByte: Float64Array
  lastMessage: Float64Array
  serverQueue: Float64Array
  serverCompute: Float64Array
  unit: Float64Array
  bytesIn: Float64Array
  index: Int32Array
  walker: Int32Array
  payload: Int32Array
  messages: Int32Array
  written: Int32Array
  state: Uint8Array
  stream: Uint8Array
  attempt: Uint8Array
  #free: Int32Array
  #freeCount: number

  constructor(limit: number, initial = 64) {
    this.limit = Math.max(1, limit)
    this.capacity = Math.min(this.limit, initial)
    const size = this.capacity
    this.intended = new Float64Array(size)
    this.dispatched = new Float64Array(size)
    this.sent = new Float64Array(size)
    this.firstByte = new Float64Array(size)
    this.lastMessage = new Float64Array(size)
    this.serverQueue = new Float64Array(size)
    this.serverCompute = new Float64Array(size)
    this.unit = new Float64Array(size)
    this.bytesIn = new Float64Array(size)
    this.index = new Int32Array(size)
    this.walker = new Int32Array(size)
    this.payload = new Int32Array(size)
    this.messages = new Int32Array(size)
    this.written = new Int32Array(size)
    this.state = new Uint8Array(size)
    this.stream = new Uint8Array(size)
    this.attempt = new Uint8Array(size)
    this.#free = new Int32Array(size)
    this.#freeCount = size
    for (let index = 0; index < size; index++) this.#free[index] = size - 1 - index
  }

  get inUse(): number {
    return this.capacity - this.#freeCount
  }

  /** A free slot, or −1 when all `limit` slots are in use. */
  take(): number {
    if (this.#freeCount === 0 && !this.#grow()) return -1
    this.#freeCount -= 1
    return this.#free[this.#freeCount] as number
  }

  release(slot: number): void {
    this.state[slot] = SlotState.free
    this.#free[this.#freeCount] = slot
    this.#freeCount += 1
  }

  #grow(): boolean {
    if (this.capacity >= this.limit) return false
    const before = this.capacity
    const size = Math.min(this.limit, before * 2)
    this.intended = grown(this.intended, size)
    this.dispatched = grown(this.dispatched, size)
    this.sent = grown(this.sent, size)
    this.firstByte = grown(this.firstByte, size)
    this.lastMessage = grown(this.lastMessage, size)
    this.serverQueue = grown(this.serverQueue, size)
    this.serverCompute = grown(this.serverCompute, size)
    this.unit = grown(this.unit, size)
    this.bytesIn = grown(this.bytesIn, size)
    this.index = grown(this.index, size)
    this.walker = grown(this.walker, size)
    this.payload = grown(this.payload, size)
    this.messages = grown(this.messages, size)
    this.written = grown(this.written, size)
    this.state = grown(this.state, size)
    this.stream = grown(this.stream, size)
    this.attempt = grown(this.attempt, size)
    this.#free = new Int32Array(size)
    this.#freeCount = size - before
    for (let index = 0; index < this.#freeCount; index++) this.#free[index] = size - 1 - index
    this.capacity = size
    return true
  }
}

type Column = Float64Array | Int32Array | Uint8Array

function grown<T extends Column>(column: T, size: number): T {
  const larger = new (column.constructor as new (size: number) => T)(size)
  larger.set(column)
  return larger
}
