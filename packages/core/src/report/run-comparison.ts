import type { Comparison } from './compare.ts'
import type { MetricJudgement } from './judge-change.ts'

/** A run against its baseline, as its result keeps it. */
export interface RunComparison extends Comparison {
  /** The baseline's path as it was given. */
  readonly baseline: string
  /** The run becomes the new baseline: regressions are told, and do not fail it. */
  readonly accepted: boolean
}

/** What reports say about a case's comparison with the baseline. */
export interface CaseChanges {
  readonly regressions: readonly string[]
  readonly improvements: readonly string[]
  readonly inconclusive: readonly string[]
  readonly refused: readonly string[]
}

/** By the id of the case; cases that the baseline does not have are absent. */
export function summariseChanges(comparison: RunComparison | undefined): ReadonlyMap<string, CaseChanges> {
  return new Map(
    (comparison?.cases ?? []).map((one) => {
      const of = (verdict: MetricJudgement['verdict']): readonly string[] =>
        one.judgements
          .filter((judgement) => judgement.verdict === verdict)
          .map(({ metric, reason }) => `${metric}: ${reason}`)
      return [
        one.id,
        {
          regressions: of('regression'),
          improvements: of('improvement'),
          inconclusive: of('inconclusive'),
          refused: one.refused,
        },
      ]
    }),
  )
}
