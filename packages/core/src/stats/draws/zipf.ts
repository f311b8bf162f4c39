import type { Random } from '../prng.ts'
import { power } from '../power.ts'

/**
 * Zipf's law: P(k) ∝ 1 / k^exponent for the ranks 1 to `count`. Exact for any number of ranks, in constant memory, by
 * rejection-inversion (W. Hörmann, G. Derflinger: Rejection-inversion to generate variates from monotone discrete
 * distributions, ACM TOMACS 6, 1996).
 */
export class Zipf {
  readonly #count: number
  readonly #exponent: number
  readonly #first: number
  readonly #last: number
  readonly #shortcut: number

  /** @param exponent 0 (uniform) or above */
  constructor(count: number, exponent: number) {
    this.#count = count
    this.#exponent = exponent
    this.#first = this.#integral(1.5) - 1
    this.#last = this.#integral(count + 0.5)
    this.#shortcut = 2 - this.#inverse(this.#integral(2.5) - this.#density(2))
  }

  /** A rank: 1 is the most frequent. */
  draw(random: Random): number {
    for (;;) {
      const u = this.#last + random.next() * (this.#first - this.#last)
      const x = this.#inverse(u)
      const rank = Math.min(this.#count, Math.max(1, Math.floor(x + 0.5)))
      if (rank - x <= this.#shortcut || u >= this.#integral(rank + 0.5) - this.#density(rank)) return rank
    }
  }

  #density(x: number): number {
    return power(x, -this.#exponent)
  }

  /** ∫ t^−exponent from 1 to x. */
  #integral(x: number): number {
    const log = Math.log(x)
    return growth((1 - this.#exponent) * log) * log
  }

  #inverse(area: number): number {
    const t = Math.max(-1, area * (1 - this.#exponent))
    return Math.exp(logGrowth(t) * area)
  }
}

/** (e^x − 1) / x */
function growth(x: number): number {
  return Math.abs(x) > 1e-8 ? Math.expm1(x) / x : 1 + (x / 2) * (1 + (x / 3) * (1 + x / 4))
}

/** log(1 + x) / x */
function logGrowth(x: number): number {
  return Math.abs(x) > 1e-8 ? Math.log1p(x) / x : 1 - x * (0.5 - x * (1 / 3 - x / 4))
}
