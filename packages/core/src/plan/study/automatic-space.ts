import { nameValues, valueName } from '../../dsl/axis-value.ts'
import type { Scalar } from '../../dsl/matrix.ts'
import type { PlannedAxis, StudyPlan } from '../../dsl/study-plan.ts'
import type { Candidate, ServerTuning, Tunable } from '../../hooks/tuning.ts'
import type { JsonValue } from '../../units/json.ts'
import type { CasePlan } from '../case-plan.ts'
import type { ReadyStudy } from './study-run.ts'
import { MOST_POINTS } from './expand-space.ts'
import { StudySpace, type PointValues } from './space.ts'
import { applySettings, contentOf } from './study-settings.ts'

/** What the plugin of a server knows of tuning it. */
export interface ServerKnowledge {
  readonly tuning: ServerTuning | undefined
  /** Of the running server, in its default configuration. */
  readonly tunables: readonly Tunable[]
  readonly candidates: readonly Candidate[]
}

/**
 * A study that named no axes, with those that the server's plugin finds worth a try, and the configurations of published
 * rules of thumb beside them. The default configuration is the server as it is.
 * @param study has a single case
 */
export function automaticStudy(study: ReadyStudy, knowledge: ServerKnowledge): ReadyStudy {
  const [base] = study.cases
  if (base === undefined) return study
  const asked = askedModels(base)
  const tunables = knowledge.tunables.filter(
    ({ model }) => model === undefined || asked.size === 0 || asked.has(model),
  )
  const { axes: varied, notes: thinned } = thinAxes(tunables.flatMap(axisOf), tunables)
  const notes = [...skippedOf(tunables), ...thinned]
  const known = new Map(tunables.map((tunable) => [tunable.path, tunable]))
  const { axes, candidates } = withCandidates(varied, knowledge.candidates, known)
  const conditioned = axes.map((axis) => withCondition(axis, known, axes))
  const baseline = Object.fromEntries(
    axes.map(({ name, values }) => [name, defaultOf(known.get(name), values)]),
  )
  const main = new Set(varied.map(({ name }) => name))
  const space = StudySpace.of(conditioned, (values) => isInside(values, main, baseline, candidates))
  const points = Array.from({ length: space.size }, (_, point) => space.at(point))
  const plan: StudyPlan = {
    ...study.plan,
    automatic: true,
    axes: conditioned,
    // What has a single value is left as it is.
    settings: axes.filter(({ values }) => values.length > 1).map(({ name }) => name),
    baseline,
    candidates,
  }
  const cases = points.map((_, point) => ({ ...base, trial: { ...base.trial, case: space.values(point) } }))
  return applySettings({ ...study, plan, points, cases, notes }, knowledge.tuning)
}

/** Other models of the server are left as they are. */
function askedModels({ trial }: CasePlan): ReadonlySet<JsonValue> {
  const names = Object.values(trial.streams).map(({ target }) => target.options['model'])
  return new Set(names.filter((name) => typeof name === 'string'))
}

/** Values worth a try and the one in effect; of a device that this machine lacks at least the latter, as a column. */
function axisOf(tunable: Tunable): readonly PlannedAxis[] {
  const { path, role, automatic = [], default: own, skipped = [] } = tunable
  const lacking = new Set(skipped.map(({ value }) => JSON.stringify(value)))
  const values = automatic.filter((value) => !lacking.has(JSON.stringify(value)))
  const isColumn = role === 'device' && skipped.length > 0 && own !== undefined
  if (values.length === 0 && !isColumn) return []
  const axis = axisWith(path, own === undefined ? values : withValue(values, own))
  return !isColumn
    ? [axis]
    : [{ ...axis, skipped: skipped.map(({ value, reason }) => ({ value: valueName(value), reason })) }]
}

function axisWith(name: string, given: readonly JsonValue[]): PlannedAxis {
  const named = nameValues(given)
  return { name, ...named, ordered: named.values.every((value) => typeof value === 'number') }
}

/** A value that is not among the others first, or in the order of numbers. */
function withValue(values: readonly JsonValue[], own: JsonValue): readonly JsonValue[] {
  const name = valueName(own)
  return values.some((value) => valueName(value) === name) ? values : inOrder([own, ...values])
}

