/**
 * How far mean in flight is from throughput × mean time in flight, relative to mean in flight (Little's law; L̄, X and
 * W̄ over the same measurement). Finite runs leave a gap of a few percent; a persistent one means that the run was not
 * stationary, or that something was not counted. `null` when nothing was in flight.
 *
 * @param throughput per second
 * @param meanTime mean time in flight, ns
 */
export function littlesLawGap(
  meanInFlight: number | null,
  throughput: number | null,
  meanTime: number | null,
): number | null {
  if (meanInFlight === null || throughput === null || meanTime === null || !(meanInFlight > 0)) return null
  return Math.abs(meanInFlight - (throughput * meanTime) / 1e9) / meanInFlight
}
