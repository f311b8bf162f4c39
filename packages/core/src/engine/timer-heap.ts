import type { Nanos } from '../units/nanos.ts'

/**
 * Instants at which something is due again (a thinking user, the next message of a stream), earliest first: a binary
 * heap in typed arrays. Entries are `(time, id, tag)`; equal times come out in the order they went in.
 */
export class TimerHeap {
  #time = new Float64Array(64)
  #order = new Float64Array(64)
  #id = new Int32Array(64)
  #tag = new Float64Array(64)
  #size = 0
  #pushed = 0

  get size(): number {
    return this.#size
  }

  /** Infinity when empty. */
  peek(): Nanos {
    return this.#size === 0 ? Infinity : (this.#time[0] as number)
  }
  /** The earliest entry's id; meaningless when empty. */
  get id(): number {
    return this.#id[0] as number
  }
  get tag(): number {
    return this.#tag[0] as number
  }

  push(time: Nanos, id: number, tag: number): void {
    if (this.#size === this.#time.length) this.#grow()
    let hole = this.#size
    this.#size += 1
    const order = this.#pushed
    this.#pushed += 1
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (!this.#before(time, order, parent)) break
      this.#move(parent, hole)
      hole = parent
    }
    this.#place(hole, time, order, id, tag)
  }

  pop(): void {
    this.#size -= 1
    const last = this.#size
    if (last === 0) return
    const time = this.#time[last] as number
    const order = this.#order[last] as number
    let hole = 0
    for (;;) {
      let child = hole * 2 + 1
      if (child >= last) break
      if (child + 1 < last && this.#less(child + 1, child)) child += 1
      if (this.#before(time, order, child)) break
      this.#move(child, hole)
      hole = child
    }
    this.#place(hole, time, order, this.#id[last] as number, this.#tag[last] as number)
  }

  #before(time: Nanos, order: number, index: number): boolean {
    const other = this.#time[index] as number
    return time < other || (time === other && order < (this.#order[index] as number))
  }

  #less(a: number, b: number): boolean {
    return this.#before(this.#time[a] as number, this.#order[a] as number, b)
  }

  #move(from: number, to: number): void {
    this.#place(
      to,
      this.#time[from] as number,
      this.#order[from] as number,
      this.#id[from] as number,
      this.#tag[from] as number,
    )
  }

  #place(index: number, time: Nanos, order: number, id: number, tag: number): void {
    this.#time[index] = time
    this.#order[index] = order
    this.#id[index] = id
    this.#tag[index] = tag
  }

  #grow(): void {
    const size = this.#time.length * 2
    const time = new Float64Array(size)
    time.set(this.#time)
    this.#time = time
    const order = new Float64Array(size)
    order.set(this.#order)
    this.#order = order
    const id = new Int32Array(size)
    id.set(this.#id)
    this.#id = id
    const tag = new Float64Array(size)
    tag.set(this.#tag)
    this.#tag = tag
  }
}
