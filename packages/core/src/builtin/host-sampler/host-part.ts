import type { Gauge } from '../../session.ts'

/** Some gauges of the host sampler that are read together. */
export interface HostPart {
  readonly gauges: readonly Gauge[]
  /**
   * @param into one slot per gauge, filled with NaN
   * @param seconds since the reading before; NaN at the first
   */
  read(into: Float64Array, seconds: number): void
}

/** The rate of a counter. */
export class CounterRate {
  #before = NaN

  /** NaN at first, and where the counter has gone back: whatever it counted is another one now. */
  next(value: number, seconds: number): number {
    const difference = value - this.#before
    this.#before = value
    return seconds > 0 && difference >= 0 ? difference / seconds : NaN
  }
}

export function rateGauge(name: string, unit: string, bounds: Gauge['bounds'] = [0, Infinity]): Gauge {
  return { name, unit, bounds, covers: 'interval' }
}

export function levelGauge(name: string, unit: string, bounds: Gauge['bounds'] = [0, Infinity]): Gauge {
  return { name, unit, bounds }
}
