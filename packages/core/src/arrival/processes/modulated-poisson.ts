import { drawExponential } from '../../stats/draws/exponential.ts'
import type { Random } from '../../stats/prng.ts'
import { SECOND, type Nanos } from '../../units/nanos.ts'
import type { PointProcess } from '../point-process.ts'

/** A rate that jumps: its present value, and until when it holds. */
export interface RatePath {
  /** Arrivals per second. */
  readonly rate: number
  readonly until: Nanos
  /** On to the next value. */
  jump(): void
}

/** Poisson arrivals whose rate is a random path of steps. It begins in the path's steady state, so it can warm a server up. */
export class ModulatedPoissonProcess implements PointProcess {
  readonly scale = 'nanos'
  readonly steady = true
  readonly #random: Random
  readonly #path: RatePath
  #at: Nanos = 0

  constructor(random: Random, path: RatePath) {
    this.#random = random
    this.#path = path
  }

  next(): Nanos {
    // The arrival falls where the integral of the rate has grown by an exponential: a step spends its part of it.
    let left = drawExponential(this.#random) * SECOND
    for (;;) {
      const { rate, until } = this.#path
      const reach = rate * (until - this.#at)
      if (left < reach) {
        this.#at += left / rate
        return this.#at
      }
      left -= reach
      this.#at = until
      this.#path.jump()
    }
  }
}
