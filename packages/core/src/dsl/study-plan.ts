import { ServebenchError } from '../errors/servebench-error.ts'
import type { JsonValue } from '../units/json.ts'
import type { Nanos } from '../units/nanos.ts'
import { parseDuration } from '../units/duration.ts'
import { isPlainData, valueName } from './axis-value.ts'
import {
  isFields,
  join,
  readBoolean,
  readChoice,
  readCount,
  readDuration,
  readFields,
  readNumber,
  type Fields,
} from './fields.ts'
import { readLoadRange } from './load-range.ts'
import type { Scalar } from './matrix.ts'
import { show, type Problems } from './problems.ts'
import { readAxes } from './read-axes.ts'
import { jointObjectives, readModels, reviewModels, type StudyModelPlan } from './study-models.ts'
import { readObjective } from './study-objective.ts'

/** An axis of a space, with everything decided. */
export interface PlannedAxis {
  readonly name: string
  /** At least one; a constant has one. */
  readonly values: readonly Scalar[]
  /** Whether neighbouring values are alike. */
  readonly ordered: boolean
  /** Of a setting whose values are lists or objects: what stands behind each of their names. */
  readonly contents?: Readonly<Record<string, JsonValue>>
  /** What was left out, since this machine or this server lacks it. */
  readonly skipped?: readonly { readonly value: Scalar; readonly reason: string }[]
  /** Values that other axes must have for this one to matter; otherwise it has its first value. */
  readonly condition?: Readonly<Record<string, readonly Scalar[]>>
}

/** The value of a setting that leaves it as the server has it. */
export const UNCHANGED = 'unchanged'

export interface LoadsPlan {
  readonly vary: 'rate' | 'concurrency'
  /** Ascending. */
  readonly values: readonly number[]
  readonly gain: number
  readonly refine: number
}

export interface ObjectivePlan {
  readonly metric: string
  readonly weight: number
  /** `null`: as the metric has it. */
  readonly better: 'higher' | 'lower' | null
}

export type StudySearchPlan =
  | { readonly strategy: 'grid' }
  | {
      readonly strategy: 'list'
      readonly configurations: Readonly<Record<string, Readonly<Record<string, Scalar>>>>
    }
  | { readonly strategy: 'quick'; readonly top: number }
  | { readonly strategy: 'random'; readonly count: number | null; readonly top: number }
  | {
      readonly strategy: 'bayesian'
      readonly initial: number | null
      readonly patience: number
      readonly fewest: number
      readonly top: number
    }
  | {
      readonly strategy: 'halving'
      readonly initial: number | null
      readonly factor: number
      readonly rounds: number
      readonly top: number
    }

/** A study as plain data. */
export interface StudyPlan {
  readonly axes: readonly PlannedAxis[]
  /** Names of those axes that are settings of the server, which its plugin applies. */
  readonly settings?: readonly string[]
  /** Models that are asked at once, by their streams, where the study says something of each. */
  readonly models?: Readonly<Record<string, StudyModelPlan>>
  /** There is no axis yet: the server's plugin gives them. */
  readonly automatic?: boolean
  /** Configurations by name, such as published rules of thumb: measured whatever the search does. */
  readonly candidates?: Readonly<Record<string, Readonly<Record<string, Scalar>>>>
  readonly baseline: Readonly<Record<string, Scalar>>
  readonly loads: LoadsPlan | null
  readonly objectives: readonly ObjectivePlan[]
  /** `null`: by the size of the space. */
  readonly search: StudySearchPlan | null
  readonly budget: { readonly configurations: number | null; readonly time: Nanos | null }
  readonly confirm: { readonly leaders: number; readonly rounds: number; readonly confidence: number }
  /** Whether what sets the best apart from the baseline is measured change by change. */
  readonly ablation: boolean
}

/** Axes that are settings of the server, or of its models. */
export function settingNames({ settings = [], models = {} }: StudyPlan): readonly string[] {
  return [...settings, ...Object.values(models).flatMap((model) => Object.keys(model.settings))]
}

