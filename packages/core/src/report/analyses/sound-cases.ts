import { poolGauges } from '../pool-gauges.ts'
import { measuredSeconds } from '../pool.ts'
import type { CaseResult, GaugeSummary, Metrics, RunResult, Trial } from '../result.ts'

/** A case with the repeats that its numbers are from. */
export interface SoundCase {
  readonly one: CaseResult
  readonly metrics: Metrics
  readonly trials: readonly Trial[]
  /** Over these repeats. */
  readonly gauges: Readonly<Record<string, GaugeSummary>>
}

/** The cases of which not every repeat is invalid. */
export function soundCases(result: RunResult): readonly SoundCase[] {
  const all = new Map(result.trials.map((trial) => [trial.id, trial]))
  return result.cases.flatMap((one) => {
    const trials = one.trials
      .flatMap((id) => all.get(id) ?? [])
      // Of a cold start neither throughput nor the server's time mean anything.
      .filter(({ verdict, coldStart }) => verdict.validity !== 'invalid' && coldStart === undefined)
    return one.pooled === null || trials.length === 0
      ? []
      : [{ one, metrics: one.pooled, trials, gauges: gaugesOf(trials) }]
  })
}

/** Gauges over several repeats. */
export function gaugesOf(trials: readonly Trial[]): Readonly<Record<string, GaugeSummary>> {
  return trials.length === 0
    ? {}
    : poolGauges(trials.map((trial) => ({ gauges: trial.gauges, seconds: measuredSeconds(trial) })))
}

/** What cases share a scenario with, in the order of the first of each. */
export function byScenario<T extends { readonly one: CaseResult }>(
  cases: readonly T[],
): readonly (readonly [T, ...T[]])[] {
  const groups = Map.groupBy(cases, ({ one: { file, path } }) => JSON.stringify([file, path]))
  return [...groups.values()] as [T, ...T[]][]
}
