import type { Nanos } from '../units/nanos.ts'

const NONE = -1

/**
 * Deadlines of open slots: a hashed timing wheel of doubly linked lists, O(1) to set and to clear.
 * A deadline fires within one tick after it has passed (1 ms by default: fine for timeouts, which are not measured).
 */
export class DeadlineWheel {
  readonly #tick: Nanos
  readonly #heads: Int32Array
  readonly #mask: number
  #next: Int32Array
  #previous: Int32Array
  #deadline: Float64Array
  /** The first tick whose deadlines have not fired yet; a bucket is looked at once, when its tick is over. */
  #cursor = 0
  #count = 0

  /** @param buckets a power of two; deadlines beyond `buckets × tick` stay in their bucket for further rounds */
  constructor(tick: Nanos = 1e6, buckets = 4096) {
    this.#tick = tick
    this.#mask = buckets - 1
    this.#heads = new Int32Array(buckets).fill(NONE)
    this.#next = new Int32Array(64).fill(NONE)
    this.#previous = new Int32Array(64).fill(NONE)
    this.#deadline = new Float64Array(64)
  }

  get size(): number {
    return this.#count
  }

  /** A slot has at most one deadline: clear it before it is set again. */
  set(slot: number, deadline: Nanos): void {
    if (slot >= this.#next.length) this.#grow(slot)
    const bucket = this.#bucket(deadline)
    const head = this.#heads[bucket] as number
    this.#deadline[slot] = deadline
    this.#next[slot] = head
    this.#previous[slot] = NONE - 1 - bucket
    if (head !== NONE) this.#previous[head] = slot
    this.#heads[bucket] = slot
    this.#count += 1
  }

  clear(slot: number): void {
    if (slot >= this.#next.length) return
    const previous = this.#previous[slot] as number
    if (previous === NONE) return
    const next = this.#next[slot] as number
    if (previous >= 0) this.#next[previous] = next
    else this.#heads[NONE - 1 - previous] = next
    if (next !== NONE) this.#previous[next] = previous
    this.#previous[slot] = NONE
    this.#count -= 1
  }

  /** Calls `expire` for every slot whose deadline is at or before `now`; the slot is cleared first. */
  advance(now: Nanos, expire: (slot: number) => void): void {
    const target = Math.floor(now / this.#tick)
    if (target <= this.#cursor) return
    const from = this.#count === 0 ? target : Math.max(this.#cursor, target - this.#mask - 1)
    for (let tick = from; tick < target; tick++) {
      let slot = this.#heads[tick & this.#mask] as number
      while (slot !== NONE) {
        const next = this.#next[slot] as number
        if ((this.#deadline[slot] as number) <= now) {
          this.clear(slot)
          expire(slot)
          // `expire` may have cleared or set other slots of this bucket: start over, what is due is removed.
          slot = this.#heads[tick & this.#mask] as number
          continue
        }
        slot = next
      }
    }
    this.#cursor = target
  }

  #bucket(deadline: Nanos): number {
    // Already passed: put it where the next advance looks.
    return Math.max(Math.floor(deadline / this.#tick), this.#cursor) & this.#mask
  }

  #grow(slot: number): void {
    let size = this.#next.length
    while (size <= slot) size *= 2
    const next = new Int32Array(size).fill(NONE)
    next.set(this.#next)
    this.#next = next
    const previous = new Int32Array(size).fill(NONE)
    previous.set(this.#previous)
    this.#previous = previous
    const deadline = new Float64Array(size)
    deadline.set(this.#deadline)
    this.#deadline = deadline
  }
}
