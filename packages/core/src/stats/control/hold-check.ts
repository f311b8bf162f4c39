import { trendOf } from '../trend/trend.ts'

const PERIODS = 10
const TREND_P = 0.05

/** Tells when a gauge stays at its target: the mean of the last ten periods is there, and they have no trend. */
export class HoldCheck {
  readonly #target: number
  readonly #tolerance: number
  readonly #readings: number[] = []

  constructor(target: number, tolerance: number) {
    this.#target = target
    this.#tolerance = tolerance
  }

  get isFull(): boolean {
    return this.#readings.length === PERIODS
  }

  get mean(): number {
    return this.#readings.reduce((sum, reading) => sum + reading, 0) / this.#readings.length
  }

  add(reading: number): void {
    this.#readings.push(reading)
    if (this.#readings.length > PERIODS) this.#readings.shift()
  }

  /** What was seen before says nothing any more. */
  forget(): void {
    this.#readings.length = 0
  }

  get isHeld(): boolean {
    if (!this.isFull || Math.abs(this.mean - this.#target) > this.#tolerance) return false
    const trend = trendOf(Float64Array.from(this.#readings))
    // A trend that moves less than the tolerance over these periods is of no account, however certain.
    return trend === null || trend.p > TREND_P || Math.abs(trend.slope) * PERIODS < this.#tolerance
  }
}
