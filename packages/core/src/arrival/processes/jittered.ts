import type { Random } from '../../stats/prng.ts'
import type { PointProcess } from '../point-process.ts'

/** Evenly spaced arrivals, each late by a random part of the spacing: the i-th at i + jitter · U. They keep their order. */
export class JitteredProcess implements PointProcess {
  readonly scale = 'arrivals'
  readonly #random: Random
  readonly #jitter: number
  #index = 0

  constructor(random: Random, jitter: number) {
    this.#random = random
    this.#jitter = jitter
  }

  next(): number {
    return this.#index++ + this.#jitter * this.#random.next()
  }
}
