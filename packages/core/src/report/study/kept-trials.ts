import { rankOf } from './point-evidence.ts'
import type { StudyResult } from './study-result.ts'

/** Trials of studies that a result holds as a whole; what a study needs of the others is in its measurements. */
export const MOST_STUDY_TRIALS = 500

/**
 * The trials of large studies that a result leaves out, so that thousands of configurations fit into memory and a page:
 * those of the configurations that did worst. What leaders, the baseline and ablation are judged by stays.
 * @param run the id of the run that the result is of: trials of earlier ones are not in its folder
 */
export function omittedTrials(
  studies: readonly StudyResult[],
  run: string,
  most: number = MOST_STUDY_TRIALS,
): ReadonlySet<string> {
  const own = studies.flatMap((study) => {
    const score = new Map(study.points.map((point) => [point.id, rankOf(point)]))
    return study.measurements
      .filter((measurement) => measurement.run === run)
      .map(({ trial, purpose, point }) => ({
        trial,
        rank: purpose === 'search' && point !== study.baseline ? (score.get(point) ?? -Infinity) : Infinity,
      }))
  })
  if (own.length <= most) return new Set()
  return new Set(
    own
      .toSorted((one, other) => (one.rank === other.rank ? 0 : other.rank - one.rank))
      .slice(most)
      .filter(({ rank }) => rank < Infinity)
      .map(({ trial }) => trial),
  )
}