/** Options of a study that a scenario does not have. */
export const STUDY_OPTIONS: readonly string[] = [
  'space',
  'settings',
  'models',
  'where',
  'baseline',
  'candidates',
  'loads',
  'objective',
  'quality',
  'constraints',
  'overall',
  'latencyBudget',
  'minThroughput',
  'search',
  'budget',
  'confirm',
  'ablation',
]

/** Turns what a bench file wrote into a plan, or tells all that is wrong with it. */
export function planStudy(problems: Problems, options: Fields): StudyPlan | undefined {
  const before = problems.errors.length
  const asIs = options['baseline'] === UNCHANGED
  const given =
    options['settings'] === undefined
      ? []
      : readAxes(problems, options['settings'], { path: 'settings', data: true })
  const settings = asIs ? given?.map(withUnchanged) : given
  const space =
    options['space'] === undefined
      ? []
      : readAxes(problems, options['space'], { path: 'space', others: settings ?? [] })
  const shared = readObjective(problems, 'objective', options['objective'] ?? 'throughput')
  const models =
    options['models'] === undefined
      ? undefined
      : readModels(problems, options['models'], [...(space ?? []), ...(settings ?? [])], shared)
  const tuned = new Set(Object.values(models?.plans ?? {}).flatMap((model) => Object.keys(model.settings)))
  const own = (models?.axes ?? []).map((axis) => (asIs && tuned.has(axis.name) ? withUnchanged(axis) : axis))
  if (asIs && options['settings'] === undefined && tuned.size === 0)
    problems.error('baseline', "'unchanged' is the server with none of `settings`, and there are none.")
  const axes = settings === undefined || space === undefined ? undefined : [...space, ...settings, ...own]
  for (const { name } of settings ?? []) {
    if (space?.some((axis) => axis.name === name))
      problems.error(join('settings', name), 'there is an axis of that name in `space`.')
  }
  const automatic = options['space'] === undefined && options['settings'] === undefined && own.length === 0
  if (automatic && options['server'] === undefined)
    problems.error('space', 'there are no axes, and no server that could tell what to vary.')
  const baseline = asIs ? {} : readPoint(problems, 'baseline', options['baseline'] ?? {}, axes ?? [])
  const candidates =
    options['candidates'] === undefined
      ? undefined
      : readNamed(problems, 'candidates', options['candidates'], axes ?? [])
  const several = Object.keys(models?.plans ?? {}).length
  const loads = options['loads'] === undefined ? null : readLoads(problems, options['loads'], several)
  if (options['loads'] !== undefined && Object.values(models?.plans ?? {}).some(({ load }) => load !== null))
    problems.error('loads', 'models have `loads` of their own: vary them together here, or each there.')
  const objectives = models === undefined ? shared : jointObjectives(models.plans)
  if (typeof options['streams'] !== 'function')
    reviewModels(problems, options['streams'], models?.plans, objectives)
  const search =
    options['search'] === undefined ? null : readStudySearch(problems, options['search'], axes ?? [])
  const budget = readBudget(problems, 'budget', options['budget'])
  const confirm = readConfirm(problems, options['confirm'])
  const ablation =
    options['ablation'] === undefined ? true : readBoolean(problems, 'ablation', options['ablation'])
  if (problems.errors.length > before || axes === undefined || search === undefined || ablation === undefined)
    return undefined
  return {
    axes,
    ...(settings === undefined || settings.length === 0
      ? {}
      : { settings: settings.map(({ name }) => name) }),
    ...(models === undefined ? {} : { models: models.plans }),
    ...(automatic ? { automatic } : {}),
    ...(candidates === undefined ? {} : { candidates }),
    baseline: Object.fromEntries(
      axes.map(({ name, values }) => [name, baseline[name] ?? (values[0] as Scalar)]),
    ),
    loads: loads ?? null,
    objectives,
    search,
    budget,
    confirm,
    ablation,
  }
}

