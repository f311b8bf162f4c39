import { createHash } from 'node:crypto'
import type { CollectedScenario } from '../collector/collect-scenario.ts'
import { namesFunction } from '../plan/function-references.ts'
import { measurementKey } from '../plan/study/study-identity.ts'
import type { RunResult, Trial } from '../report/result.ts'
import type { StudyResult } from '../report/study/study-result.ts'
import { canonicalJson, type JsonValue } from '../units/json.ts'
import { scenarioKey } from './impact.ts'
import type { WatchHistory } from './selection.ts'

/** What came of the studies of a session. */
export class StudyHistory implements WatchHistory {
  /** There are no cases that could fail: studies do. */
  readonly failed: ReadonlySet<string> = new Set()
  /** By {@link scenarioKey}. */
  readonly #last = new Map<string, StudyResult>()
  /** Those of the last run that did not come to a result. */
  readonly #failed = new Set<string>()
  /** What of a study makes its measurements: as it was asked for last, and as it was when it last came to its end. */
  readonly #asked = new Map<string, string>()
  readonly #ended = new Map<string, string>()
  /** Of studies whose cases only their `setup` knows. */
  readonly #deferred = new Map<string, readonly Trial['plan'][]>()

  /** These are what is run next. */
  ask(scenarios: readonly CollectedScenario[]): void {
    for (const scenario of scenarios) {
      const key = scenarioKey(scenario)
      this.#asked.set(key, essence(scenario))
      if (scenario.deferred === null) this.#deferred.delete(key)
      else if (!this.#deferred.has(key)) this.#deferred.set(key, [])
    }
  }

  add(result: RunResult): void {
    for (const study of result.studies ?? []) {
      const key = scenarioKey(study)
      const isDone = study.state === 'ended' && study.outcome !== 'failed'
      if (isDone && study.outcome !== 'infeasible') this.#failed.delete(key)
      else this.#failed.add(key)
      const asked = this.#asked.get(key)
      if (isDone && asked !== undefined) this.#ended.set(key, asked)
      else this.#ended.delete(key)
      if (isDone) this.#last.set(key, study)
      const plans = result.trials.filter((trial) => scenarioKey(trial) === key).map(({ plan }) => plan)
      if (this.#deferred.has(key) && plans.length > 0) this.#deferred.set(key, plans)
    }
  }

  /** The last time that it came to its end. */
  last({ file, path }: Pick<StudyResult, 'file' | 'path'>): StudyResult | null {
    return this.#last.get(scenarioKey({ file, path })) ?? null
  }

  get failedScenarios(): ReadonlySet<string> {
    return this.#failed
  }

  get plans(): readonly Trial['plan'][] {
    return [...this.#deferred.values()].flat()
  }

  isCurrent(scenario: CollectedScenario): boolean {
    if (scenario.deferred !== null) return false
    if (scenario.cases.some(({ trial, study }) => namesFunction([trial.streams, study]))) return false
    return this.#ended.get(scenarioKey(scenario)) === essence(scenario)
  }
}

const essences = new WeakMap<CollectedScenario, string>()

/** What of a study makes its measurements; a space of thousands of configurations is gone through once. */
function essence(scenario: CollectedScenario): string {
  const known = essences.get(scenario)
  if (known !== undefined) return known
  const { study, cases } = scenario
  const keys = cases.map(
    ({ trial, study: own }) =>
      `${measurementKey(trial)} ${canonicalJson((own ?? null) as unknown as JsonValue)}`,
  )
  const plan = canonicalJson((study?.plan ?? null) as unknown as JsonValue)
  const digest = createHash('sha256')
    .update([plan, ...keys].join('\n'))
    .digest('hex')
  essences.set(scenario, digest)
  return digest
}
