import type { Nanos } from '../units/nanos.ts'

/**
 * Due requests that found the cap on requests in flight reached, first come first served: their wait is charged to
 * them. A ring of columns that doubles when it is full. The properties show the front; meaningless when `size` is 0.
 */
export class OverflowQueue {
  #stream = new Uint8Array(64)
  #unit = new Float64Array(64)
  #step = new Int32Array(64)
  #walker = new Int32Array(64)
  #intended = new Float64Array(64)
  #head = 0
  size = 0

  get stream(): number {
    return this.#stream[this.#head] as number
  }
  get unit(): number {
    return this.#unit[this.#head] as number
  }
  get step(): number {
    return this.#step[this.#head] as number
  }
  get walker(): number {
    return this.#walker[this.#head] as number
  }
  get intended(): Nanos {
    return this.#intended[this.#head] as number
  }

  push(stream: number, unit: number, step: number, walker: number, intended: Nanos): void {
    if (this.size === this.#stream.length) this.#grow()
    const at = (this.#head + this.size) & (this.#stream.length - 1)
    this.#stream[at] = stream
    this.#unit[at] = unit
    this.#step[at] = step
    this.#walker[at] = walker
    this.#intended[at] = intended
    this.size += 1
  }

  shift(): void {
    this.#head = (this.#head + 1) & (this.#stream.length - 1)
    this.size -= 1
  }

  #grow(): void {
    const length = this.#stream.length
    const head = this.#head
    this.#stream = unrolled(this.#stream, new Uint8Array(length * 2), head)
    this.#unit = unrolled(this.#unit, new Float64Array(length * 2), head)
    this.#step = unrolled(this.#step, new Int32Array(length * 2), head)
    this.#walker = unrolled(this.#walker, new Int32Array(length * 2), head)
    this.#intended = unrolled(this.#intended, new Float64Array(length * 2), head)
    this.#head = 0
  }
}

function unrolled<T extends Uint8Array | Int32Array | Float64Array>(ring: T, target: T, head: number): T {
  target.set(ring.subarray(head))
  target.set(ring.subarray(0, head), ring.length - head)
  return target
}
