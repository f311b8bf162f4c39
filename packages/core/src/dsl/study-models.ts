import type { Slo } from '../slo/slo.ts'
import type { Duration } from '../units/duration.ts'
import { suggest } from '../units/suggest.ts'
import { isFields, join, readFields, readPositive, type Fields } from './fields.ts'
import { readLoadRange } from './load-range.ts'
import { show, type Problems } from './problems.ts'
import { readAxes } from './read-axes.ts'
import type { LoadRange, Objective } from './study.ts'
import type { SettingSpace, StudyAxis, StudySpace } from './study-axes.ts'
import { readObjective } from './study-objective.ts'
import type { ObjectivePlan, PlannedAxis } from './study-plan.ts'

/** Loads of one model, varied by themselves: an axis `MODEL.concurrency` or `MODEL.rate`. */
export type StudyModelLoads =
  | { readonly concurrency: LoadRange; readonly rate?: never }
  | { readonly rate: LoadRange; readonly concurrency?: never }

/** What a study says of one of several models that are asked at once. Its axes are called `MODEL.AXIS`. */
export interface StudyModel {
  /** What is varied of it. */
  readonly space?: StudySpace
  /**
   * Axes that are settings of the model, as its server's plugin calls them: `{ instances: [1, 2, 4] }`. They are applied to
   * `server` by the plugin.
   */
  readonly settings?: SettingSpace
  /** Its load as an axis of its own; instead of the study's `loads`, which are varied for all models together. */
  readonly loads?: StudyModelLoads
  /** What it aims at; the study's `objective` without it. */
  readonly objective?: Objective
  /** How much its gains count against those of the other models. Default 1. */
  readonly weight?: number
  /** What it has to keep, beyond the study's `constraints`, which are of each model. */
  readonly constraints?: Slo
  /** Short for `constraints: { p99: … }`. */
  readonly latencyBudget?: Duration
  /** Short for `constraints: { throughput: … }`, per second. */
  readonly minThroughput?: number
}

/** By the names of their streams. */
export type StudyModels = Readonly<Record<string, StudyModel>>

/** The axes of models: `{ resnet: { settings: { instances: [1, 2] } } }` has `resnet.instances`. */
export type ModelSpace<Models extends StudyModels> = {
  readonly [Name in ModelAxisName<Models>]: ModelAxis<Models, Name>
}

type ModelAxisName<Models extends StudyModels> = {
  [Model in keyof Models & string]: `${Model}.${keyof OwnAxes<Models[Model]> & string}`
}[keyof Models & string]

type ModelAxis<Models extends StudyModels, Name extends string> = Name extends `${infer Model}.${infer Axis}`
  ? Model extends keyof Models
    ? Axis extends keyof OwnAxes<Models[Model]>
      ? Extract<OwnAxes<Models[Model]>[Axis], StudyAxis>
      : never
    : never
  : never

type OwnAxes<Model extends StudyModel> = (Model extends { readonly space: infer Space extends StudySpace }
  ? Space
  : unknown) &
  (Model extends { readonly settings: infer Settings extends SettingSpace } ? Settings : unknown) &
  (Model extends { readonly loads: infer Loads }
    ? { readonly [Vary in keyof Loads & ('concurrency' | 'rate')]: NumberRange }
    : unknown)

type NumberRange = readonly number[]

/** One of several models as plain data. Its constraints are those of its stream. */
export interface StudyModelPlan {
  readonly weight: number
  /** By the names that metrics have in its stream. */
  readonly objectives: readonly ObjectivePlan[]
  /** Its axes that are settings of the model, with what each is called there: `{ 'resnet.instances': 'instances' }`. */
  readonly settings: Readonly<Record<string, string>>
  /** Its axis that is its load. */
  readonly load: { readonly axis: string; readonly vary: 'rate' | 'concurrency' } | null
}