/**
 * Several models may have more configurations than a study can plan, although a search looks at few of them. Then the axes
 * with most values keep every second one, the ends and what is in effect now.
 */
function thinAxes(
  all: readonly PlannedAxis[],
  tunables: readonly Tunable[],
): { readonly axes: readonly PlannedAxis[]; readonly notes: readonly string[] } {
  const thin = (axis: PlannedAxis): PlannedAxis => {
    const { name, values } = axis
    const own = defaultOf(
      tunables.find(({ path }) => path === name),
      values,
    )
    const isEnd = (index: number): boolean => index === 0 || index === values.length - 1
    const kept = values.filter((value, index) => index % 2 === 0 || isEnd(index) || value === own)
    return { ...axis, values: kept }
  }
  let axes = all
  while (axes.reduce((product, { values }) => product * values.length, 1) > MOST_POINTS) {
    const thinner = axes.map(thin)
    const gains = axes.map(({ values }, index) => values.length - (thinner[index]?.values.length ?? 0))
    const most = Math.max(...gains)
    if (most === 0) break
    axes = axes.map((axis, index) => (gains[index] === most ? (thinner[index] as PlannedAxis) : axis))
  }
  const notes = axes.flatMap(({ name, values }, index) =>
    values.length === all[index]?.values.length
      ? []
      : [`${name} was tried at ${values.join(', ')} only: all models together have too many configurations.`],
  )
  return { axes, notes }
}

function withCandidates(
  varied: readonly PlannedAxis[],
  candidates: readonly Candidate[],
  known: ReadonlyMap<string, Tunable>,
): { readonly axes: readonly PlannedAxis[]; readonly candidates: Record<string, PointValues> } {
  const axes = new Map(varied.map((axis) => [axis.name, axis]))
  const usable: Record<string, PointValues> = {}
  for (const { name, values } of candidates) {
    const entries = Object.entries(values)
    const fits = entries.every(([path]) => axes.has(path) || known.get(path)?.default !== undefined)
    if (!fits) continue
    for (const [path, value] of entries) {
      const axis = axes.get(path)
      const own =
        axis === undefined
          ? [known.get(path)?.default as JsonValue]
          : axis.values.map((one) => contentOf(axis, one))
      axes.set(path, { ...axis, ...axisWith(path, withValue(own, value)) })
    }
    usable[name] = Object.fromEntries(entries.map(([path, value]) => [path, valueName(value)]))
  }
  return { axes: [...axes.values()], candidates: usable }
}

/** Beside the space that is searched there are single configurations: those of rules of thumb. */
function isInside(
  values: PointValues,
  main: ReadonlySet<string>,
  baseline: PointValues,
  candidates: Readonly<Record<string, PointValues>>,
): boolean {
  const differing = Object.keys(values).filter((name) => !main.has(name) && values[name] !== baseline[name])
  if (differing.length === 0) return true
  return Object.values(candidates).some((candidate) =>
    Object.entries({ ...baseline, ...candidate }).every(([name, value]) => values[name] === value),
  )
}

function withCondition(
  axis: PlannedAxis,
  known: ReadonlyMap<string, Tunable>,
  axes: readonly PlannedAxis[],
): PlannedAxis {
  const condition = known.get(axis.name)?.when
  if (condition === undefined || !axes.some(({ name }) => name === condition.path)) return axis
  return { ...axis, condition: { [condition.path]: condition.values.map(valueName) } }
}

function defaultOf(tunable: Tunable | undefined, values: readonly Scalar[]): Scalar {
  const own = tunable?.default === undefined ? undefined : valueName(tunable.default)
  return own !== undefined && values.includes(own) ? own : (values[0] as Scalar)
}

function inOrder(values: readonly JsonValue[]): readonly JsonValue[] {
  return values.every((value) => typeof value === 'number')
    ? [...values].sort((one, other) => one - other)
    : values
}

function skippedOf(tunables: readonly Tunable[]): readonly string[] {
  return tunables.flatMap(({ path, skipped = [] }) =>
    skipped.map(({ value, reason }) => `${path} = ${JSON.stringify(value)} was not tried: ${reason}`),
  )
}
