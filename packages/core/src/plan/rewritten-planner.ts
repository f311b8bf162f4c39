import type { Trial } from '../report/result.ts'
import type { SearchResult } from '../report/search-result.ts'
import type { MatrixPlanner } from './matrix-planner.ts'
import type { Finished, Planner, TrialPlan } from './trial-plan.ts'

/** A planner whose known trials a plugin may have changed, added to or left out; what comes later stays as it is. */
export class RewrittenPlanner implements Planner<Trial> {
  readonly #trials: readonly TrialPlan[]
  readonly #inner: MatrixPlanner
  /** Of the inner planner's trials, those that were known and thus rewritten. */
  #replaced: number
  #next = 0

  constructor(trials: readonly TrialPlan[], inner: MatrixPlanner) {
    this.#trials = trials
    this.#inner = inner
    this.#replaced = inner.known.trials.length
  }

  async next(done: readonly Trial[]): Promise<TrialPlan | Finished> {
    const trial = this.#trials[this.#next]
    if (trial !== undefined) {
      this.#next += 1
      return trial
    }
    for (; this.#replaced > 0; this.#replaced--) await this.#inner.next(done)
    return await this.#inner.next(done)
  }

  searches(): readonly SearchResult[] {
    return this.#inner.searches()
  }

  remaining(): number {
    return this.#trials.length - this.#next + this.#inner.remaining() - this.#replaced
  }
}