export interface PlannedModels {
  readonly plans: Readonly<Record<string, StudyModelPlan>>
  readonly axes: readonly PlannedAxis[]
}

const MODEL_OPTIONS = [
  'space',
  'settings',
  'loads',
  'objective',
  'weight',
  'constraints',
  'latencyBudget',
  'minThroughput',
]

/**
 * @param others axes of the study, which conditions may name
 * @param shared what models aim at that do not say
 */
export function readModels(
  problems: Problems,
  value: unknown,
  others: readonly PlannedAxis[],
  shared: readonly ObjectivePlan[],
): PlannedModels | undefined {
  if (!isFields(value) || Object.keys(value).length === 0) {
    problems.error(
      'models',
      `expected what is said of each stream, such as { resnet: { weight: 2 } }, not ${show(value)}.`,
    )
    return undefined
  }
  const axes: PlannedAxis[] = []
  const plans = Object.entries(value).flatMap(([model, given]) => {
    const path = join('models', model)
    const fields = readFields(problems, path, given, MODEL_OPTIONS)
    if (fields === undefined) return []
    const own = readOwnAxes(problems, path, fields, others)
    const load = readOwnLoads(problems, path, fields['loads'])
    const added = [...own.axes, ...(load === null ? [] : [load.axis])].map((axis) =>
      ofModel(model, axis, own.axes),
    )
    for (const { name } of added) {
      if ([...others, ...axes].some((axis) => axis.name === name))
        problems.error(path, `there is an axis ${show(name)} already.`)
    }
    axes.push(...added)
    const plan: StudyModelPlan = {
      weight:
        fields['weight'] === undefined
          ? 1
          : (readPositive(problems, join(path, 'weight'), fields['weight'], 'a weight') ?? 1),
      objectives:
        fields['objective'] === undefined
          ? shared
          : readObjective(problems, join(path, 'objective'), fields['objective']),
      settings: Object.fromEntries(own.settings.map((name) => [`${model}.${name}`, name])),
      load: load === null ? null : { axis: `${model}.${load.vary}`, vary: load.vary },
    }
    return [[model, plan] as const]
  })
  return { plans: Object.fromEntries(plans), axes }
}

function readOwnAxes(
  problems: Problems,
  path: string,
  { space, settings }: Fields,
  others: readonly PlannedAxis[],
): { readonly axes: readonly PlannedAxis[]; readonly settings: readonly string[] } {
  const tuned =
    settings === undefined
      ? []
      : (readAxes(problems, settings, { path: join(path, 'settings'), others, data: true }) ?? [])
  const free =
    space === undefined
      ? []
      : (readAxes(problems, space, { path: join(path, 'space'), others: [...tuned, ...others] }) ?? [])
  for (const { name } of tuned) {
    if (free.some((axis) => axis.name === name))
      problems.error(join(join(path, 'settings'), name), 'there is an axis of that name in `space`.')
  }
  return { axes: [...free, ...tuned], settings: tuned.map(({ name }) => name) }
}

function readOwnLoads(
  problems: Problems,
  path: string,
  value: unknown,
): { readonly vary: 'rate' | 'concurrency'; readonly axis: PlannedAxis } | null {
  if (value === undefined) return null
  const at = join(path, 'loads')
  const fields = readFields(problems, at, value, ['concurrency', 'rate'])
  if (fields === undefined) return null
  const given = (['concurrency', 'rate'] as const).filter((name) => fields[name] !== undefined)
  const [vary] = given
  if (vary === undefined || given.length > 1) {
    problems.error(at, 'expected either { concurrency: … } or { rate: … }.')
    return null
  }
  const values = readLoadRange(problems, join(at, vary), fields[vary], vary === 'concurrency')
  return values === undefined ? null : { vary, axis: { name: vary, values, ordered: true } }
}

