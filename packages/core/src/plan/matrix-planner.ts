import type { CasePlan } from './case-plan.ts'
import { orderTrials, type OrderOptions } from './order.ts'
import type { RunPlan } from './run-plan.ts'
import type { Finished, Planner, TrialPlan } from './trial-plan.ts'

/** A scenario whose cases are known only after its `setup` has run. */
export interface DeferredScenario {
  readonly file: string
  readonly path: readonly string[]
  /** Trials to expect, for progress. */
  readonly trials: number
  /** Runs `setup`; called right before the scenario's first trial. */
  open(): Promise<OpenScenario>
}

export interface OpenScenario {
  readonly cases: readonly CasePlan[]
  /** Runs what `setup` deferred; called after the scenario's last trial. */
  close(): Promise<void>
}

export interface MatrixPlannerOptions extends OrderOptions {
  /** Told of a scenario whose `setup` or cleanup failed; the run goes on with the next one. */
  readonly onFailure: (scenario: DeferredScenario, error: unknown) => void
}

/**
 * Lists the cases of a run: first those that are known, in the order of {@link orderTrials}, then scenario by scenario
 * those that need a `setup`. Dispose it when the run ends early: what a `setup` deferred is done then.
 */
export class MatrixPlanner implements Planner, AsyncDisposable {
  readonly #deferred: DeferredScenario[]
  readonly #options: MatrixPlannerOptions
  #queue: readonly TrialPlan[]
  #next = 0
  #open: { readonly scenario: DeferredScenario; readonly opened: OpenScenario } | undefined

  constructor(
    cases: readonly CasePlan[],
    deferred: readonly DeferredScenario[],
    options: MatrixPlannerOptions,
  ) {
    this.#options = options
    this.#queue = orderTrials(cases, options)
    this.#deferred = [...deferred]
  }

  /** The trials that are known before the first one runs. */
  get known(): RunPlan {
    return { seed: this.#options.seed, trials: this.#queue.slice(this.#next) }
  }

  async next(): Promise<TrialPlan | Finished> {
    for (;;) {
      const trial = this.#queue[this.#next]
      if (trial !== undefined) {
        this.#next += 1
        return trial
      }
      await this.#close()
      const scenario = this.#deferred.shift()
      if (scenario === undefined) return { finished: true }
      await this.#start(scenario)
    }
  }

  remaining(): number {
    return (
      this.#queue.length - this.#next + this.#deferred.reduce((sum, scenario) => sum + scenario.trials, 0)
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#deferred.length = 0
    this.#queue = []
    await this.#close()
  }

  async #start(scenario: DeferredScenario): Promise<void> {
    try {
      const opened = await scenario.open()
      this.#open = { scenario, opened }
      this.#queue = orderTrials(opened.cases, this.#options)
      this.#next = 0
    } catch (error) {
      this.#options.onFailure(scenario, error)
    }
  }

  async #close(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    try {
      await open.opened.close()
    } catch (error) {
      this.#options.onFailure(open.scenario, error)
    }
  }
}
