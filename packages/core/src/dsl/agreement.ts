import type { Tolerance } from '../stats/comparison/elements.ts'
import { isFields, join, readChoice, readCount, readFields, readNumber, readStrings } from './fields.ts'
import type { Scalar } from './matrix.ts'
import { show, type Problems } from './problems.ts'

/** Of a scenario whose cases have to give the same answers. */
export interface AgreementOptions {
  /**
   * A value agrees when |value − reference| ≤ absolute + relative × |reference|. Default 1e-5 for both, as in Polygraphy;
   * half precision needs about 1e-3.
   */
  readonly tolerance?: Partial<Tolerance>
  /**
   * Which outputs are compared: a list of names; or where cases name them differently, their common name and the one in
   * this case: `{ probabilities: 'output_0' }`. By default all; where each case has only one, whatever its name.
   */
  readonly outputs?: readonly string[] | Readonly<Record<string, string>>
  /** The axes over which answers are the same; cases that differ in other axes are not compared. Default: all axes. */
  readonly across?: string | readonly string[]
  /** How many inputs are sent to each case. Default 4. */
  readonly inputs?: number
  /** `any`: outputs agree although their datatypes differ, as those of a model in half precision. Default `equal`. */
  readonly datatypes?: 'equal' | 'any'
  /**
   * `any`: only the number of elements has to be the same, as for a server that leaves the batch dimension of a single row
   * out. Default `equal`.
   */
  readonly shapes?: 'equal' | 'any'
}

/** {@link AgreementOptions} as plain data. */
export interface AgreementPlan {
  readonly tolerance: Tolerance
  /** The common name of each output and its name in this case; `null`: all as they are named. */
  readonly outputs: Readonly<Record<string, string>> | null
  /** `null`: all axes. */
  readonly across: readonly string[] | null
  readonly inputs: number
  readonly datatypes: 'equal' | 'any'
  readonly shapes: 'equal' | 'any'
}

const OPTIONS = ['tolerance', 'outputs', 'across', 'inputs', 'datatypes', 'shapes']
const STRICTNESS = ['equal', 'any'] as const
/** Of Polygraphy, which compares models across runtimes. */
const TOLERANCE: Tolerance = { absolute: 1e-5, relative: 1e-5 }
const INPUTS = 4
const MOST_INPUTS = 1000

/** Reads `agreement`; `undefined` when there is none, or it is wrong. */
export function readAgreement(
  problems: Problems,
  value: unknown,
  at: Readonly<Record<string, Scalar>>,
): AgreementPlan | undefined {
  if (value === undefined || value === false) return undefined
  if (value !== true && !isFields(value)) {
    problems.error(
      'agreement',
      `expected true or an object such as { tolerance: { absolute: 1e-4 } }, not ${show(value)}.`,
    )
    return undefined
  }
  const before = problems.errors.length
  const fields = value === true ? {} : (readFields(problems, 'agreement', value, OPTIONS) ?? {})
  const path = (name: string): string => join('agreement', name)
  const { inputs = INPUTS, datatypes = 'equal', shapes = 'equal' } = fields
  const plan = {
    tolerance: readTolerance(problems, path('tolerance'), fields['tolerance']),
    outputs: readOutputs(problems, path('outputs'), fields['outputs']),
    across: readAxes(problems, path('across'), fields['across'], Object.keys(at)),
    inputs: readCount(problems, path('inputs'), inputs, { max: MOST_INPUTS }),
    datatypes: readChoice(problems, path('datatypes'), datatypes, STRICTNESS),
    shapes: readChoice(problems, path('shapes'), shapes, STRICTNESS),
  }
  return problems.errors.length > before ? undefined : (plan as AgreementPlan)
}

function readTolerance(problems: Problems, path: string, value: unknown): Tolerance {
  if (value === undefined) return TOLERANCE
  const fields = readFields(problems, path, value, ['absolute', 'relative']) ?? {}
  const read = (name: keyof Tolerance): number =>
    fields[name] === undefined
      ? TOLERANCE[name]
      : (readNumber(problems, join(path, name), fields[name], { min: 0, max: Number.MAX_VALUE }) ?? 0)
  return { absolute: read('absolute'), relative: read('relative') }
}

function readOutputs(problems: Problems, path: string, value: unknown): AgreementPlan['outputs'] {
  if (value === undefined) return null
  if (Array.isArray(value)) {
    const names = readStrings(problems, path, value) ?? []
    if (value.length === 0) problems.error(path, 'is empty: there is nothing to compare.')
    return Object.fromEntries(names.map((name) => [name, name]))
  }
  if (!isFields(value) || Object.keys(value).length === 0) {
    problems.error(path, `expected names such as ['probabilities'], not ${show(value)}.`)
    return null
  }
  const names = readStrings(problems, path, Object.values(value)) ?? []
  return Object.fromEntries(Object.keys(value).map((name, index) => [name, names[index] ?? name]))
}

function readAxes(
  problems: Problems,
  path: string,
  value: unknown,
  axes: readonly string[],
): readonly string[] | null {
  if (value === undefined) return null
  const wanted = typeof value === 'string' ? [value] : readStrings(problems, path, value)
  for (const axis of wanted ?? []) {
    if (!axes.includes(axis))
      problems.error(path, `the scenario has no axis ${show(axis)}: ${axes.map(show).join(', ') || 'none'}.`)
  }
  return wanted ?? null
}
