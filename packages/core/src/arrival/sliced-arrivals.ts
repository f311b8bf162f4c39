import type { Random } from '../stats/prng.ts'
import type { Nanos } from '../units/nanos.ts'
import type { Arrivals } from './arrivals.ts'
import type { RateSegment, SlicePlan, SliceShift } from './load-plan.ts'

/** Another load and the numbers that divide it, from their start. */
export interface SliceSource {
  readonly of: Arrivals
  readonly numbers: Random
}

/** Arrivals of others that are looked at in one go: a slice may have none of its own for long. */
const MOST_PASSED_OVER = 4096

/**
 * Part of another load's arrivals: a seeded number per arrival says whether it belongs here. Slices of the same load with
 * the same numbers share its arrivals out among them: every arrival goes to exactly one of the slices that cover [0, 1).
 */
export class SlicedArrivals implements Arrivals {
  readonly #open: () => SliceSource
  readonly #shifts: readonly SliceShift[]
  #of: Arrivals
  #numbers: Random
  /** The number of the other load's pending arrival. */
  #number: number
  #low: number
  #high: number
  /** The shift that moves the range at the moment. */
  #moving: SliceShift | null = null
  #nextShift = 0
  #origin: Nanos = Infinity
  /** Arrivals of the other load before its pending one, and before the last one that was handed out. */
  #before = 0
  #handedOut = 0
  /** Arrivals of this slice that were passed over since then. */
  #skipped = 0
  /** Of these, what is still to be passed over again. */
  #owed = 0

  constructor(open: () => SliceSource, plan: SlicePlan) {
    this.#open = open
    const { of, numbers } = open()
    this.#of = of
    this.#numbers = numbers
    this.#number = numbers.next()
    this.#low = plan.low
    this.#high = plan.high
    this.#shifts = plan.shifts ?? []
  }

  get segments(): readonly RateSegment[] {
    return this.#of.segments
  }

  peek(): Nanos {
    for (let left = MOST_PASSED_OVER; left > 0; left--) {
      if (this.#isEmpty) return Infinity
      const due = this.#of.peek()
      if (due === Infinity) return Infinity
      this.#shift(due - this.#origin)
      if (this.#number >= this.#low && this.#number < this.#high) {
        if (this.#owed === 0) return due
        this.#owed -= 1
      }
      this.#next()
    }
    // It goes on from here when it is asked again.
    return Infinity
  }

  skip(count: number): number {
    let left = count
    for (; left > 0 && this.peek() < Infinity; left--) {
      this.#next()
      this.#skipped += 1
    }
    return left
  }

  pass(): void {
    this.#handedOut = this.#before
    this.#skipped = 0
    this.#of.pass()
  }

  begin(at: Nanos): void {
    this.#origin = at
    if (this.#shifts.length > 0 && this.#before > this.#handedOut) this.#lookAgain()
    this.#of.begin(at)
  }

  append(segment: RateSegment): Nanos {
    return this.#of.append(segment)
  }

  /** Whether nothing belongs here, now and (as far as is known) later. */
  get #isEmpty(): boolean {
    if (this.#low < this.#high || this.#moving !== null) return false
    return this.#origin === Infinity || this.#nextShift === this.#shifts.length
  }

  /** What was looked at before the beginning was judged by the first range, but may lie behind a shift. */
  #lookAgain(): void {
    const { of, numbers } = this.#open()
    this.#of = of
    this.#numbers = numbers
    for (let left = this.#handedOut; left > 0;) left = of.skip(left)
    for (let index = 0; index < this.#handedOut; index++) numbers.next()
    this.#number = numbers.next()
    this.#before = this.#handedOut
    this.#owed = this.#skipped
  }

  #next(): void {
    this.#of.skip(1)
    this.#number = this.#numbers.next()
    this.#before += 1
  }

  #shift(at: Nanos): void {
    let shift = this.#shifts[this.#nextShift]
    while (shift !== undefined && at >= shift.from) {
      this.#low = shift.low
      this.#high = shift.high
      this.#moving = shift.until === undefined ? null : shift
      this.#nextShift += 1
      shift = this.#shifts[this.#nextShift]
    }
    if (this.#moving !== null) this.#move(at, this.#moving)
  }

  #move(at: Nanos, { from, until = from, low, high, lowEnd = low, highEnd = high }: SliceShift): void {
    const done = at >= until
    const part = (at - from) / (until - from)
    this.#low = done ? lowEnd : low + (lowEnd - low) * part
    this.#high = done ? highEnd : high + (highEnd - high) * part
    if (done) this.#moving = null
  }
}
