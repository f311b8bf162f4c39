/** What `Date.now` rounds away, at both ends. */
const RESOLUTION_MS = 2

/** Watches how far the wall clock moves against the monotonic one: a step, or a rate that is being corrected. */
export class ClockWatch {
  readonly #wall: () => number
  readonly #monotonic: () => number
  readonly #from: { readonly wall: number; readonly monotonic: number }

  /** Both clocks in milliseconds. */
  constructor(wall: () => number = () => Date.now(), monotonic: () => number = () => performance.now()) {
    this.#wall = wall
    this.#monotonic = monotonic
    this.#from = { wall: wall(), monotonic: monotonic() }
  }

  /** Relative to the time since the watch began. */
  drift(): number {
    const elapsed = this.#monotonic() - this.#from.monotonic
    if (elapsed <= 0) return 0
    return Math.max(0, Math.abs(this.#wall() - this.#from.wall - elapsed) - RESOLUTION_MS) / elapsed
  }
}
