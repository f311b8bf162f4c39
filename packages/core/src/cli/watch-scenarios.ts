import type { CollectedScenario } from '../collector/collect-scenario.ts'
import { messageOf } from '../errors/plugin-error.ts'
import { RewrittenPlanner } from '../plan/rewritten-planner.ts'
import type { RunResult, Trial } from '../report/result.ts'
import { findChanges } from '../watch/change.ts'
import { renderChanges, type ChangeStyle } from '../watch/render-changes.ts'
import { ResultHistory } from '../watch/result-history.ts'
import { createPlanner, type Project } from './project.ts'
import type { WatchedRun, WatchedRunContext, WatchSubject } from './watch-subject.ts'

/** `servebench watch` */
export class WatchedScenarios implements WatchSubject {
  readonly kind: WatchSubject['kind'] = 'scenarios'
  readonly history: ResultHistory = new ResultHistory()

  get plans(): readonly Trial['plan'][] {
    return this.history.plans
  }

  isOwn({ study }: CollectedScenario): boolean {
    return study === undefined
  }

  async prepare(project: Project, { log }: WatchedRunContext): Promise<WatchedRun> {
    const planner = createPlanner(project, (scenario, error) => {
      log.warn(`setup of ${scenario.path.join(' > ')} (${scenario.file}): ${messageOf(error)}`)
    })
    const resolved = await project.plugins.hooks.resolvePlan.promise(planner.known)
    return {
      request: {
        planner: new RewrittenPlanner(resolved.trials, planner),
        known: resolved.trials,
        cases: project.cases.map(({ trial }) => trial.caseId),
        skipped: project.cases.filter((planned) => planned.skip !== null),
      },
      [Symbol.asyncDispose]: () => planner[Symbol.asyncDispose](),
    }
  }

  conclude(result: RunResult, strict: boolean, style: ChangeStyle): string {
    const changes = findChanges(this.history, result)
    this.history.add(result, strict)
    return renderChanges(changes, style)
  }
}
