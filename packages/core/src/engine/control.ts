import type { Nanos } from '../units/nanos.ts'

const MEASURE_FROM = 0
const MEASURE_UNTIL = 1
const ARRIVALS_UNTIL = 2
const DRAIN_UNTIL = 3
const FIELDS = 4

/**
 * The phase boundaries of one trial, shared by the main thread (which decides them) and all load workers (which read
 * them every turn). Instants are ns from the trial's origin; Infinity until decided, and then at least 50 ms ahead, so
 * that every worker and the aide sort each request into the same phase.
 */
export class TrialControl {
  readonly buffer: SharedArrayBuffer
  readonly #fields: Float64Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(FIELDS * 8)) {
    this.buffer = buffer
    this.#fields = new Float64Array(buffer)
  }

  /** Nothing is decided yet. */
  reset(): void {
    this.#fields.fill(Infinity)
  }

  /** Start of the measurement, A. */
  get measureFrom(): Nanos {
    return this.#fields[MEASURE_FROM] as number
  }
  set measureFrom(instant: Nanos) {
    this.#fields[MEASURE_FROM] = instant
  }
  /** End of the measurement, B (exclusive). */
  get measureUntil(): Nanos {
    return this.#fields[MEASURE_UNTIL] as number
  }
  set measureUntil(instant: Nanos) {
    this.#fields[MEASURE_UNTIL] = instant
  }
  /** No request is due from here on. */
  get arrivalsUntil(): Nanos {
    return this.#fields[ARRIVALS_UNTIL] as number
  }
  set arrivalsUntil(instant: Nanos) {
    this.#fields[ARRIVALS_UNTIL] = instant
  }
  /** What is still open here is cancelled and counts as censored. */
  get drainUntil(): Nanos {
    return this.#fields[DRAIN_UNTIL] as number
  }
  set drainUntil(instant: Nanos) {
    this.#fields[DRAIN_UNTIL] = instant
  }
}