/** Conditions name axes of the same model first. */
function ofModel(model: string, axis: PlannedAxis, own: readonly PlannedAxis[]): PlannedAxis {
  const { condition } = axis
  const nameOf = (name: string): string => (own.some((one) => one.name === name) ? `${model}.${name}` : name)
  return {
    ...axis,
    name: `${model}.${axis.name}`,
    ...(condition === undefined
      ? {}
      : {
          condition: Object.fromEntries(
            Object.entries(condition).map(([name, values]) => [nameOf(name), values]),
          ),
        }),
  }
}

/** Metrics that are of the machine, the server or the configuration, not of one stream. */
const SHARED_METRIC = /^(streams|gauges|energy|cost)\.|^(power|startup|modelLoad|quality)$/

/** What a metric of one stream is called beside those of others: `streams.resnet.throughput`. */
export function streamMetric(stream: string, metric: string): string {
  return SHARED_METRIC.test(metric) ? metric : `streams.${stream}.${metric}`
}

/**
 * The aims of all models as one list. A model's gain is the mean of the gains of its aims by their weights, the gain of all
 * the mean of the models' gains by theirs: each aim has the weight W ÷ ΣW · w ÷ Σw. Model Analyzer's rule
 * (`ModelConfigMeasurement.get_weighted_score` and `RunConfigMeasurement._calculate_weighted_rcm_score`, 1.58).
 */
export function jointObjectives(models: Readonly<Record<string, StudyModelPlan>>): readonly ObjectivePlan[] {
  const total = sumOf(Object.values(models))
  const joint = new Map<string, ObjectivePlan>()
  for (const [model, { weight, objectives }] of Object.entries(models)) {
    const parts = sumOf(objectives)
    for (const objective of objectives) {
      const metric = streamMetric(model, objective.metric)
      const key = JSON.stringify([metric, objective.better])
      const share = (weight / total) * (objective.weight / parts)
      joint.set(key, { ...objective, metric, weight: (joint.get(key)?.weight ?? 0) + share })
    }
  }
  return [...joint.values()]
}

function sumOf(parts: readonly { readonly weight: number }[]): number {
  return parts.reduce((sum, { weight }) => sum + weight, 0)
}

/**
 * What is said of models that no stream asks, and aims of streams that there are not.
 * @param streams as the bench file has them
 */
export function reviewModels(
  problems: Problems,
  streams: unknown,
  models: Readonly<Record<string, StudyModelPlan>> = {},
  objectives: readonly ObjectivePlan[] = [],
): void {
  const asked = isFields(streams) ? streams : {}
  const names = Object.keys(asked)
  for (const [model, { settings }] of Object.entries(models)) {
    const path = join('models', model)
    if (!names.includes(model)) {
      const alias = names.find((name) => modelOf(asked[name]) === model)
      const why =
        names.length === 0
          ? 'write `streams`, one for each model.'
          : alias === undefined
            ? `there are ${names.map(show).join(', ')}.`
            : `its stream is called ${show(alias)}.`
      problems.error(
        path,
        `no stream asks it: ${why}`,
        alias === undefined ? suggest(model, names) : undefined,
      )
    } else if (Object.keys(settings).length > 0 && modelOf(asked[model]) === undefined)
      problems.error(join(path, 'settings'), 'are of a model, and the target of its stream names none.')
  }
  for (const { metric } of objectives) {
    const [, stream] = /^streams\.([^.]+)\./.exec(metric) ?? []
    if (stream !== undefined && models[stream] === undefined && !names.includes(stream))
      problems.error(join('objective', metric), `there is no stream ${show(stream)}.`, suggest(stream, names))
  }
}

/** The model that a stream asks, where its target names one. */
function modelOf(spec: unknown): string | undefined {
  const stream = isFields(spec) ? spec['stream'] : undefined
  const target = isFields(stream) ? stream['target'] : undefined
  const options = isFields(target) ? target['options'] : undefined
  const model = isFields(options) ? options['model'] : undefined
  return typeof model === 'string' ? model : undefined
}
