import type { Clock } from '../clock/clock.ts'
import { messageOf } from '../errors/plugin-error.ts'
import type { Nanos } from '../units/nanos.ts'
import type { Sampler } from './sampler.ts'

/** A clock that calls back; a `VirtualClock` is one. */
export interface SamplerClock extends Clock {
  at(instant: Nanos, run: () => void): { cancel(): void }
}

export interface SamplerLoopOptions {
  readonly sampler: Sampler
  readonly gauges: number
  readonly period: Nanos
  readonly clock: SamplerClock
  /** A read has ended. `values` is used again by the next one. */
  onReading(at: Nanos, took: Nanos, values: Float64Array): void
  /** A read has failed: no further one follows. */
  onFailure(message: string): void
  /** Around each read, for whoever watches that it comes back. */
  onCall?(begins: boolean): void
}

/**
 * Reads a sampler at multiples of its period. A read that is late, or still going on when the next one is due, costs
 * the reads that it overlaps: they are missed, never made up for.
 */
export class SamplerLoop {
  readonly #options: SamplerLoopOptions
  readonly #values: Float64Array
  #due: Nanos = 0
  #last: Nanos = -Infinity
  #timer: { cancel(): void } | null = null
  #reading: Promise<void> | null = null
  #ended = false
  #missed = 0

  constructor(options: SamplerLoopOptions) {
    this.#options = options
    this.#values = new Float64Array(options.gauges)
  }

  /** Reads that were due and did not take place. */
  get missed(): number {
    return this.#missed
  }

  /** The first read is made at once. */
  start(): void {
    this.#due = this.#options.clock.now()
    this.#tick()
  }

  /**
   * Makes a last read, so that what came after the one before is covered too; not when that is less than half a period
   * ago, for rates over short times are coarse.
   */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = null
    await this.#reading
    const { clock, period } = this.#options
    const now = clock.now()
    if (!this.#ended && now - this.#last >= period / 2) this.#read(now)
    await this.#reading
    this.#ended = true
  }

  #tick(): void {
    const { clock, period } = this.#options
    const now = clock.now()
    const steps = Math.max(1, Math.floor((now - this.#due) / period) + 1)
    this.#missed += steps - 1
    this.#due += steps * period
    if (this.#reading === null) this.#read(now)
    else this.#missed += 1
    if (!this.#ended) this.#timer = clock.at(Math.max(this.#due, clock.now()), () => this.#tick())
  }

  #read(now: Nanos): void {
    const { sampler, onCall } = this.#options
    this.#last = now
    this.#values.fill(NaN)
    onCall?.(true)
    try {
      const answer = sampler.read(this.#values, now)
      if (answer === undefined || typeof answer.then !== 'function') this.#done(now)
      else {
        this.#reading = Promise.resolve(answer)
          .then(() => this.#done(now))
          .catch((error: unknown) => this.#fail(error))
          .finally(() => (this.#reading = null))
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  #done(began: Nanos): void {
    this.#options.onCall?.(false)
    this.#options.onReading(began, this.#options.clock.now() - began, this.#values)
  }

  #fail(error: unknown): void {
    this.#options.onCall?.(false)
    this.#ended = true
    this.#timer?.cancel()
    this.#timer = null
    this.#options.onFailure(messageOf(error))
  }
}
