import type { JsonValue } from '../units/json.ts'
import { suggest } from '../units/suggest.ts'
import { isPlainData, isScalar, nameValues, valueName } from './axis-value.ts'
import { isFields, join, readCount, readChoice, readFields, type Fields } from './fields.ts'
import type { Scalar } from './matrix.ts'
import { show, type Problems } from './problems.ts'
import type { PlannedAxis } from './study-plan.ts'

const MOST_VALUES = 1000

export interface AxesOptions {
  readonly path: string
  /** Values may be lists and objects as well: they are what a server is given. */
  readonly data?: boolean
  /** Axes that conditions may name besides. */
  readonly others?: readonly PlannedAxis[]
}

/** The axes of a space as they are written, with all their values. */
export function readAxes(
  problems: Problems,
  space: unknown,
  { path, data = false, others = [] }: AxesOptions,
): readonly PlannedAxis[] | undefined {
  if (!isFields(space)) {
    problems.error(path, `expected axes such as { instances: [1, 2, 4] }, not ${show(space)}.`)
    return undefined
  }
  const names = Object.keys(space)
  const before = problems.errors.length
  if (names.length === 0) problems.error(path, 'there is no axis: nothing is varied.')
  const axes = Object.entries(space).flatMap(
    ([name, axis]) => readAxis(problems, join(path, name), name, axis, data) ?? [],
  )
  for (const axis of axes) checkCondition(problems, join(path, axis.name), axis, [...axes, ...others])
  return problems.errors.length > before ? undefined : axes
}

function readAxis(
  problems: Problems,
  path: string,
  name: string,
  axis: unknown,
  data: boolean,
): PlannedAxis | undefined {
  // JavaScript moves such keys to the front.
  if (/^(0|[1-9]\d*)$/.test(name)) problems.error(path, 'the name of an axis must not be a number.')
  if (isScalar(axis)) return { name, values: [axis], ordered: false }
  if (Array.isArray(axis)) return readList(problems, path, name, axis, data)
  if (data && isFields(axis) && axis['axis'] === undefined)
    return readList(problems, path, name, [axis], data)
  if (!isFields(axis)) {
    problems.error(
      path,
      `expected values such as [1, 2, 4], or integers({ from: 1, to: 8 }), not ${show(axis)}.`,
    )
    return undefined
  }
  const kind = readChoice(problems, join(path, 'axis'), axis['axis'], [
    'integers',
    'numbers',
    'when',
    'choices',
  ])
  if (kind === undefined) return undefined
  if (kind === 'when') {
    const of = readAxis(problems, path, name, axis['of'], data)
    const condition = readCondition(problems, path, axis['condition'])
    return of === undefined || condition === undefined ? undefined : { ...of, condition }
  }
  const values = kind === 'integers' ? readIntegers(problems, path, axis) : readNumbers(problems, path, axis)
  return values === undefined ? undefined : { name, values, ordered: true }
}

function readList(
  problems: Problems,
  path: string,
  name: string,
  list: readonly unknown[],
  data: boolean,
): PlannedAxis | undefined {
  const before = problems.errors.length
  if (list.length === 0) problems.error(path, 'the axis has no values.')
  if (list.length > MOST_VALUES) problems.error(path, `more than ${MOST_VALUES} values are too many.`)
  const seen = new Set<string>()
  for (const [index, value] of list.entries()) {
    if (!(data ? isPlainData(value) : isScalar(value))) {
      const what = data ? 'plain data' : 'text, a finite number or a boolean'
      problems.error(join(path, index), `expected ${what}, not ${show(value)}.`)
      continue
    }
    const text = String(valueName(value as JsonValue))
    if (seen.has(text)) problems.error(join(path, index), `the value ${show(value)} is there twice.`)
    else seen.add(text)
  }
  if (problems.errors.length > before) return undefined
  const named = nameValues(list as readonly JsonValue[])
  return { name, ...named, ordered: named.values.every((value) => typeof value === 'number') }
}

