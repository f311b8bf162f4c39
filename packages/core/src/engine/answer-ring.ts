/**
 * A bounded queue of answers from one load worker (which never waits) to the aide, in shared memory: single producer,
 * single consumer. An answer that does not fit is simply not checked; `counts.checked` tells.
 *
 * Layout: two Int32 positions (bytes written and read, modulo 2^32), then the bytes. An entry never wraps: the rest of
 * the ring is skipped when the next entry does not fit before its end.
 */
const WRITTEN = 0
const READ = 1
const HEADER = 64
const SKIP = 0xffffffff

/** Fixed part of an entry, in 4-byte words: see {@link AnswerEntry}. */
const ENTRY_BYTES = 64

export interface AnswerEntry {
  readonly stream: number
  readonly unit: number
  readonly index: number
  readonly payload: number
  readonly phase: number
  readonly status: number
  readonly intended: number
  readonly completion: number
  readonly head: Uint8Array
  readonly messages: readonly Uint8Array[]
}

/** What the producer writes at the start of an entry. */
export interface EntryFields {
  stream: number
  unit: number
  index: number
  payload: number
  phase: number
  status: number
  intended: number
  completion: number
}

export class AnswerRing {
  readonly buffer: SharedArrayBuffer
  readonly #positions: Int32Array
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #size: number

  /** @param buffer 64 bytes more than a power of two */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#positions = new Int32Array(buffer, 0, 2)
    this.#bytes = new Uint8Array(buffer, HEADER)
    this.#view = new DataView(buffer, HEADER)
    this.#size = this.#bytes.length
    if ((this.#size & (this.#size - 1)) !== 0) throw new RangeError('The size of a ring is a power of two.')
  }

  static create(bytes: number = 8 * 1024 * 1024): AnswerRing {
    return new AnswerRing(new SharedArrayBuffer(HEADER + bytes))
  }

  /** Nothing waits any more, for another producer and consumer. */
  reset(): void {
    this.#positions.fill(0)
  }

  /** Bytes that wait for the consumer. */
  get used(): number {
    return (Atomics.load(this.#positions, WRITTEN) - Atomics.load(this.#positions, READ)) >>> 0
  }
  get size(): number {
    return this.#size
  }

  /**
   * @param bytes the header block, then the messages, back to back
   * @param ends where each message ends in `bytes`
   * @returns whether it fitted
   */
  push(
    fields: EntryFields,
    bytes: Uint8Array,
    length: number,
    headLength: number,
    ends: Int32Array,
    count: number,
  ): boolean {
    const need = (ENTRY_BYTES + count * 4 + length + 7) & ~7
    const written = Atomics.load(this.#positions, WRITTEN)
    const free = this.#size - ((written - Atomics.load(this.#positions, READ)) >>> 0)
    let at = written & (this.#size - 1)
    const rest = this.#size - at
    const skipped = need > rest ? rest : 0
    if (need + skipped > free) return false
    if (skipped > 0) {
      this.#view.setUint32(at, SKIP, true)
      at = 0
    }
    const view = this.#view
    view.setUint32(at, need, true)
    view.setUint32(at + 4, length, true)
    view.setUint32(at + 8, headLength, true)
    view.setUint32(at + 12, count, true)
    view.setUint32(at + 16, fields.stream, true)
    view.setInt32(at + 20, fields.index, true)
    view.setInt32(at + 24, fields.payload, true)
    view.setUint16(at + 28, fields.phase, true)
    view.setUint16(at + 30, fields.status, true)
    view.setFloat64(at + 32, fields.unit, true)
    view.setFloat64(at + 40, fields.intended, true)
    view.setFloat64(at + 48, fields.completion, true)
    for (let index = 0; index < count; index++)
      view.setInt32(at + ENTRY_BYTES + index * 4, ends[index] as number, true)
    const body = at + ENTRY_BYTES + count * 4
    this.#bytes.set(length === bytes.length ? bytes : bytes.subarray(0, length), body)
    Atomics.store(this.#positions, WRITTEN, (written + skipped + need) | 0)
    return true
  }

  /** The oldest entry, copied out; `null` when there is none. */
  shift(): AnswerEntry | null {
    const read = Atomics.load(this.#positions, READ)
    if (Atomics.load(this.#positions, WRITTEN) === read) return null
    let at = read & (this.#size - 1)
    let skipped = 0
    if (this.#view.getUint32(at, true) === SKIP) {
      skipped = this.#size - at
      at = 0
    }
    const view = this.#view
    const need = view.getUint32(at, true)
    const length = view.getUint32(at + 4, true)
    const headLength = view.getUint32(at + 8, true)
    const count = view.getUint32(at + 12, true)
    const body = at + ENTRY_BYTES + count * 4
    const copy = this.#bytes.slice(body, body + length)
    const messages: Uint8Array[] = []
    let from = headLength
    for (let index = 0; index < count; index++) {
      const end = view.getInt32(at + ENTRY_BYTES + index * 4, true)
      messages.push(copy.subarray(from, end))
      from = end
    }
    const entry: AnswerEntry = {
      stream: view.getUint32(at + 16, true),
      index: view.getInt32(at + 20, true),
      payload: view.getInt32(at + 24, true),
      phase: view.getUint16(at + 28, true),
      status: view.getUint16(at + 30, true),
      unit: view.getFloat64(at + 32, true),
      intended: view.getFloat64(at + 40, true),
      completion: view.getFloat64(at + 48, true),
      head: copy.subarray(0, headLength),
      messages,
    }
    Atomics.store(this.#positions, READ, (read + skipped + need) | 0)
    return entry
  }
}
