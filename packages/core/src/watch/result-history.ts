import { exitCodeOf } from '../report/exit-code.ts'
import { ExitCode } from '../errors/servebench-error.ts'
import { namesFunction } from '../plan/function-references.ts'
import type { CasePlan } from '../plan/case-plan.ts'
import type { CollectedScenario } from '../collector/collect-scenario.ts'
import type { RunResult, Trial } from '../report/result.ts'
import { canonicalJson, type JsonValue } from '../units/json.ts'
import { scenarioKey } from './impact.ts'

interface Measured {
  readonly result: RunResult
  readonly trials: readonly Trial[]
}

/** The last complete measurement of every case, and what failed last. */
export class ResultHistory {
  readonly #measured = new Map<string, Measured>()
  /** By case, the key of its scenario. */
  readonly #failed = new Map<string, string>()

  /** Takes over the cases of a run that were not interrupted. */
  add(result: RunResult, strict: boolean): void {
    for (const one of result.cases) {
      const trials = result.trials.filter((trial) => trial.caseId === one.id && trial.state !== 'skipped')
      const [first] = trials
      if (first === undefined || trials.some((trial) => trial.state === 'interrupted')) continue
      const { code } = exitCodeOf({ trials, cases: [one] }, { strict })
      if (code === ExitCode.ok) this.#failed.delete(one.id)
      else this.#failed.set(one.id, scenarioKey(first))
      if (trials.every((trial) => trial.state === 'completed')) this.#measured.set(one.id, { result, trials })
    }
  }

  /** The run that measured a case last. */
  runOf(caseId: string): RunResult | null {
    return this.#measured.get(caseId)?.result ?? null
  }

  /** Cases that failed last: of an SLO, of their validity, or altogether. */
  get failed(): ReadonlySet<string> {
    return new Set(this.#failed.keys())
  }

  /** By {@link scenarioKey}. */
  get failedScenarios(): ReadonlySet<string> {
    return new Set(this.#failed.values())
  }

  /** All plans that were measured. */
  get plans(): readonly Trial['plan'][] {
    return [...this.#measured.values()].flatMap(({ trials }) => trials.slice(0, 1).map(({ plan }) => plan))
  }

  /**
   * Whether a scenario would measure just what was measured last: a change of its file was elsewhere. Functions may
   * have changed unseen, also in what the file imports.
   */
  isCurrent(scenario: CollectedScenario): boolean {
    return scenario.deferred === null && scenario.cases.every((planned) => this.#isCurrent(planned))
  }

  #isCurrent(planned: CasePlan): boolean {
    if (planned.skip !== null) return true
    const last = this.#measured.get(planned.trial.caseId)
    const plan = last?.trials[0]?.plan
    return (
      plan !== undefined &&
      last?.trials.length === planned.repeats &&
      !namesFunction(planned.trial.streams) &&
      essence(plan) === essence(planned.trial)
    )
  }
}

/** What of a plan makes its numbers. */
function essence({
  settings,
  server,
  streams,
  samplers,
}: Omit<Trial['plan'], 'id' | 'repeat' | 'seed'>): string {
  return canonicalJson({ settings, server, streams, samplers: samplers ?? [] } as unknown as JsonValue)
}
