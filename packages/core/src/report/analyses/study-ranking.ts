import { rankOf } from '../study/point-evidence.ts'
import type { StudyMeasurement, StudyPoint, StudyResult } from '../study/study-result.ts'
import { missingStreams } from './study-several.ts'

/** Configurations in the summary; the detail has all. */
const MOST_SHOWN = 10

/** Configurations from the best on; the default always among them. */
export function rankedPoints({ points, best }: StudyResult): readonly StudyPoint[] {
  const place = (point: StudyPoint): number => {
    const index = best.indexOf(point.id)
    return index < 0 ? best.length : index
  }
  return points.toSorted((one, other) => place(one) - place(other) || rankOf(other) - rankOf(one))
}

export function measurementOf(
  { measurements }: StudyResult,
  { best }: StudyPoint,
): StudyMeasurement | undefined {
  return best === null ? undefined : measurements[best]
}

/** The best, the default, and those that were measured because they have a name. */
export function shownPoints(study: StudyResult): readonly StudyPoint[] {
  const named = new Set(namedPoints(study).map(({ point }) => point.id)).add(study.baseline)
  return rankedPoints(study).filter(({ id }, place) => place < MOST_SHOWN || named.has(id))
}

interface NamedPoint {
  readonly name: string
  readonly point: StudyPoint
}

/** Configurations that have a name, such as rules of thumb. */
export function namedPoints({ plan, points }: StudyResult): readonly NamedPoint[] {
  return Object.entries(plan.candidates ?? {}).flatMap(([name, own]) => {
    const values = { ...plan.baseline, ...own }
    const point = points.find(({ configuration }) =>
      Object.entries(configuration).every(([axis, value]) => values[axis] === value),
    )
    return point === undefined ? [] : [{ name, point }]
  })
}

export function markOf(study: StudyResult, point: StudyPoint): string {
  const { best, baseline } = study
  const { id, feasible, score, pareto } = point
  const measurement = measurementOf(study, point)
  const missing = measurement === undefined ? [] : missingStreams(study, measurement)
  const words = [
    best[0] === id ? (best.length > 1 ? 'best, ties' : 'best') : best.includes(id) ? 'ties' : null,
    id === baseline ? 'default' : null,
    score === null ? 'failed' : feasible ? null : ['misses', ...missing].join(' '),
    pareto && !best.includes(id) ? 'front' : null,
  ]
  return words.filter((word) => word !== null).join(', ')
}

/** Those that are shown in detail: what ties for the best, other leaders, and the default. */
export function leadingPoints(study: StudyResult): readonly StudyPoint[] {
  const { best, leaders, baseline } = study
  const wanted = new Set([...best, ...leaders.map(({ point }) => point), baseline])
  const ranked = rankedPoints(study).filter(({ id, score }) => wanted.has(id) && score !== null)
  return ranked.length > 1 || best.length > 0
    ? ranked
    : rankedPoints(study)
        .slice(0, 2)
        .filter(({ score }) => score !== null)
}
