import type { ObjectivePlan } from '../../dsl/study-plan.ts'
import { scoreOf } from './study-metric.ts'
import type { StudyMeasurement, StudyPoint } from './study-result.ts'

/** What a configuration has shown at one load, over all measurements at that load. */
export interface LoadEvidence {
  readonly load: number | null
  /** Mean over those that were measured. */
  readonly score: number | null
  readonly violation: number
  /** Indices into the measurements that were given, oldest first. */
  readonly measurements: readonly number[]
}

/** More than scores, which are logarithms, differ by. */
const INFEASIBLE = 1e6

/** What misses the constraints stands below all that keeps them, nearer misses first. */
export function meritOf({ score, violation }: Pick<LoadEvidence, 'score' | 'violation'>): number {
  if (score === null) return -Infinity
  return violation <= 0 ? score : -INFEASIBLE - violation
}

/** As {@link meritOf} of a point that is concluded: among those that miss the constraints the higher score comes first. */
export function rankOf({ score, feasible }: Pick<StudyPoint, 'score' | 'feasible'>): number {
  if (score === null) return -Infinity
  return feasible ? score : score - INFEASIBLE
}

/** The measurements of one configuration, by load; of shorter ones only where there are no others. */
export function evidenceOf(
  objectives: readonly ObjectivePlan[],
  measurements: readonly StudyMeasurement[],
  indices: readonly number[],
): readonly LoadEvidence[] {
  // What a Ctrl-C has cut short says nothing about the configuration.
  const whole = indices.filter((index) => measurements[index]?.state !== 'interrupted')
  const longest = Math.max(...whole.map((index) => (measurements[index] as StudyMeasurement).fidelity))
  const used = whole.filter((index) => (measurements[index] as StudyMeasurement).fidelity === longest)
  const byLoad = Map.groupBy(used, (index) => (measurements[index] as StudyMeasurement).load)
  return [...byLoad].map(([load, own]) => {
    const known = own.map((index) => measurements[index] as StudyMeasurement)
    const scores = known.map(({ metrics }) => scoreOf(objectives, metrics)).filter((score) => score !== null)
    return {
      load,
      score: scores.length === 0 ? null : mean(scores),
      violation: mean(known.map(({ violation }) => violation)),
      measurements: own,
    }
  })
}

/** The load at which a configuration does best. */
export function bestLoad(evidence: readonly LoadEvidence[]): LoadEvidence | null {
  let best: LoadEvidence | null = null
  for (const one of evidence) if (best === null || meritOf(one) > meritOf(best)) best = one
  return best
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
