import type { PointProcess } from '../point-process.ts'

/**
 * Evenly spaced arrivals: the i-th (from 0) is due when i arrivals' worth of rate has passed, so at i/λ exactly for a
 * constant rate. The first is due at once, and rounding does not add up: each instant comes from the integer i.
 */
export class ConstantProcess implements PointProcess {
  readonly scale = 'arrivals'
  #index = 0

  next(): number {
    return this.#index++
  }
}
