import type { Random } from '../../stats/prng.ts'
import type { PointProcess } from '../point-process.ts'

/** Draws one gap of mean 1. */
export type DrawGap = (random: Random) => number

/** Independent gaps of mean 1, one after the other; the first point is a gap after the start. */
export class RenewalProcess implements PointProcess {
  readonly scale = 'arrivals'
  readonly #random: Random
  readonly #draw: DrawGap
  #point = 0

  constructor(random: Random, draw: DrawGap) {
    this.#random = random
    this.#draw = draw
  }

  next(): number {
    this.#point += this.#draw(this.#random)
    return this.#point
  }
}
