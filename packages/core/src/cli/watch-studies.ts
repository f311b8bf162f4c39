import type { CollectedScenario } from '../collector/collect-scenario.ts'
import type { RunningServer } from '../hooks/server.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import type { RunResult, Trial } from '../report/result.ts'
import { canonicalJson, type JsonValue } from '../units/json.ts'
import type { ChangeStyle } from '../watch/render-changes.ts'
import { findStudyChanges, renderStudyChanges } from '../watch/study-change.ts'
import { StudyHistory } from '../watch/study-history.ts'
import { createStudyPlanner, readyStudies, type StudyArguments } from './planned-studies.ts'
import type { Project } from './project.ts'
import { reviewBudget } from './show-studies.ts'
import type { TuneContext } from './tune-server.ts'
import type { WatchedRun, WatchedRunContext, WatchSubject } from './watch-subject.ts'

/**
 * `servebench tune --watch`: studies, again and again. What makes a change cheap is the store of measurements: of a study that
 * is run again only what differs is measured.
 */
export class WatchedStudies implements WatchSubject {
  readonly kind: WatchSubject['kind'] = 'studies'
  readonly history: StudyHistory = new StudyHistory()
  readonly #options: StudyArguments
  /** What servers have told of their tunables, by their plans: a server is not started again to ask the same. */
  readonly #examined = new Map<string, Promise<unknown>>()

  constructor(options: StudyArguments) {
    this.#options = options
  }

  get plans(): readonly Trial['plan'][] {
    return this.history.plans
  }

  isOwn({ study }: CollectedScenario): boolean {
    return study !== undefined
  }

  choose(scenarios: readonly CollectedScenario[]): void {
    this.history.ask(scenarios)
  }

  async prepare(project: Project, { order, runner, log, stop }: WatchedRunContext): Promise<WatchedRun> {
    // A file that a server reads may change what can be tuned.
    if (order.impact.inputs.size > 0) this.#examined.clear()
    const studies = await readyStudies(project, this.#options, this.#remember(runner, stop))
    reviewBudget(studies)
    const failures: string[] = []
    const planner = await createStudyPlanner(project, studies, {
      fresh: order.scope === 'anew',
      log,
      failures,
    })
    return {
      request: {
        planner,
        known: [],
        cases: [],
        skipped: [],
        failures,
        onRun: (id) => planner.begin(id),
      },
      [Symbol.asyncDispose]: () => planner[Symbol.asyncDispose](),
    }
  }

  conclude(result: RunResult, _strict: boolean, style: ChangeStyle): string {
    const changes = findStudyChanges(this.history, result)
    this.history.add(result)
    return renderStudyChanges(changes, style)
  }

  #remember(runner: WatchedRunContext['runner'], stop: AbortSignal): TuneContext['examine'] {
    return <T>(server: ServerPlan, read: (running: RunningServer) => Promise<T>): Promise<T> => {
      const key = canonicalJson(server as unknown as JsonValue)
      const known = this.#examined.get(key) as Promise<T> | undefined
      if (known !== undefined) return known
      const found = runner.examine(server, stop, read)
      this.#examined.set(key, found)
      found.catch(() => this.#examined.delete(key))
      return found
    }
  }
}
