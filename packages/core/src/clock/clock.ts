import type { Nanos } from '../units/nanos.ts'

/** Where the core takes time from: nanoseconds since the run's origin, never going backwards. */
export interface Clock {
  now(): Nanos
}
