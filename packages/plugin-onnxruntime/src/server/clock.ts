/** Nanoseconds on the machine's monotonic clock: the same in every thread of the process. */
export function monotonicNanos(): number {
  return Number(process.hrtime.bigint())
}
