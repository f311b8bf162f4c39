import type { Gauge } from 'servebench/session'

/** One gauge of a GPU. */
export interface Probe {
  readonly gauge: Gauge
  /**
   * The value now; NaN when there is none yet.
   * @param now in nanoseconds; rates are made from its differences
   * @throws {NvmlError} when it cannot be read
   */
  read(now: number): number
}

/** Makes a rate of a counter. */
export function rateOf(counter: Probe['read']): Probe['read'] {
  let before = NaN
  let at = NaN
  return (now) => {
    const value = counter(now)
    const seconds = (now - at) / 1e9
    const difference = value - before
    before = value
    at = now
    // A driver that was loaded again counts from zero; some counters wrap.
    return seconds > 0 && difference >= 0 ? difference / seconds : NaN
  }
}