/** Before its values; they keep their order among each other. */
function withUnchanged(axis: PlannedAxis): PlannedAxis {
  return axis.values.includes(UNCHANGED) ? axis : { ...axis, values: [UNCHANGED, ...axis.values] }
}

function readPoint(
  problems: Problems,
  path: string,
  value: unknown,
  axes: readonly PlannedAxis[],
): Readonly<Record<string, Scalar>> {
  const fields = readFields(
    problems,
    path,
    value,
    axes.map(({ name }) => name),
  )
  const point: Record<string, Scalar> = {}
  for (const { name, values } of axes) {
    const given = fields?.[name]
    if (given === undefined) continue
    const wanted = isPlainData(given) ? valueName(given) : null
    if (wanted !== null && values.includes(wanted)) point[name] = wanted
    else
      problems.error(
        join(path, name),
        `${show(given)} is not a value of the axis: ${values.slice(0, 12).map(show).join(', ')}${values.length > 12 ? ', …' : ''}.`,
      )
  }
  return point
}

/** @param models that are asked at once: each has one user at least */
function readLoads(problems: Problems, value: unknown, models: number): LoadsPlan | undefined {
  const fields = readFields(problems, 'loads', value, ['concurrency', 'rate', 'gain', 'refine'])
  if (fields === undefined) return undefined
  const given = (['concurrency', 'rate'] as const).filter((name) => fields[name] !== undefined)
  const [vary] = given
  if (vary === undefined || given.length > 1) {
    problems.error('loads', 'expected either { concurrency: … } or { rate: … }.')
    return undefined
  }
  const isWhole = vary === 'concurrency'
  const least = isWhole ? Math.max(1, models) : 1
  const values = readLoadRange(problems, join('loads', vary), fields[vary], isWhole, least)
  if (isWhole && values !== undefined && (values[0] ?? least) < least)
    problems.error(join('loads', vary), `${values[0]} is less than one user for each of ${least} models.`)
  const gain =
    fields['gain'] === undefined
      ? 0.05
      : readNumber(problems, 'loads.gain', fields['gain'], { min: 0, max: 10 })
  const refine =
    fields['refine'] === undefined
      ? 5
      : readCount(problems, 'loads.refine', fields['refine'], { min: 0, max: 20 })
  if (values === undefined || gain === undefined || refine === undefined) return undefined
  return { vary, values, gain, refine }
}

const STRATEGIES = ['grid', 'list', 'quick', 'random', 'bayesian', 'halving'] as const
const DEFAULT_TOP = 3

/** Also of the command line: `--search quick`. */
export function readStudySearch(
  problems: Problems,
  value: unknown,
  axes: readonly PlannedAxis[],
): StudySearchPlan | undefined {
  const given: unknown = typeof value === 'string' ? { strategy: value } : value
  if (!isFields(given)) {
    problems.error('search', `expected a strategy such as 'quick', not ${show(value)}.`)
    return undefined
  }
  const strategy = readChoice(
    problems,
    typeof value === 'string' ? 'search' : 'search.strategy',
    given['strategy'],
    STRATEGIES,
  )
  if (strategy === undefined) return undefined
  const before = problems.errors.length
  const fields = readFields(problems, 'search', given, ['strategy', ...OPTIONS_OF[strategy]]) ?? {}
  const count = (name: string, otherwise: number, min = 1): number =>
    fields[name] === undefined
      ? otherwise
      : (readCount(problems, join('search', name), fields[name], { min, max: 1_000_000 }) ?? otherwise)
  const optional = (name: string): number | null => (fields[name] === undefined ? null : count(name, 1))
  const top = count('top', DEFAULT_TOP)
  const plan = ((): StudySearchPlan => {
    switch (strategy) {
      case 'grid':
        return { strategy }
      case 'list':
        return {
          strategy,
          configurations: readNamed(problems, 'search.configurations', fields['configurations'], axes),
        }
      case 'quick':
        return { strategy, top }
      case 'random':
        return { strategy, count: optional('count'), top }
      case 'bayesian':
        return {
          strategy,
          initial: optional('initial'),
          patience: count('patience', 10),
          fewest: count('fewest', 20),
          top,
        }
      case 'halving':
        return {
          strategy,
          initial: optional('initial'),
          factor: count('factor', 3, 2),
          rounds: count('rounds', 3),
          top,
        }
    }
  })()
  return problems.errors.length > before ? undefined : plan
}

