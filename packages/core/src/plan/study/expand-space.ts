import { show, type Problems } from '../../dsl/problems.ts'
import type { Fields } from '../../dsl/fields.ts'
import type { Scalar } from '../../dsl/matrix.ts'
import { planStudy, UNCHANGED, type StudyPlan } from '../../dsl/study-plan.ts'
import { messageOf } from '../../errors/plugin-error.ts'
import { whyNoMetric } from '../../report/study/study-metric.ts'
import { isWhole, StudySpace, type Coordinate, type PointValues } from './space.ts'

/** More configurations than this are taken for a mistake: each of them is planned before the first is measured. */
export const MOST_POINTS = 20_000
/** Combinations that are looked at, before conditions and `where` leave some out. */
const MOST_COMBINATIONS = 1_000_000

export interface ExpandedStudy {
  readonly plan: StudyPlan
  readonly points: readonly Coordinate[]
  readonly cases: readonly PointValues[]
}

type NamedConfigurations = Readonly<Record<string, PointValues>>

/**
 * All configurations of a study that its conditions and `where` allow.
 * @param chosen values from `--set`, as text: the axis is restricted to them
 */
export function expandSpace(
  problems: Problems,
  options: Fields,
  chosen: ReadonlyMap<string, readonly string[]>,
): ExpandedStudy | undefined {
  const written = planStudy(problems, options)
  if (written === undefined) return undefined
  const plan = restrict(problems, written, chosen)
  for (const { metric } of plan.objectives) {
    const why = whyNoMetric(metric)
    if (why !== null) problems.error(`objective.${metric}`, why.message, why.suggestion)
  }
  const { axes } = plan
  const combinations = axes.reduce((product, { values }) => product * values.length, 1)
  if (combinations > MOST_COMBINATIONS) {
    problems.error(
      'space',
      `${combinations} combinations are more than ${MOST_COMBINATIONS}; give axes fewer values (\`factor\`, \`count\`).`,
    )
    return undefined
  }
  const allows = predicate(problems, options['where'])
  const space = StudySpace.of(axes, (values) => isWhole(plan, values) && allows(values))
  if (space.size > MOST_POINTS) {
    problems.error(
      'space',
      `${space.size} configurations are more than ${MOST_POINTS}; give axes fewer values, or prune with \`where\`.`,
    )
    return undefined
  }
  if (problems.errors.length > 0) return undefined
  if (space.size === 0) {
    problems.error('where', 'it refuses every configuration of the space: nothing is left to measure.')
    return undefined
  }
  checkNamed(problems, space, 'baseline', plan.baseline)
  const named = (path: string, configurations: NamedConfigurations): void => {
    for (const [name, values] of Object.entries(configurations))
      checkNamed(problems, space, `${path}.${name}`, { ...plan.baseline, ...values })
  }
  if (plan.search?.strategy === 'list') named('search.configurations', plan.search.configurations)
  named('candidates', plan.candidates ?? {})
  if (problems.errors.length > 0) return undefined
  const points = Array.from({ length: space.size }, (_, point) => point)
  return {
    plan,
    points: points.map((point) => space.at(point)),
    cases: points.map((point) => space.values(point)),
  }
}

function restrict(
  problems: Problems,
  plan: StudyPlan,
  chosen: ReadonlyMap<string, readonly string[]>,
): StudyPlan {
  const axes = plan.axes.map((axis) => {
    const texts = chosen.get(axis.name)
    if (texts === undefined) return axis
    const isKept = (value: Scalar): boolean => value === UNCHANGED && value === plan.baseline[axis.name]
    const values = axis.values.filter((value) => isKept(value) || texts.includes(String(value)))
    if (values.some((value) => !isKept(value))) return { ...axis, values }
    problems.error(
      `space.${axis.name}`,
      `no value of the axis is ${texts.map(show).join(' or ')}, from --set.`,
    )
    return axis
  })
  const baseline = Object.fromEntries(
    axes.map(({ name, values }) => {
      const own = plan.baseline[name]
      return [name, own !== undefined && values.includes(own) ? own : (values[0] as string)]
    }),
  )
  const inside = (configurations: NamedConfigurations): NamedConfigurations =>
    Object.fromEntries(
      Object.entries(configurations).filter(([, values]) =>
        axes.every(({ name, values: all }) => values[name] === undefined || all.includes(values[name])),
      ),
    )
  const { candidates, search } = plan
  return {
    ...plan,
    axes,
    baseline,
    ...(candidates === undefined ? {} : { candidates: inside(candidates) }),
    search:
      search?.strategy === 'list' ? { ...search, configurations: inside(search.configurations) } : search,
  }
}

function predicate(problems: Problems, where: unknown): (values: PointValues) => boolean {
  if (where === undefined) return () => true
  if (typeof where !== 'function') {
    problems.error('where', `expected a function of the configuration, not ${show(where)}.`)
    return () => true
  }
  let threw = false
  return (values) => {
    if (threw) return true
    try {
      return Boolean((where as (at: PointValues) => unknown)(values))
    } catch (error) {
      threw = true
      problems.error('where', `the function threw: ${messageOf(error)}`)
      return true
    }
  }
}

function checkNamed(problems: Problems, space: StudySpace, path: string, values: PointValues): void {
  if (space.findValues(values) !== null) return
  const text = Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
  problems.error(path, `${text} is pruned by \`where\`: it cannot be measured.`)
}
