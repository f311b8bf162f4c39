import {
  isFields,
  join,
  readChoice,
  readCount,
  readFields,
  readString,
  readStrings,
} from '../../dsl/fields.ts'
import { QUALITY_METRICS, type Label, type QualityLimits, type QualityMetric } from '../../dsl/labelled.ts'
import { show, type Problems } from '../../dsl/problems.ts'
import type { StudyMeasurement } from '../../report/study/study-result.ts'
import { canonicalJson, type JsonValue } from '../../units/json.ts'
import type { CasePlan } from '../case-plan.ts'
import { functionReference, isFunctionReference, type FunctionOwner } from '../function-references.ts'
import { LONGEST_LITERAL, readInput } from '../stream-plan.ts'
import type { FunctionReference, InputPlan } from '../trial-plan.ts'
import { digest } from './study-identity.ts'

/** How the quality of a configuration's answers is found out, as plain data. */
export interface QualityPlan {
  readonly metric: QualityMetric | FunctionReference
  /** `null`: what the stream is sent as well. */
  readonly input: InputPlan | null
  /** `null`: samples bring their labels. */
  readonly labels: readonly Label[] | FunctionReference | null
  readonly classes: readonly string[] | null
  /** `null`: the only one. */
  readonly output: string | null
  readonly samples: number
  /** Axes that do not change answers; `null`: only what is the same to the server and its target shares an evaluation. */
  readonly across: readonly string[] | null
}

const OPTIONS = ['input', 'labels', 'metric', 'classes', 'output', 'samples', 'across']
const SAMPLES = 1000
const MOST_SAMPLES = 1_000_000
const AT = 'quality.labelled'

/** Reads `quality`: a number that is known, or how to find it out. */
export function readQuality(
  problems: Problems,
  owner: FunctionOwner,
  value: unknown,
): number | QualityPlan | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
  if (!isFields(value) || value['labelled'] === undefined) {
    problems.error('quality', `expected a number or labelled({ input, metric }), not ${show(value)}.`)
    return undefined
  }
  const before = problems.errors.length
  const fields = readFields(problems, 'quality', value['labelled'], OPTIONS)
  if (fields === undefined) return undefined
  const { classes, output, samples = SAMPLES } = fields
  const plan = {
    metric: readMetric(problems, owner, fields['metric'] ?? 'accuracy'),
    input: fields['input'] === undefined ? null : readInput(problems, owner, `${AT}.input`, fields['input']),
    labels: readLabels(problems, owner, fields['labels']),
    classes: classes === undefined ? null : readStrings(problems, 'quality.classes', classes),
    output: output === undefined ? null : readString(problems, 'quality.output', output),
    samples: readCount(problems, 'quality.samples', samples, { max: MOST_SAMPLES }),
    across: readAcross(problems, fields['across'], owner),
  }
  return problems.errors.length > before ? undefined : (plan as QualityPlan)
}

function readMetric(
  problems: Problems,
  owner: FunctionOwner,
  value: unknown,
): QualityPlan['metric'] | undefined {
  if (typeof value === 'function') return functionReference(owner, `${AT}.metric`)
  return readChoice(problems, 'quality.metric', value, QUALITY_METRICS)
}

function readLabels(problems: Problems, owner: FunctionOwner, value: unknown): QualityPlan['labels'] {
  if (value === undefined) return null
  if (!Array.isArray(value) || value.length === 0) {
    problems.error('quality.labels', `expected a list of classes or numbers, not ${show(value)}.`)
    return null
  }
  const wrong = value.findIndex((label) => !isLabel(label))
  if (wrong >= 0)
    problems.error(
      join('quality.labels', wrong),
      `expected a class, a number, or a list of numbers, not ${show(value[wrong])}.`,
    )
  const labels = value as readonly Label[]
  return wrong < 0 && canonicalJson(labels).length > LONGEST_LITERAL
    ? functionReference(owner, `${AT}.labels`)
    : labels
}

function isLabel(value: unknown): value is Label {
  const isNumber = (one: unknown): boolean => typeof one === 'number' && Number.isFinite(one)
  return typeof value === 'string' || isNumber(value) || (Array.isArray(value) && value.every(isNumber))
}

function readAcross(problems: Problems, value: unknown, owner: FunctionOwner): QualityPlan['across'] {
  if (value === undefined) return null
  const wanted = typeof value === 'string' ? [value] : readStrings(problems, 'quality.across', value)
  const axes = Object.keys(owner.case)
  for (const axis of wanted ?? []) {
    if (!axes.includes(axis))
      problems.error(
        'quality.across',
        `the study has no axis ${show(axis)}: ${axes.map(show).join(', ') || 'none'}.`,
      )
  }
  return wanted ?? null
}

/** Whether less of it is better. */
export function isError({ metric }: QualityPlan): boolean {
  return metric === 'mse'
}

/** Reads `constraints.quality`. */
export function readQualityLimits(problems: Problems, value: unknown): QualityLimits | null {
  if (value === undefined) return null
  const fields = readFields(problems, 'constraints.quality', value, ['min', 'max'])
  if (fields === undefined) return null
  const given = Object.entries(fields).filter(([, limit]) => limit !== undefined)
  for (const [name, limit] of given) {
    if (typeof limit !== 'number' || !Number.isFinite(limit))
      problems.error(join('constraints.quality', name), `expected a number, not ${show(limit)}.`)
  }
  if (given.length === 0) problems.error('constraints.quality', 'expected `min` or `max`.')
  return Object.fromEntries(given)
}

/**
 * Configurations that have the same key give the same answers: one evaluation stands for all of them, also in later runs.
 * With `across` the bench file's text is part of it, since what else its functions make of an axis is not known.
 * @param files digests of what local files hold: another model gives other answers
 */
export function qualityKey(
  quality: QualityPlan,
  plan: CasePlan['trial'],
  files: StudyMeasurement['files'] = {},
): string {
  const { across, ...what } = quality
  const { file, path, case: values, server, streams, setup } = plan
  if (across === null) {
    const targets = Object.values(streams).map(({ target, input }) => ({
      target,
      ...(quality.input === null ? { input } : {}),
    }))
    return digest(plain({ what: withoutCase(what), server, targets, setup, files }))
  }
  const fixed = Object.entries(values).filter(([axis]) => !across.includes(axis))
  return digest(
    plain({
      what: withoutCase(what),
      file,
      path,
      text: plan.digest,
      fixed: Object.fromEntries(fixed),
      setup,
      files,
    }),
  )
}

/** A function is named with the case that it is called for; what it scores is the same for all. */
function withoutCase(what: Omit<QualityPlan, 'across'>): unknown {
  const strip = (value: unknown): unknown => {
    if (isFunctionReference(value)) return { option: value.option, digest: value.digest }
    return isFields(value)
      ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, strip(member)]))
      : value
  }
  return strip(what)
}

function plain(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue
}
