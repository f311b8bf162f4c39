import { ServebenchError } from '../../errors/servebench-error.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { BurstPlan } from '../load-plan.ts'
import type { PointProcess } from '../point-process.ts'

/** `count` arrivals at once, or evenly over `within` (the first at its start), `after` the start and again every `every`. */
export class BurstProcess implements PointProcess {
  readonly scale = 'nanos'
  readonly steady = false
  readonly #after: Nanos
  readonly #count: number
  readonly #within: Nanos
  readonly #every: Nanos | null
  #burst = 0
  #index = 0

  /** @throws {ServebenchError} `SERVEBENCH_LOAD` when bursts are empty or would overlap. */
  constructor(plan: BurstPlan) {
    const { after = 0 } = plan
    const possible = plan.within >= 0 && plan.within < Infinity && after >= 0 && after < Infinity
    if (!(Number.isSafeInteger(plan.count) && plan.count > 0 && possible)) {
      throw new ServebenchError(
        'SERVEBENCH_LOAD',
        'A burst needs a positive whole count, and a start and a length of at least 0.',
      )
    }
    if (plan.every !== null && !(plan.every > 0 && plan.every >= plan.within)) {
      throw new ServebenchError(
        'SERVEBENCH_LOAD',
        `Bursts of ${plan.within} ns every ${plan.every} ns overlap.`,
        {
          advice: 'Let `every` be positive and at least `within`.',
        },
      )
    }
    this.#after = after
    this.#count = plan.count
    this.#within = plan.within
    this.#every = plan.every
  }

  next(): Nanos {
    if (this.#index === this.#count) {
      if (this.#every === null) return Infinity
      this.#burst += 1
      this.#index = 0
    }
    const start = this.#burst === 0 ? 0 : this.#burst * (this.#every as number)
    return this.#after + start + (this.#within * this.#index++) / this.#count
  }
}
