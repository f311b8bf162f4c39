import type { Interval } from '../report/result.ts'
import { rateInterval } from '../stats/interval/mean-interval.ts'
import { shareInterval } from '../stats/special/binomial.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'

/** Something per second of the measurement, with the interval of the long-run rate; both `null` for an empty measurement. */
export interface Rate {
  readonly value: number | null
  readonly interval: Interval | null
}

/** Sub-windows of a measurement that a rate's interval is made of. */
export const RATE_WINDOWS = 64

/**
 * Counts instants by equal sub-windows of the measurement [A, B); the sum over windows over its length is the rate.
 *
 * - offered load: intended starts
 * - throughput: completions, of whatever population
 * - goodput: intended starts of requests that completed correctly within the deadline
 * - items: as throughput, weighted by the items of each request
 */
export class RateCounter {
  readonly #from: Nanos
  readonly #until: Nanos
  readonly #counts: Float64Array

  constructor(from: Nanos, until: Nanos, windows: number = RATE_WINDOWS) {
    this.#from = from
    this.#until = until
    this.#counts = new Float64Array(windows)
  }

  /** Instants outside the measurement do not count. */
  add(instant: Nanos, weight = 1): void {
    if (!(instant >= this.#from && instant < this.#until)) return
    const counts = this.#counts
    const position = ((instant - this.#from) / (this.#until - this.#from)) * counts.length
    const window = Math.min(Math.floor(position), counts.length - 1)
    counts[window] = (counts[window] as number) + weight
  }

  get total(): number {
    let total = 0
    for (const count of this.#counts) total += count
    return total
  }

  /** Per second, with an interval by batch means over the sub-windows. */
  rate(): Rate {
    const length = this.#until - this.#from
    if (!(length > 0)) return { value: null, interval: null }
    const perWindow = SECOND / (length / this.#counts.length)
    const interval = rateInterval(this.#counts.map((count) => count * perWindow))
    return {
      value: (this.total * SECOND) / length,
      interval: interval === null ? null : [Math.max(interval[0], 0), interval[1]],
    }
  }
}

/**
 * Goodput where only a part of the completed requests was looked at: what completed in time, times the share of correct
 * ones among the checked. The interval holds both uncertainties (of the rate and of the share), and so is a little wide.
 *
 * @param inTime requests that completed within the deadline, correct or not
 */
export function estimateGoodput(inTime: Rate, checked: number, incorrect: number): Rate {
  if (inTime.value === null || checked === 0) return inTime
  const value = inTime.value * (1 - incorrect / checked)
  if (inTime.interval === null || inTime.interval[1] === null) return { value, interval: null }
  const [low, high] = shareInterval(checked - incorrect, checked, 0.95)
  return { value, interval: [inTime.interval[0] * low, inTime.interval[1] * high] }
}
