import { SECOND, type Nanos } from '../units/nanos.ts'

export interface ArrivalSummary {
  readonly count: number
  /** Per second. */
  readonly meanRate: number
  /** Coefficient of variation of the gaps between arrivals; `null` with fewer than two of them. */
  readonly gapCv: number | null
  /** Variance over mean of the arrivals per second: 1 for a Poisson process; `null` below two whole seconds. */
  readonly dispersion: number | null
  /** Most arrivals in one of the seconds. */
  readonly peak: number
  /** Arrivals in consecutive bins of equal length that fill the duration. */
  readonly bins: readonly number[]
}

/** Counts arrivals as they come, in constant memory. */
export class ArrivalStatistics {
  readonly #duration: Nanos
  readonly #bins: number[]
  readonly #seconds = new Moments()
  readonly #gaps = new Moments()
  #count = 0
  #last: Nanos = NaN
  #second = 0
  #inSecond = 0
  #peak = 0

  constructor(duration: Nanos, bins: number) {
    this.#duration = duration
    this.#bins = Array.from({ length: bins }, () => 0)
  }

  /** Arrivals in their order, from 0 up to below the duration. */
  add(instant: Nanos): void {
    this.#count += 1
    if (this.#last === this.#last) this.#gaps.add(instant - this.#last)
    this.#last = instant
    const bins = this.#bins
    const bin = Math.min(bins.length - 1, Math.floor((instant / this.#duration) * bins.length))
    bins[bin] = (bins[bin] as number) + 1
    this.#pass(Math.floor(instant / SECOND))
    this.#inSecond += 1
  }

  get summary(): ArrivalSummary {
    const whole = Math.floor(this.#duration / SECOND)
    const peak = Math.max(this.#peak, this.#inSecond)
    this.#pass(whole)
    const { variance, mean } = this.#seconds
    return {
      count: this.#count,
      meanRate: (this.#count * SECOND) / this.#duration,
      gapCv:
        this.#gaps.count < 2 || this.#gaps.mean === 0
          ? null
          : Math.sqrt(this.#gaps.variance) / this.#gaps.mean,
      dispersion: whole < 2 || mean === 0 ? null : variance / mean,
      peak,
      bins: this.#bins,
    }
  }

  /** All seconds before this one are over. */
  #pass(second: number): void {
    for (; this.#second < second; this.#second++) {
      this.#seconds.add(this.#inSecond)
      if (this.#inSecond > this.#peak) this.#peak = this.#inSecond
      this.#inSecond = 0
    }
  }
}

/** Mean and variance, one value after the other (Welford 1962). */
class Moments {
  count = 0
  mean = 0
  #squares = 0

  get variance(): number {
    return this.count < 2 ? 0 : this.#squares / (this.count - 1)
  }

  add(value: number): void {
    this.count += 1
    const delta = value - this.mean
    this.mean += delta / this.count
    this.#squares += delta * (value - this.mean)
  }
}
