import type { Nanos } from '../units/nanos.ts'
import type { Clock } from './clock.ts'

const BRACKETS = 64

/**
 * The machine's monotonic clock, counted from an instant that all threads of a run share.
 *
 * `performance.now()` is the cheapest read that Node offers, but each thread counts it from its own start. Both it and
 * `process.hrtime` read the same counter, so their difference is a constant of the thread, measured once.
 */
export class MonotonicClock implements Clock {
  /** Half the width of the tightest bracket around the offset, in ns: how far two threads' clocks may disagree. */
  readonly uncertainty: Nanos
  readonly #offset: number

  /** @param origin `process.hrtime.bigint()` at the run's origin, in any thread of this machine. */
  constructor(origin: bigint) {
    let width = Infinity
    let offset = 0
    // The first brackets run cold, and any may be interrupted: only the tightest one counts.
    for (let index = 0; index < BRACKETS; index++) {
      const before = process.hrtime.bigint()
      const thread = performance.now() * 1e6
      const after = process.hrtime.bigint()
      if (Number(after - before) >= width) continue
      width = Number(after - before)
      offset = Number(before - origin) + width / 2 - thread
    }
    this.uncertainty = width / 2
    this.#offset = offset
  }

  now(): Nanos {
    return performance.now() * 1e6 + this.#offset
  }
}

/** A {@link MonotonicClock} for this thread; `origin` travels to other threads as it is. */
export function monotonicClock(origin: bigint): MonotonicClock {
  return new MonotonicClock(origin)
}
