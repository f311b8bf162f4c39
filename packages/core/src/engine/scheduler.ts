import type { Clock } from '../clock/clock.ts'
import type { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { MICROSECOND, MILLISECOND, type Nanos } from '../units/nanos.ts'

/** What a scheduler drives: does what is due at `now` and says when the next thing is due. */
export interface Turnable {
  turn(now: Nanos): Nanos
}

/** The last stretch before a due instant is spun away: a nap wakes up late by about this much. */
const SPIN: Nanos = 30 * MICROSECOND
/** Naps are short so that answers are read soon, and so that a virtual processor does not go idle. */
const LONGEST_NAP: Nanos = 100 * MICROSECOND
/** Without anything due this soon, the thread sleeps in its event loop. */
const NAP_HORIZON: Nanos = 2 * MILLISECOND
/** Timers fire up to a millisecond late; the rest of the way is napped. */
const TIMER_SLACK: Nanos = 1.2 * MILLISECOND
/** The thread looks at its control words at least this often. */
const LONGEST_SLEEP: Nanos = 10 * MILLISECOND

/**
 * Drives an engine in real time. Far from the next due instant the thread sleeps in its event loop; near it, it naps in
 * steps (answers are read in between) and spins for the last 30 µs: accurate to microseconds for a tenth of a core.
 */
export class Scheduler {
  readonly name: 'nap-and-spin' | 'spin'
  readonly #engine: Turnable
  readonly #clock: Clock
  readonly #turns: LogLinearHistogram
  readonly #cell: Int32Array | null
  readonly #step = (): void => this.#turn()
  #timer: NodeJS.Timeout | null = null
  #running = false
  /** When the thread last began to look for work; NaN after a sleep, whose length says nothing. */
  #lookedAt: Nanos = NaN

  /**
   * @param turns receives the length of each event-loop turn, naps excluded: how late an answer may be noticed
   * @param naps whether `Atomics.wait` may be used to nap; otherwise the last millisecond is spun through the event loop
   */
  constructor(engine: Turnable, clock: Clock, turns: LogLinearHistogram, naps: boolean) {
    this.#engine = engine
    this.#clock = clock
    this.#turns = turns
    this.#cell = naps ? new Int32Array(new SharedArrayBuffer(4)) : null
    this.name = naps ? 'nap-and-spin' : 'spin'
  }

  start(): void {
    this.#running = true
    this.#lookedAt = NaN
    this.#turn()
  }

  stop(): void {
    this.#running = false
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Something has become due earlier than the engine said: if the thread sleeps, it looks again now. */
  wake(): void {
    if (this.#timer === null) return
    clearTimeout(this.#timer)
    this.#timer = null
    setImmediate(this.#step)
  }

  #turn(): void {
    if (!this.#running) return
    this.#timer = null
    const began = this.#clock.now()
    const looked = this.#lookedAt
    if (looked === looked) this.#turns.record(began - looked)
    let next = this.#engine.turn(began)
    if (!this.#running) return
    let now = this.#clock.now()
    if (next - now <= SPIN) {
      while (now < next) now = this.#clock.now()
      next = this.#engine.turn(now)
      if (!this.#running) return
      now = this.#clock.now()
    }
    const wait = next - now
    if (wait > NAP_HORIZON) {
      this.#lookedAt = NaN
      this.#timer = setTimeout(
        this.#step,
        Math.max(1, Math.floor((Math.min(wait, LONGEST_SLEEP) - TIMER_SLACK) / MILLISECOND)),
      )
      return
    }
    if (wait > SPIN && this.#cell !== null) {
      Atomics.wait(this.#cell, 0, 0, Math.min(wait - SPIN, LONGEST_NAP) / MILLISECOND)
      this.#lookedAt = this.#clock.now()
    } else this.#lookedAt = now
    setImmediate(this.#step)
  }
}
