import { poolGauges } from '../pool-gauges.ts'
import { measuredSeconds } from '../pool.ts'
import type { GaugeSummary, Metrics, RunResult, Trial } from '../result.ts'
import { scenariosOf, type RepeatedCase } from './measured-scenarios.ts'

/** A case that was measured, of any number of streams, with the repeats that its numbers are from. */
export interface SoundCase extends Omit<RepeatedCase, 'repeats'> {
  readonly metrics: Metrics
  /** Over these repeats. */
  readonly gauges: Readonly<Record<string, GaugeSummary>>
}

/** The cases of which not every repeat is invalid, without cold starts: their throughput means nothing. */
export function soundCases(result: RunResult): readonly SoundCase[] {
  return soundScenarios(result).flatMap(({ cases }) => cases)
}

/** The same by scenario; those without any are left out. */
export function soundScenarios(
  result: RunResult,
): readonly { readonly title: string; readonly cases: readonly SoundCase[] }[] {
  return scenariosOf(result)
    .map(({ title, cases }) => ({ title, cases: cases.flatMap(soundCase) }))
    .filter(({ cases }) => cases.length > 0)
}

function soundCase({ one, trials }: RepeatedCase): readonly SoundCase[] {
  const [first] = trials
  return one.pooled === null || first === undefined || first.coldStart !== undefined
    ? []
    : [{ one, trials, metrics: one.pooled, gauges: gaugesOf(trials) }]
}

/** Gauges over several repeats. */
export function gaugesOf(trials: readonly Trial[]): Readonly<Record<string, GaugeSummary>> {
  return trials.length === 0
    ? {}
    : poolGauges(trials.map((trial) => ({ gauges: trial.gauges, seconds: measuredSeconds(trial) })))
}
