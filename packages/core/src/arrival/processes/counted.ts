import { drawExponential } from '../../stats/draws/exponential.ts'
import { power } from '../../stats/power.ts'
import type { Random } from '../../stats/prng.ts'
import type { Nanos } from '../../units/nanos.ts'
import { timeToGain } from '../linear-piece.ts'
import type { TraceExpansion } from '../load-plan.ts'
import type { PointProcess } from '../point-process.ts'

export interface CountedOptions {
  /** Arrivals in consecutive times of length `every`. */
  readonly counts: ArrayLike<number>
  readonly every: Nanos
  readonly factor: number
  readonly expand: TraceExpansion
}

/** Of the spacing of numbers, relative. */
const ULP = 2.220446049250313e-16

/** Counts per minute (or any other time), expanded to instants one by one: no bin is ever held in memory. */
export class CountedProcess implements PointProcess {
  readonly scale = 'nanos'
  readonly steady = false
  readonly #options: CountedOptions
  readonly #random: Random
  #bin = -1
  /** Arrivals of the bin, and how many of them are left; for `rate` the expected ones. */
  #count = 0
  #left = 0
  /** Where the bin stands, as a share of it. */
  #share = 0

  constructor(options: CountedOptions, random: Random) {
    this.#options = options
    this.#random = random
  }

  next(): Nanos {
    const { counts, every, expand } = this.#options
    for (;;) {
      if (expand === 'rate') {
        const share = this.#share + drawExponential(this.#random) / this.#count
        if (share < 1) {
          this.#share = share
          return this.#instant(share)
        }
      } else if (this.#left > 0) {
        return this.#instant(this.#nextShare(expand))
      }
      if (this.#bin + 1 >= counts.length) return Infinity
      this.#bin += 1
      this.#share = 0
      this.#count = this.#scaled(counts[this.#bin] as number, expand)
      this.#left = this.#count
      if (every === 0) return Infinity
    }
  }

  #nextShare(expand: 'conditional' | 'even' | 'smooth'): number {
    const { counts } = this.#options
    const left = this.#left
    this.#left -= 1
    if (expand === 'even') return (this.#count - left + 0.5) / this.#count
    // The least of as many uniform numbers as are left, above the last one: they come in order.
    this.#share = 1 - (1 - this.#share) * power(1 - this.#random.next(), 1 / left)
    if (expand === 'conditional') return this.#share
    const here = counts[this.#bin] as number
    return smoothShare(this.#share, counts[this.#bin - 1] ?? here, here, counts[this.#bin + 1] ?? here)
  }

  #instant(share: number): Nanos {
    const { every } = this.#options
    const start = this.#bin * every
    // Far from 0 the sum is rounded, and must not leave the bin.
    const end = (this.#bin + 1) * every
    return Math.min(start + share * every, end - Math.max(1, end * ULP))
  }

  #scaled(count: number, expand: TraceExpansion): number {
    const scaled = count * this.#options.factor
    const whole = Math.floor(scaled)
    if (expand === 'rate' || scaled === whole) return scaled
    return whole + (this.#random.next() < scaled - whole ? 1 : 0)
  }
}

/**
 * Where a uniform number falls when the density runs linearly from half-way to the bin before, over the bin's own count
 * in its middle, to half-way to the bin behind: the inverse of that distribution.
 */
function smoothShare(uniform: number, before: number, here: number, behind: number): number {
  const start = (before + here) / 2
  const end = (here + behind) / 2
  const first = (start + here) / 4
  const second = (here + end) / 4
  const due = uniform * (first + second)
  const share =
    due < first
      ? timeToGain(start, (here - start) * 2, due)
      : 0.5 + timeToGain(here, (end - here) * 2, due - first)
  return share < 1 ? share : 1
}
