import type { Nanos } from '../../units/nanos.ts'

/** Nanoseconds of the machine's monotonic clock since `origin` (a value of `process.hrtime.bigint()`): equal in all threads. */
export function createClock(origin: bigint): () => Nanos {
  return () => Number(process.hrtime.bigint() - origin)
}
