import type { Scalar } from '../../dsl/matrix.ts'
import { settingNames, UNCHANGED, type PlannedAxis, type StudyPlan } from '../../dsl/study-plan.ts'
import { formatProblem, ValidationError, type Problem } from '../../errors/validation-error.ts'
import { applyTunable, applyTunables } from '../../hooks/apply-tunable.ts'
import type { ServerTuning } from '../../hooks/tuning.ts'
import type { JsonValue } from '../../units/json.ts'
import type { CasePlan } from '../case-plan.ts'
import { caseId } from '../identity.ts'
import { streamsAt } from '../search/load-at.ts'
import type { ServerPlan, StreamPlan } from '../trial-plan.ts'
import { matters } from './space.ts'
import type { ReadyStudy } from './study-run.ts'

type Streams = Readonly<Record<string, StreamPlan>>

/** Whether axes of a study are settings of its server, which a plugin applies. */
export function namesSettings(plan: StudyPlan): boolean {
  return settingNames(plan).length > 0
}

/**
 * The cases of a study with the settings that its axes name applied to their servers.
 * @throws {ValidationError} with every setting that the server does not have, and every value that it does not take
 */
export function applySettings(study: ReadyStudy, tuning: ServerTuning | undefined): ReadyStudy {
  const { plan } = study
  if (!namesSettings(plan)) return study
  const most = plan.loads?.vary === 'concurrency' ? (plan.loads.values.at(-1) ?? null) : null
  const problems: Problem[] = []
  const cases = study.cases.map((planned): CasePlan => {
    const { trial } = planned
    if (trial.server === null) return planned
    let server: ServerPlan
    try {
      server = applyTunables(trial.server, valuesOf(plan, trial, tuning), tuning)
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error
      if (problems.length === 0) problems.push(...problemsOf(plan, trial.streams, trial.server, tuning))
      problems.push(...error.problems)
      return planned
    }
    const key = { file: trial.file, path: trial.path, case: trial.case, role: trial.role }
    const tuned = { ...planned, trial: { ...trial, caseId: caseId(key), server } }
    const streams =
      most === null || planned.study?.ownLoad === true
        ? null
        : streamsByRule(trial.streams, server, tuning, most)
    if (streams === null) return tuned
    return {
      ...tuned,
      trial: { ...tuned.trial, streams },
      study: { quality: null, qualityLimits: null, ...planned.study, ownLoad: true },
    }
  })
  if (problems.length > 0) {
    const each = new Map(problems.map((problem) => [formatProblem(problem), problem]))
    throw new ValidationError('Settings of the server', [...each.values()])
  }
  return { ...study, cases }
}

/** What is applied: an axis that does not matter would undo the one that it depends on. */
function valuesOf(
  plan: StudyPlan,
  { case: point, streams }: CasePlan['trial'],
  tuning: ServerTuning | undefined,
): Readonly<Record<string, JsonValue>> {
  const values: Record<string, JsonValue> = {}
  for (const axis of plan.axes) {
    const value = point[axis.name] as Scalar
    if (value === UNCHANGED || !matters(axis, point)) continue
    const path = settingPath(plan, axis.name, streams, tuning)
    if (path !== null) values[path] = contentOf(axis, value)
  }
  return values
}

/** Every value of every setting by itself: what is wrong with one hides nothing of the others. */
function problemsOf(
  plan: StudyPlan,
  streams: Streams,
  server: ServerPlan,
  tuning: ServerTuning | undefined,
): readonly Problem[] {
  const found = new Map<string, Problem>()
  const attempt = (check: () => void): void => {
    try {
      check()
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error
      for (const problem of error.problems) found.set(`${problem.path}\n${problem.message}`, problem)
    }
  }
  for (const axis of plan.axes) {
    const { name, values, condition } = axis
    // By itself it may be refused for what it depends on.
    if (condition !== undefined) continue
    attempt(() => {
      const path = settingPath(plan, name, streams, tuning)
      if (path === null) return
      for (const value of values.filter((one) => one !== UNCHANGED))
        attempt(() => void applyTunable(server, path, contentOf(axis, value), tuning))
    })
  }
  return [...found.values()]
}

/** What a setting is given for a value, which may be the name of a list, an object or `null`. */
export function contentOf({ contents }: PlannedAxis, value: Scalar): JsonValue {
  return contents !== undefined && Object.hasOwn(contents, String(value))
    ? (contents[String(value)] as JsonValue)
    : value
}

/** What the server calls the setting that an axis is; `null` for an axis that is none. */
function settingPath(
  { settings = [], models = {} }: StudyPlan,
  axis: string,
  streams: Streams,
  tuning: ServerTuning | undefined,
): string | null {
  for (const [name, model] of Object.entries(models)) {
    const setting = model.settings[axis]
    if (setting === undefined) continue
    const asked = streams[name]?.target.options['model']
    if (tuning?.modelSettings !== undefined && typeof asked === 'string')
      return `${tuning.modelSettings}.${asked}.${setting}`
    throw new ValidationError(`The study`, [
      {
        path: `models.${name}.settings`,
        message:
          'models of such a server have no settings of their own: use `space` or the study’s `settings`.',
      },
    ])
  }
  return settings.includes(axis) ? axis : null
}

/**
 * By a published rule, where the plugin knows one: searches that choose look at a configuration with so many users, each
 * model with its own.
 */
function streamsByRule(
  streams: Streams,
  server: ServerPlan,
  tuning: ServerTuning | undefined,
  most: number,
): Streams | null {
  const entries = Object.entries(streams)
  let total = 0
  const own: Record<string, StreamPlan> = {}
  for (const [name, stream] of entries) {
    const { model } = stream.target.options
    // A model that nothing is set of may be made of others that are, such as an ensemble.
    const users =
      (typeof model === 'string' ? tuning?.concurrency?.(server, model) : null) ??
      (entries.length === 1 ? tuning?.concurrency?.(server) : null) ??
      null
    if (users === null) return null
    const whole = Math.max(1, Math.round(users))
    Object.assign(own, streamsAt({ [name]: stream }, 'concurrency', whole))
    total += whole
  }
  return total > most ? streamsAt(own, 'concurrency', most) : own
}
