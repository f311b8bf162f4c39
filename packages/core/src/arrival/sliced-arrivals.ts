import type { Random } from '../stats/prng.ts'
import type { Nanos } from '../units/nanos.ts'
import type { Arrivals } from './arrivals.ts'
import type { RateSegment, SlicePlan } from './load-plan.ts'

/**
 * Part of another load's arrivals: a seeded number per arrival says whether it belongs here. Slices of the same load with
 * the same numbers share its arrivals out among them: every arrival goes to exactly one of the slices that cover [0, 1).
 */
export class SlicedArrivals implements Arrivals {
  readonly #of: Arrivals
  readonly #random: Random
  readonly #shifts: readonly { readonly from: Nanos; readonly low: number; readonly high: number }[]
  #low: number
  #high: number
  #nextShift = 0
  #origin: Nanos = Infinity
  /** The number of the other load's pending arrival. */
  #number: number

  constructor(of: Arrivals, random: Random, plan: SlicePlan) {
    this.#of = of
    this.#random = random
    this.#low = plan.low
    this.#high = plan.high
    this.#shifts = plan.shifts ?? []
    this.#number = random.next()
  }

  get segments(): readonly RateSegment[] {
    return this.#of.segments
  }

  peek(): Nanos {
    for (;;) {
      const due = this.#of.peek()
      if (due === Infinity) return Infinity
      this.#shift(due)
      if (this.#number >= this.#low && this.#number < this.#high) return due
      this.#next()
    }
  }

  skip(count: number): number {
    let left = count
    for (; left > 0 && this.peek() < Infinity; left--) this.#next()
    return left
  }

  pass(): void {
    this.#of.pass()
  }

  begin(at: Nanos): void {
    this.#origin = at
    this.#of.begin(at)
  }

  append(segment: RateSegment): Nanos {
    return this.#of.append(segment)
  }

  #next(): void {
    this.#of.skip(1)
    this.#number = this.#random.next()
  }

  #shift(due: Nanos): void {
    for (;;) {
      const shift = this.#shifts[this.#nextShift]
      if (shift === undefined || due < this.#origin + shift.from) return
      this.#low = shift.low
      this.#high = shift.high
      this.#nextShift += 1
    }
  }
}
