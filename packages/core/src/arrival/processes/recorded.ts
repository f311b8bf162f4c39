import type { Random } from '../../stats/prng.ts'
import { power } from '../../stats/power.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { PointProcess } from '../point-process.ts'

export interface RecordedOptions {
  /** Arrivals for each recorded one: below 1 a seeded part of them is kept. */
  readonly factor: number
  readonly speed: number
  /** Stands for the gap after the last arrival. */
  readonly typicalGap: Nanos
}

/** Recorded instants, faster or slower, more or fewer. Further copies of an arrival fall at random before the next one. */
export class RecordedProcess implements PointProcess {
  readonly scale = 'nanos'
  readonly steady = false
  readonly #source: { next(): Nanos }
  readonly #options: RecordedOptions
  readonly #random: Random
  /** The recorded arrival whose copies are given, and how many of them are left. */
  #from: Nanos = NaN
  #copies = 0
  #at: Nanos = 0
  /** The recorded arrival after it. */
  #ahead: Nanos = NaN

  constructor(source: { next(): Nanos }, options: RecordedOptions, random: Random) {
    this.#source = source
    this.#options = options
    this.#random = random
  }

  next(): Nanos {
    while (this.#copies === 0) {
      if (Number.isNaN(this.#ahead)) this.#ahead = this.#source.next()
      if (this.#ahead === Infinity) return Infinity
      if (Number.isNaN(this.#ahead)) return NaN
      const following = this.#source.next()
      if (Number.isNaN(following)) return NaN
      this.#from = this.#ahead
      this.#ahead = following
      this.#copies = this.#count()
      this.#at = this.#from / this.#options.speed
      if (this.#copies > 0) {
        this.#copies -= 1
        return this.#at
      }
    }
    // The next of the copies that are left, in order: the least of that many uniform instants up to the next arrival.
    const { speed, typicalGap } = this.#options
    const end = this.#ahead === Infinity ? this.#from + typicalGap : this.#ahead
    const share = 1 - power(1 - this.#random.next(), 1 / this.#copies)
    this.#at += share * Math.max(0, end / speed - this.#at)
    this.#copies -= 1
    return this.#at
  }

  #count(): number {
    const { factor } = this.#options
    const whole = Math.floor(factor)
    return factor === whole ? whole : whole + (this.#random.next() < factor - whole ? 1 : 0)
  }
}
