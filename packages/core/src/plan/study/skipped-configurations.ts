import type { Scalar } from '../../dsl/matrix.ts'
import { caseName } from '../../report/case-name.ts'
import type { SkippedConfigurations } from '../../report/study/study-result.ts'
import type { CasePlan } from '../case-plan.ts'
import { StudySpace, type PointValues } from './space.ts'
import type { ReadyStudy } from './study-run.ts'

/**
 * A study without the configurations that its `skip` leaves out, with why. When the default is one of them, that
 * configuration takes its place which differs from it least.
 * @returns `null` when nothing is left
 */
export function leaveOutSkipped(study: ReadyStudy): ReadyStudy | null {
  const isSkipped = (point: number): boolean => study.cases[point]?.skip != null
  const [skipped, kept] = partition([...study.points.keys()], isSkipped)
  if (skipped.length === 0) return study
  const [first] = kept
  if (first === undefined) return null
  const { plan } = study
  const all = new StudySpace(plan.axes, study.points)
  const base = all.findValues(plan.baseline)
  const moved = base === null || isSkipped(base)
  const baseline = moved ? nearestTo(plan.baseline, all, kept) : plan.baseline
  const note = `The default is ${caseName(baseline)} here: ${caseName(plan.baseline)} was skipped.`
  return {
    ...study,
    plan: { ...plan, baseline },
    points: kept.map((point) => all.at(point)),
    cases: kept.map((point) => study.cases[point] as CasePlan),
    skipped: [...(study.skipped ?? []), ...groups(study, all, skipped)],
    notes: [...(study.notes ?? []), ...(moved ? [note] : [])],
  }
}

/** By reason, with the values that all configurations of a group have. */
function groups(
  { plan, cases }: ReadyStudy,
  space: StudySpace,
  skipped: readonly number[],
): readonly SkippedConfigurations[] {
  const varied = plan.axes.filter(({ values }) => values.length > 1).map(({ name }) => name)
  return [...Map.groupBy(skipped, (point) => cases[point]?.skip ?? '')].map(([reason, points]) => {
    const [first = {}, ...others] = points.map((point) => space.values(point))
    const common = varied.filter((name) => others.every((values) => values[name] === first[name]))
    return {
      reason,
      count: points.length,
      values: Object.fromEntries(common.map((name) => [name, first[name] as Scalar])),
    }
  })
}

function nearestTo(values: PointValues, space: StudySpace, points: readonly number[]): PointValues {
  const distance = (one: PointValues): number =>
    Object.keys(values).filter((name) => values[name] !== one[name]).length
  const all = points.map((point) => space.values(point))
  const least = Math.min(...all.map(distance))
  return all.find((one) => distance(one) === least) as PointValues
}

function partition(points: readonly number[], test: (point: number) => boolean): [number[], number[]] {
  return [points.filter(test), points.filter((point) => !test(point))]
}
