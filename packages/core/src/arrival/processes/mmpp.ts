import { drawExponential } from '../../stats/draws/exponential.ts'
import type { Random } from '../../stats/prng.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { MmppPlan } from '../load-plan.ts'
import type { RatePath } from './modulated-poisson.ts'

/** The rate of a two-state Markov-modulated Poisson process: exponential times in each state in turn. */
export class MarkovPath implements RatePath {
  rate: number
  until: Nanos
  readonly #plan: MmppPlan
  readonly #random: Random
  #state: 0 | 1

  constructor(plan: MmppPlan, random: Random) {
    this.#plan = plan
    this.#random = random
    const [first, second] = plan.dwell
    // The steady state: as likely as its share of time, and without memory of how long it has lasted.
    this.#state = random.next() * (first + second) < first ? 0 : 1
    this.rate = plan.rates[this.#state]
    this.until = plan.dwell[this.#state] * drawExponential(random)
  }

  jump(): void {
    this.#state = this.#state === 0 ? 1 : 0
    this.rate = this.#plan.rates[this.#state]
    this.until += this.#plan.dwell[this.#state] * drawExponential(this.#random)
  }
}
