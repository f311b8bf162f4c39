import type { Nanos } from '../units/nanos.ts'
import type { AnswerRing, EntryFields } from './answer-ring.ts'
import type { SlotTable } from './slot-table.ts'

const NONE = -1

/**
 * Collects the bytes of the answers that `check` is to see, on the load thread, and hands each complete one to the
 * aide. The buffers are reused; an answer above `limit`, or one that finds the ring full, goes unchecked.
 */
export class AnswerCapture {
  readonly #ring: AnswerRing
  readonly #limit: number
  readonly #free: CaptureBuffer[] = []
  readonly #buffers: CaptureBuffer[] = []
  #slots: Int32Array = new Int32Array(64).fill(NONE)
  readonly #fields: EntryFields = {
    stream: 0,
    unit: 0,
    index: 0,
    payload: 0,
    phase: 0,
    status: 0,
    intended: 0,
    completion: 0,
  }

  constructor(ring: AnswerRing, limit: number = ring.size >> 2) {
    this.#ring = ring
    this.#limit = limit
  }

  /** Starts to capture for a slot. `false` while the aide is behind: the answer is then not captured at all. */
  begin(slot: number): boolean {
    if (this.#ring.used > this.#ring.size >> 1) {
      this.discard(slot)
      return false
    }
    if (slot >= this.#slots.length) this.#growSlots(slot)
    const old = this.#slots[slot] as number
    let buffer = old === NONE ? this.#free.pop() : this.#buffers[old]
    if (buffer === undefined) {
      buffer = new CaptureBuffer(this.#buffers.length)
      this.#buffers.push(buffer)
    }
    buffer.reset()
    this.#slots[slot] = buffer.index
    return true
  }

  head(slot: number, status: number, bytes: Uint8Array, start: number, end: number): void {
    const buffer = this.#buffers[this.#slots[slot] as number]
    if (buffer === undefined) return
    buffer.status = status
    buffer.append(bytes, start, end, this.#limit)
    buffer.headLength = buffer.length
  }

  body(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.#buffers[this.#slots[slot] as number]?.append(bytes, start, end, this.#limit)
  }

  /** A message is complete. */
  boundary(slot: number): void {
    this.#buffers[this.#slots[slot] as number]?.mark()
  }

  publish(slot: number, stream: number, slots: SlotTable, phase: number, completion: Nanos): void {
    const buffer = this.#buffers[this.#slots[slot] as number]
    if (buffer === undefined) return
    if (!buffer.overflown) {
      const fields = this.#fields
      fields.stream = stream
      fields.unit = slots.unit[slot] as number
      fields.index = slots.index[slot] as number
      fields.payload = slots.payload[slot] as number
      fields.phase = phase
      fields.status = buffer.status
      fields.intended = slots.intended[slot] as number
      fields.completion = completion
      // A protocol without message boundaries has one message: all that followed the head.
      if (buffer.marks === 0 || (buffer.ends[buffer.marks - 1] as number) < buffer.length) buffer.mark()
      this.#ring.push(fields, buffer.bytes, buffer.length, buffer.headLength, buffer.ends, buffer.marks)
    }
    this.discard(slot)
  }

  discard(slot: number): void {
    const index = this.#slots[slot] ?? NONE
    if (index === NONE) return
    this.#slots[slot] = NONE
    this.#free.push(this.#buffers[index] as CaptureBuffer)
  }

  #growSlots(slot: number): void {
    let size = this.#slots.length
    while (size <= slot) size *= 2
    const larger = new Int32Array(size).fill(NONE)
    larger.set(this.#slots)
    this.#slots = larger
  }
}

class CaptureBuffer {
  readonly index: number
  bytes: Uint8Array = new Uint8Array(4096)
  ends: Int32Array = new Int32Array(8)
  length = 0
  headLength = 0
  marks = 0
  status = 200
  overflown = false

  constructor(index: number) {
    this.index = index
  }

  reset(): void {
    this.length = 0
    this.headLength = 0
    this.marks = 0
    this.status = 200
    this.overflown = false
  }

  append(bytes: Uint8Array, start: number, end: number, limit: number): void {
    const count = end - start
    if (this.length + count > limit) this.overflown = true
    if (this.overflown || count === 0) return
    if (this.length + count > this.bytes.length) {
      let size = this.bytes.length
      while (size < this.length + count) size *= 2
      const larger = new Uint8Array(size)
      larger.set(this.bytes.subarray(0, this.length))
      this.bytes = larger
    }
    this.bytes.set(bytes.subarray(start, end), this.length)
    this.length += count
  }

  mark(): void {
    if (this.marks === this.ends.length) {
      const larger = new Int32Array(this.ends.length * 2)
      larger.set(this.ends)
      this.ends = larger
    }
    this.ends[this.marks] = this.length
    this.marks += 1
  }
}
