import { isFields, join } from '../dsl/fields.ts'
import type { Scalar } from '../dsl/matrix.ts'
import { show, type Problems } from '../dsl/problems.ts'
import { messageOf } from '../errors/plugin-error.ts'
import { caseName } from '../report/case-name.ts'
import { suggest } from '../units/suggest.ts'

export type CaseValues = Readonly<Record<string, Scalar>>

/** More combinations than this in one scenario are taken for a mistake. */
const MOST_CASES = 20_000

/**
 * All cases of a scenario: axes in the order they are written, the last one varying fastest, without the excluded ones.
 * @param chosen values from `--set`, as text: an axis value that equals one of them stays; a text that no value equals
 * becomes a value of the axis (read as a number or boolean where the axis has those)
 */
export function expandMatrix(
  problems: Problems,
  matrix: unknown,
  exclude: unknown,
  chosen: ReadonlyMap<string, readonly string[]> = new Map(),
): readonly CaseValues[] {
  const axes = readAxes(problems, matrix)
  if (axes === undefined) return []
  const excluded = readExclude(problems, exclude, axes)
  const selected = axes.map(
    ([axis, values]) => [axis, chooseValues(problems, axis, values, chosen.get(axis))] as const,
  )
  const total = selected.reduce((product, [, values]) => product * values.length, 1)
  if (total > MOST_CASES) {
    problems.error(
      'matrix',
      `${total} cases are more than ${MOST_CASES}; split the scenario or exclude some.`,
    )
    return []
  }
  let cases: CaseValues[] = [{}]
  for (const [axis, values] of selected)
    cases = cases.flatMap((values_) => values.map((value) => ({ ...values_, [axis]: value })))
  const kept = cases.filter((values) => !excluded(values))
  if (kept.length === 0 && total > 0) problems.error('exclude', 'all cases are excluded.')
  return kept
}

type Axis = readonly [name: string, values: readonly Scalar[]]

function readAxes(problems: Problems, matrix: unknown): readonly Axis[] | undefined {
  if (matrix === undefined) return []
  if (!isFields(matrix)) {
    problems.error('matrix', `expected axes such as { batch: [1, 8] }, not ${show(matrix)}.`)
    return undefined
  }
  const axes = Object.entries(matrix)
  const before = problems.errors.length
  for (const [axis, values] of axes) checkAxis(problems, axis, values)
  return problems.errors.length === before ? (axes as unknown as readonly Axis[]) : undefined
}

function checkAxis(problems: Problems, axis: string, values: unknown): void {
  const path = join('matrix', axis)
  // JavaScript moves such keys to the front, which would change the order of the cases.
  if (/^(0|[1-9]\d*)$/.test(axis)) problems.error(path, 'the name of an axis must not be a number.')
  if (!Array.isArray(values)) {
    problems.error(path, `expected a list of values, not ${show(values)}.`)
    return
  }
  if (values.length === 0) problems.error(path, 'the axis has no values, so there is no case to run.')
  const seen = new Map<string, unknown>()
  for (const [index, value] of values.entries()) {
    if (!isScalar(value)) {
      problems.error(join(path, index), `expected text, a finite number or a boolean, not ${show(value)}.`)
      continue
    }
    const name = caseName({ [axis]: value })
    if (seen.has(name))
      problems.error(join(path, index), `two values are both called '${name}'; results are found by name.`)
    seen.set(name, value)
  }
}

function isScalar(value: unknown): value is Scalar {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  )
}

function readExclude(
  problems: Problems,
  exclude: unknown,
  axes: readonly Axis[],
): (values: CaseValues) => boolean {
  if (exclude === undefined) return () => false
  if (typeof exclude === 'function') {
    return (values) => {
      try {
        return Boolean((exclude as (at: CaseValues) => unknown)(values))
      } catch (error) {
        problems.error('exclude', `the function threw: ${messageOf(error)}`)
        return false
      }
    }
  }
  if (!Array.isArray(exclude)) {
    problems.error('exclude', `expected a list of cases or a function, not ${show(exclude)}.`)
    return () => false
  }
  const patterns = exclude.map((pattern, index) =>
    readPattern(problems, pattern, join('exclude', index), axes),
  )
  return (values) =>
    patterns.some(
      (pattern) => pattern !== undefined && pattern.every(([axis, value]) => values[axis] === value),
    )
}

function readPattern(
  problems: Problems,
  pattern: unknown,
  path: string,
  axes: readonly Axis[],
): readonly [string, unknown][] | undefined {
  if (!isFields(pattern)) {
    problems.error(path, `expected axis values such as { batch: 8 }, not ${show(pattern)}.`)
    return undefined
  }
  const entries = Object.entries(pattern)
  if (entries.length === 0) {
    problems.error(path, 'an empty object would exclude every case.')
    return undefined
  }
  for (const [axis, value] of entries) {
    const values = axes.find(([name]) => name === axis)?.[1]
    if (values === undefined) {
      problems.error(
        join(path, axis),
        'there is no such axis.',
        suggest(
          axis,
          axes.map(([name]) => name),
        ),
      )
    } else if (!values.includes(value as Scalar)) {
      problems.error(
        join(path, axis),
        `${show(value)} is not a value of the axis: ${values.map(show).join(', ')}.`,
      )
    }
  }
  return entries
}

function chooseValues(
  problems: Problems,
  axis: string,
  values: readonly Scalar[],
  chosen: readonly string[] | undefined,
): readonly Scalar[] {
  if (chosen === undefined) return values
  return chosen.flatMap((text) => {
    const known = values.find((value) => String(value) === text)
    if (known !== undefined) return [known]
    const value = readLike(values, text)
    if (value === undefined)
      problems.error(
        join('matrix', axis),
        `'${text}' from --set is not like the axis' values: ${values.map(show).join(', ')}.`,
      )
    return value === undefined ? [] : [value]
  })
}

/** Reads text as the type that all values of an axis share. */
function readLike(values: readonly Scalar[], text: string): Scalar | undefined {
  if (values.every((value) => typeof value === 'number')) {
    const number = Number(text)
    return text.trim() !== '' && Number.isFinite(number) ? number : undefined
  }
  if (values.every((value) => typeof value === 'boolean'))
    return text === 'true' ? true : text === 'false' ? false : undefined
  return text
}