function readIntegers(problems: Problems, path: string, axis: Fields): readonly number[] | undefined {
  const fields = readFields(problems, path, axis, ['axis', 'from', 'to', 'step', 'factor'])
  if (fields === undefined) return undefined
  const whole = (name: string, min: number): number | undefined =>
    readCount(problems, join(path, name), fields[name], { min })
  const from = whole('from', 0)
  const to = whole('to', 0)
  const step = fields['step'] === undefined ? 1 : whole('step', 1)
  const factor = fields['factor']
  if (factor !== undefined && fields['step'] !== undefined)
    problems.error(join(path, 'factor'), 'goes by factors or by steps, not both.')
  if (factor !== undefined && !(typeof factor === 'number' && factor > 1)) {
    problems.error(join(path, 'factor'), `expected a factor above 1, not ${show(factor)}.`)
    return undefined
  }
  if (from === undefined || to === undefined || step === undefined) return undefined
  if (to < from) {
    problems.error(join(path, 'to'), `${to} is below \`from\`, ${from}: the axis has no values.`)
    return undefined
  }
  if (typeof factor === 'number' && from === 0) {
    problems.error(join(path, 'from'), 'factors start above 0.')
    return undefined
  }
  const values = new Set<number>()
  for (
    let next = from;
    next <= to * (1 + 1e-9) && values.size <= MOST_VALUES;
    next = typeof factor === 'number' ? next * factor : next + step
  )
    values.add(Math.round(next))
  if (values.size > MOST_VALUES) {
    problems.error(path, `more than ${MOST_VALUES} values are too many: use a larger step or a factor.`)
    return undefined
  }
  return [...values]
}

function readNumbers(problems: Problems, path: string, axis: Fields): readonly number[] | undefined {
  const fields = readFields(problems, path, axis, ['axis', 'from', 'to', 'count', 'scale'])
  if (fields === undefined) return undefined
  const { from, to } = fields
  for (const name of ['from', 'to']) {
    if (!Number.isFinite(fields[name]))
      problems.error(join(path, name), `expected a number, not ${show(fields[name])}.`)
  }
  const count =
    fields['count'] === undefined
      ? 9
      : readCount(problems, join(path, 'count'), fields['count'], { min: 2, max: MOST_VALUES })
  const scale =
    fields['scale'] === undefined
      ? 'linear'
      : readChoice(problems, join(path, 'scale'), fields['scale'], ['linear', 'log'])
  if (!isScalar(from) || !isScalar(to) || count === undefined || scale === undefined) return undefined
  if (typeof from !== 'number' || typeof to !== 'number') return undefined
  if (!(to > from)) {
    problems.error(join(path, 'to'), `${to} is not above \`from\`, ${from}.`)
    return undefined
  }
  if (scale === 'log' && from <= 0) {
    problems.error(join(path, 'from'), 'a logarithmic scale starts above 0.')
    return undefined
  }
  return Array.from({ length: count }, (_, index) => {
    const share = index / (count - 1)
    const value =
      scale === 'linear' ? from + share * (to - from) : Math.exp(Math.log(from) + share * Math.log(to / from))
    // Digits beyond these are rounding, and would stand in every name.
    return Number(value.toPrecision(6))
  })
}

function readCondition(
  problems: Problems,
  path: string,
  condition: unknown,
): Readonly<Record<string, readonly Scalar[]>> | undefined {
  if (!isFields(condition) || Object.keys(condition).length === 0) {
    problems.error(path, `expected a condition such as { batching: true }, not ${show(condition)}.`)
    return undefined
  }
  return Object.fromEntries(
    Object.entries(condition).map(([axis, values]) => [
      axis,
      (Array.isArray(values) ? values : [values]) as readonly Scalar[],
    ]),
  )
}

function checkCondition(
  problems: Problems,
  at: string,
  { name, condition }: PlannedAxis,
  axes: readonly PlannedAxis[],
): void {
  for (const [on, wanted] of Object.entries(condition ?? {})) {
    const path = join(at, on)
    const axis = axes.find((one) => one.name === on)
    if (axis === undefined)
      problems.error(
        path,
        'the condition names an axis that there is not.',
        suggest(
          on,
          axes.map((one) => one.name),
        ),
      )
    else if (on === name) problems.error(path, 'an axis cannot depend on itself.')
    else if (!wanted.some((value) => axis.values.includes(value)))
      problems.error(
        path,
        `the axis never has the value ${wanted.map(show).join(' or ')}: the condition never holds.`,
      )
  }
}