const OPTIONS_OF: Readonly<Record<(typeof STRATEGIES)[number], readonly string[]>> = {
  grid: [],
  list: ['configurations'],
  quick: ['top'],
  random: ['count', 'top'],
  bayesian: ['initial', 'patience', 'fewest', 'top'],
  halving: ['initial', 'factor', 'rounds', 'top'],
}

function readNamed(
  problems: Problems,
  path: string,
  value: unknown,
  axes: readonly PlannedAxis[],
): Readonly<Record<string, Readonly<Record<string, Scalar>>>> {
  if (!isFields(value) || Object.keys(value).length === 0) {
    problems.error(
      path,
      `expected configurations by name, such as { wide: { instances: 4 } }, not ${show(value)}.`,
    )
    return {}
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, point]) => [name, readPoint(problems, join(path, name), point, axes)]),
  )
}

/** Configurations, a time, or both; also of the command line. */
export function readBudget(problems: Problems, path: string, value: unknown): StudyPlan['budget'] {
  const none = { configurations: null, time: null }
  if (value === undefined) return none
  if (typeof value === 'number')
    return { configurations: readConfigurations(problems, path, value), time: null }
  if (typeof value === 'string')
    return { configurations: null, time: readDuration(problems, path, value, 'positive') ?? null }
  const fields = readFields(problems, path, value, ['configurations', 'time'])
  if (fields === undefined) return none
  return {
    configurations:
      fields['configurations'] === undefined
        ? null
        : readConfigurations(problems, join(path, 'configurations'), fields['configurations']),
    time:
      fields['time'] === undefined
        ? null
        : (readDuration(problems, join(path, 'time'), fields['time'], 'positive') ?? null),
  }
}

const TOO_FEW = 'is too small: the default is one configuration, and there has to be another.'

function readConfigurations(problems: Problems, path: string, value: unknown): number | null {
  if (value === 0 || value === 1) {
    problems.error(path, `${value} ${TOO_FEW}`)
    return null
  }
  return readCount(problems, path, value, { min: 2 }) ?? null
}

/** `20` or `30m`, from the command line. */
export function parseBudget(text: string): StudyPlan['budget'] {
  if (/^\d+$/.test(text.trim())) {
    const configurations = Number(text)
    if (configurations < 2) throw new ServebenchError('SERVEBENCH_BUDGET', `A budget of ${text} ${TOO_FEW}`)
    return { configurations, time: null }
  }
  return { configurations: null, time: parseDuration(text) }
}

function readConfirm(problems: Problems, value: unknown): StudyPlan['confirm'] {
  const fields =
    value === undefined ? {} : readFields(problems, 'confirm', value, ['leaders', 'rounds', 'confidence'])
  const count = (name: string, otherwise: number, min: number, max: number): number =>
    fields?.[name] === undefined
      ? otherwise
      : (readCount(problems, join('confirm', name), fields[name], { min, max }) ?? otherwise)
  const rounds = count('rounds', 5, 0, 1000)
  if (rounds === 1)
    problems.error('confirm.rounds', 'one round shows no spread: use 2 at least, or 0 for none.')
  return {
    leaders: count('leaders', 3, 1, 100),
    rounds,
    confidence:
      fields?.['confidence'] === undefined
        ? 0.95
        : (readNumber(problems, 'confirm.confidence', fields['confidence'], { min: 0.5, max: 0.9999 }) ??
          0.95),
  }
}
