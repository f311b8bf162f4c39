import { readlinkSync, writeFileSync } from 'node:fs'
import { MILLISECOND, type Nanos } from '../../units/nanos.ts'

/** Something that runs when its time has come; `due` is when that was meant to be. */
export interface Task {
  run(due: Nanos): void
}

interface Entry {
  readonly due: Nanos
  readonly order: number
  readonly task: Task
}

/** Beyond this distance the event loop sleeps in a timer of its own, whose resolution is a millisecond. */
const FAR = 2.5 * MILLISECOND
const NAP = 50_000
const SPIN = 40_000

/**
 * Runs tasks at instants, on a thread that has nothing better to do: far instants by `setTimeout`, near ones by naps of
 * 50 µs between polls of the event loop, the last 40 µs by spinning. While nothing is due the thread sleeps.
 * With `spin` the thread never sleeps: one core for arrival instants that no wake-up delays.
 */
export class PreciseTimer {
  readonly #now: () => Nanos
  readonly #spin: boolean
  readonly #heap: Entry[] = []
  readonly #cell = new Int32Array(new SharedArrayBuffer(4))
  #order = 0
  #sleeping: NodeJS.Timeout | undefined
  #polling: NodeJS.Immediate | undefined
  #closed = false

  constructor(now: () => Nanos, spin: boolean) {
    this.#now = now
    this.#spin = spin
    if (spin) this.#schedule()
  }

  add(due: Nanos, task: Task): void {
    this.#push({ due, order: this.#order++, task })
    if (this.#heap[0]?.task === task) this.#schedule()
  }

  /** Forgets all tasks. */
  clear(): void {
    this.#heap.length = 0
  }

  close(): void {
    this.#closed = true
    this.clear()
    clearTimeout(this.#sleeping)
    clearImmediate(this.#polling)
  }

  #schedule(): void {
    if (this.#closed || this.#polling !== undefined) return
    clearTimeout(this.#sleeping)
    this.#sleeping = undefined
    const first = this.#heap[0]
    if (first === undefined && !this.#spin) return
    const wait = first === undefined ? 0 : first.due - this.#now()
    if (wait > FAR && !this.#spin) {
      this.#sleeping = setTimeout(this.#wake, Math.floor((wait - FAR) / MILLISECOND) + 1)
    } else {
      this.#polling = setImmediate(this.#poll)
    }
  }

  readonly #wake = (): void => {
    this.#sleeping = undefined
    this.#schedule()
  }

  readonly #poll = (): void => {
    this.#polling = undefined
    const first = this.#heap[0]
    if (first !== undefined) {
      const wait = first.due - this.#now()
      if (wait <= SPIN) while (this.#now() < first.due);
      else if (wait <= FAR && !this.#spin) {
        Atomics.wait(this.#cell, 0, 0, Math.min(NAP, wait - SPIN) / MILLISECOND)
      }
    }
    // What the tasks write leaves at once: the next nap comes after a turn of the event loop.
    this.#runDue()
    this.#schedule()
  }

  #runDue(): void {
    const now = this.#now()
    for (let first = this.#heap[0]; first !== undefined && first.due <= now; first = this.#heap[0]) {
      this.#pop()
      first.task.run(first.due)
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as Entry
      if (!before(entry, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Entry
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1
      const below = heap[child] as Entry
      if (!before(below, last)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}

/**
 * Asks Linux to end this thread's sleeps within 1 ns instead of 50 µs of the requested time.
 * Elsewhere, and where the file cannot be written, naps are simply less exact.
 */
export function sharpenSleeps(): void {
  try {
    const thread = readlinkSync('/proc/thread-self').split('/').pop()
    writeFileSync(`/proc/${thread}/timerslack_ns`, '1')
  } catch {
    return
  }
}
