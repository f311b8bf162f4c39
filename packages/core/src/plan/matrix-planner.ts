import type { Trial } from '../report/result.ts'
import type { SearchResult } from '../report/search-result.ts'
import type { CasePlan } from './case-plan.ts'
import { orderTrials, processKey, type OrderOptions } from './order.ts'
import type { RunPlan } from './run-plan.ts'
import { outlookOf, type SearchOutlook } from './search/search-outlook.ts'
import { SearchPlanner } from './search/search-planner.ts'
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
 * Lists the cases of a run: first those that are known, in the order of {@link orderTrials}, then those whose load is
 * searched for, one after the other, then scenario by scenario those that need a `setup`. Dispose it when the run ends early: what a `setup` deferred is done then.
 */
export class MatrixPlanner implements Planner<Trial>, AsyncDisposable {
  readonly #deferred: DeferredScenario[]
  readonly #options: MatrixPlannerOptions
  #queue: readonly TrialPlan[]
  #next = 0
  #waiting: CasePlan[]
  readonly #searches: SearchPlanner[] = []
  #open: { readonly scenario: DeferredScenario; readonly opened: OpenScenario } | undefined

  constructor(
    cases: readonly CasePlan[],
    deferred: readonly DeferredScenario[],
    options: MatrixPlannerOptions,
  ) {
    this.#options = options
    this.#queue = orderTrials(cases, options)
    this.#deferred = [...deferred]
    this.#waiting = searchesOf(cases)
  }

  /** The trials that are known before the first one runs. */
  get known(): RunPlan {
    return { seed: this.#options.seed, trials: this.#queue.slice(this.#next) }
  }

  /** Searches that have not begun, with what they may take. */
  get outlooks(): readonly SearchOutlook[] {
    return this.#waiting.map(outlookOf)
  }

  async next(done: readonly Trial[] = []): Promise<TrialPlan | Finished> {
    for (;;) {
      const trial = this.#queue[this.#next]
      if (trial !== undefined) {
        this.#next += 1
        return trial
      }
      const probe = this.#searches.at(-1)?.next(done) ?? null
      if (probe !== null) return probe
      const search = this.#waiting.shift()
      if (search !== undefined) {
        this.#searches.push(new SearchPlanner(search, this.#options.seed))
        continue
      }
      await this.#close()
      const scenario = this.#deferred.shift()
      if (scenario === undefined) return { finished: true }
      await this.#start(scenario)
    }
  }

  remaining(): number {
    const known = this.#queue.length - this.#next
    const running = this.#searches.at(-1)?.remaining() ?? 0
    const waiting = this.outlooks.reduce((sum, { probes, confirmations }) => sum + probes + confirmations, 0)
    return known + running + waiting + this.#deferred.reduce((sum, { trials }) => sum + trials, 0)
  }

  searches(): readonly SearchResult[] {
    return this.#searches.map((search) => search.result())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#deferred.length = 0
    this.#queue = []
    this.#waiting = []
    await this.#close()
  }

  async #start(scenario: DeferredScenario): Promise<void> {
    try {
      const opened = await scenario.open()
      this.#open = { scenario, opened }
      this.#queue = orderTrials(opened.cases, this.#options)
      this.#waiting = searchesOf(opened.cases)
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

/** Cases whose load is searched for, those of one server process together. */
function searchesOf(cases: readonly CasePlan[]): CasePlan[] {
  const searches = cases.filter(({ skip, search }) => skip === null && search !== undefined)
  return [...Map.groupBy(searches, ({ trial }) => processKey(trial.server)).values()].flat()
}
