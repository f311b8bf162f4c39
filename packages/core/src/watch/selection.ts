import { resolve } from 'node:path'
import type { CollectedScenario } from '../collector/collect-scenario.ts'
import type { CasePlan } from '../plan/case-plan.ts'
import { scenarioKey } from './impact.ts'
import type { Order } from './watch-state.ts'

/** What is known of earlier runs of a session. */
export interface WatchHistory {
  /** Ids of cases that failed last. */
  readonly failed: ReadonlySet<string>
  /** By {@link scenarioKey}. */
  readonly failedScenarios: ReadonlySet<string>
  /** Whether what was measured last is just what would be measured now. */
  isCurrent(scenario: CollectedScenario): boolean
}

/** What of the collected scenarios an order is about. */
export interface Selection {
  readonly scenarios: readonly CollectedScenario[]
  readonly isChosen: (planned: CasePlan) => boolean
}

export function selectScenarios(
  collected: readonly CollectedScenario[],
  { scope, impact }: Order,
  history: WatchHistory,
  root: string,
): Selection {
  if (scope === 'failed') {
    const { failed, failedScenarios } = history
    return {
      scenarios: collected.filter((scenario) => failedScenarios.has(scenarioKey(scenario))),
      isChosen: ({ trial }) => failed.has(trial.caseId),
    }
  }
  if (scope === 'all' || scope === 'anew' || impact.all) return { scenarios: collected, isChosen: () => true }
  const byFile = Map.groupBy(collected, ({ file }) => file)
  const scenarios = [...byFile].flatMap(([file, all]) => {
    const named = all.filter((scenario) => impact.scenarios.has(scenarioKey(scenario)))
    if (!impact.files.has(resolve(root, file))) return named
    const changed = all.filter((scenario) => !history.isCurrent(scenario))
    // A file that is saved as it was is saved to measure it again.
    return changed.length + named.length === 0
      ? all
      : all.filter((one) => changed.includes(one) || named.includes(one))
  })
  return { scenarios, isChosen: () => true }
}
