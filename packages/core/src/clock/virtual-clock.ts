import type { Nanos } from '../units/nanos.ts'
import type { Clock } from './clock.ts'

/** What a {@link VirtualClock} will run; `cancel` gives it up. */
export interface VirtualTimer {
  readonly time: Nanos
  cancel(): void
}

/**
 * A clock that jumps from event to event: the same events at the same instants give the same run, at any speed.
 * Events of one instant run in the order in which they were planned, also those that are planned while it runs.
 */
export class VirtualClock implements Clock {
  #now: Nanos
  #planned = 0
  #heap: Entry[] = []
  readonly #live = { count: 0 }

  constructor(start: Nanos = 0) {
    this.#now = start
  }

  now(): Nanos {
    return this.#now
  }

  /** Events that are neither run nor cancelled. */
  get pending(): number {
    return this.#live.count
  }

  /**
   * Plans a call at an instant.
   * @throws {RangeError} when the instant has passed or is no number.
   */
  at(time: Nanos, run: () => void): VirtualTimer {
    if (!(time >= this.#now))
      throw new RangeError(`The clock stands at ${this.#now} ns: ${time} ns has passed.`)
    const entry = new Entry(time, this.#planned++, run, this.#live)
    this.#live.count += 1
    this.#push(entry)
    return entry
  }

  /** Plans a call after a delay. */
  after(delay: Nanos, run: () => void): VirtualTimer {
    return this.at(this.#now + delay, run)
  }

  /** Runs the next event. Returns `false` when there is none. */
  step(): boolean {
    for (;;) {
      const entry = this.#pop()
      if (entry === undefined) return false
      const run = entry.run
      if (run === null) continue
      entry.cancel()
      this.#now = entry.time
      run()
      return true
    }
  }

  /** Runs all events up to and including `until`; the clock then stands at `until` (or at the last event, without one). */
  run(until: Nanos = Infinity): void {
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.time > until) break
      this.step()
    }
    if (until !== Infinity && until > this.#now) this.#now = until
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let child = heap.length
    heap.push(entry)
    while (child > 0) {
      const parent = (child - 1) >> 1
      const above = heap[parent] as Entry
      if (!precedes(entry, above)) break
      heap[child] = above
      child = parent
    }
    heap[child] = entry
  }

  #pop(): Entry | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    const size = heap.length
    let parent = 0
    for (;;) {
      let child = 2 * parent + 1
      if (child >= size) break
      if (child + 1 < size && precedes(heap[child + 1] as Entry, heap[child] as Entry)) child += 1
      const below = heap[child] as Entry
      if (!precedes(below, last)) break
      heap[parent] = below
      parent = child
    }
    heap[parent] = last
    return top
  }
}

class Entry implements VirtualTimer {
  readonly time: Nanos
  readonly order: number
  readonly #live: { count: number }
  run: (() => void) | null

  constructor(time: Nanos, order: number, run: () => void, live: { count: number }) {
    this.time = time
    this.order = order
    this.run = run
    this.#live = live
  }

  cancel(): void {
    if (this.run === null) return
    this.run = null
    this.#live.count -= 1
  }
}

function precedes(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order)
}
