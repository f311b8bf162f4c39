import type { StudyPlan } from '../../dsl/study-plan.ts'
import { mean } from './point-evidence.ts'
import { gainOf } from './study-metric.ts'
import type { AxisSensitivity, StudyPoint } from './study-result.ts'

/** How much the score depends on each axis by itself: means by value, and the share of the variance between them (η²). */
export function sensitivityOf(
  { axes, objectives }: StudyPlan,
  points: readonly StudyPoint[],
): readonly AxisSensitivity[] {
  const known = points.filter(({ score }) => score !== null)
  const scores = known.map(({ score }) => score as number)
  const centre = scores.length === 0 ? 0 : mean(scores)
  const total = scores.reduce((sum, score) => sum + (score - centre) * (score - centre), 0)
  return axes
    .filter(({ values }) => values.length > 1)
    .map(({ name, values }) => {
      const groups = values.map((value) => ({
        value,
        scores: known
          .filter(({ configuration }) => configuration[name] === value)
          .map(({ score }) => score as number),
      }))
      const means = groups.map((group) => (group.scores.length === 0 ? null : mean(group.scores)))
      const best = Math.max(...means.map((one) => one ?? -Infinity))
      const between = groups.reduce((sum, group, index) => {
        const own = means[index] ?? centre
        return sum + group.scores.length * (own - centre) * (own - centre)
      }, 0)
      return {
        axis: name,
        values: groups.map((group, index) => {
          const own = means[index] ?? null
          return {
            value: group.value,
            points: group.scores.length,
            gain: own === null ? null : gainOf(objectives, own - best),
          }
        }),
        share: total > 0 ? between / total : null,
      }
    })
}
