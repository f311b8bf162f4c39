import { nameValues, valueName } from '../../dsl/axis-value.ts'
import type { Scalar } from '../../dsl/matrix.ts'
import { UNCHANGED, type PlannedAxis, type StudyPlan } from '../../dsl/study-plan.ts'
import { formatProblem, ValidationError, type Problem } from '../../errors/validation-error.ts'
import { applyTunables } from '../../hooks/apply-tunable.ts'
import type { Candidate, ServerTuning, Tunable } from '../../hooks/tuning.ts'
import type { JsonValue } from '../../units/json.ts'
import type { CasePlan } from '../case-plan.ts'
import { caseId } from '../identity.ts'
import { streamsAt } from '../search/load-at.ts'
import type { ServerPlan } from '../trial-plan.ts'
import type { ReadyStudy } from './study-run.ts'
import { matters, StudySpace, type PointValues } from './space.ts'

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
  const notes = skippedOf(tunables)
  const varied = tunables.flatMap(axisOf)
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

/**
 * The cases of a study with the settings that its axes name applied to their servers.
 * @throws {ValidationError} with all that servers of this kind would not take
 */
export function applySettings(study: ReadyStudy, tuning: ServerTuning | undefined): ReadyStudy {
  const { settings = [], loads, axes } = study.plan
  if (settings.length === 0) return study
  const varied = axes.filter(({ name }) => settings.includes(name))
  const most = loads?.vary === 'concurrency' ? (loads.values.at(-1) ?? null) : null
  const problems = new Map<string, Problem>()
  const cases = study.cases.map((planned): CasePlan => {
    const { trial } = planned
    if (trial.server === null) return planned
    let server: ServerPlan
    try {
      server = applyTunables(trial.server, valuesOf(varied, trial.case), tuning)
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error
      for (const problem of error.problems) problems.set(formatProblem(problem), problem)
      return planned
    }
    const key = { file: trial.file, path: trial.path, case: trial.case, role: trial.role }
    const tuned = { ...planned, trial: { ...trial, caseId: caseId(key), server } }
    const users = most === null || planned.study?.ownLoad === true ? null : usersOf(tuning, server, most)
    if (users === null) return tuned
    return {
      ...tuned,
      trial: { ...tuned.trial, streams: streamsAt(trial.streams, 'concurrency', users) },
      study: { quality: null, qualityLimits: null, ...planned.study, ownLoad: true },
    }
  })
  if (problems.size > 0) throw new ValidationError('Settings of the server', [...problems.values()])
  return { ...study, cases }
}

/** What is applied: an axis that does not matter would undo the one that it depends on. */
function valuesOf(axes: readonly PlannedAxis[], point: PointValues): Readonly<Record<string, JsonValue>> {
  const values: Record<string, JsonValue> = {}
  for (const axis of axes) {
    const value = point[axis.name] as Scalar
    if (value !== UNCHANGED && matters(axis, point)) values[axis.name] = contentOf(value, axes, axis.name)
  }
  return values
}

/** What a setting is given for a value, which may be the name of a list, an object or `null`. */
function contentOf(value: Scalar, axes: readonly PlannedAxis[], axis: string): JsonValue {
  const contents = axes.find(({ name }) => name === axis)?.contents ?? {}
  return Object.hasOwn(contents, String(value)) ? (contents[String(value)] as JsonValue) : value
}

/** Other models of the server are left as they are. */
function askedModels({ trial }: CasePlan): ReadonlySet<JsonValue> {
  const names = Object.values(trial.streams).map(({ target }) => target.options['model'])
  return new Set(names.filter((name) => typeof name === 'string'))
}

/** By a published rule, where the plugin knows one: searches that choose look at a configuration with so many users. */
function usersOf(tuning: ServerTuning | undefined, server: ServerPlan, most: number): number | null {
  const users = tuning?.concurrency?.(server) ?? null
  return users === null ? null : Math.max(1, Math.min(most, Math.round(users)))
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
          : axis.values.map((one) => contentOf(one, [axis], path))
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
