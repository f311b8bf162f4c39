import { drawExponential } from '../../stats/draws/exponential.ts'
import type { Random } from '../../stats/prng.ts'
import type { PointProcess } from '../process.ts'

/**
 * Independent exponential gaps of mean 1. Nothing is scaled to hit a count: N arrivals are due in a time in which N are
 * expected only on average, with variance N.
 */
export class PoissonProcess implements PointProcess {
  readonly scale = 'arrivals'
  readonly #random: Random
  #point = 0

  constructor(random: Random) {
    this.#random = random
  }

  next(): number {
    this.#point += drawExponential(this.#random)
    return this.#point
  }
}
