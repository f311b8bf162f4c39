import { isFields, join, readFields, unknownKey } from '../dsl/fields.ts'
import type { Scalar } from '../dsl/matrix.ts'
import { show, type Problems } from '../dsl/problems.ts'
import type { VersusPlan } from './trial-plan.ts'

/** Reads `versus`; the axes and their values are those of the matrix. */
export function readVersus(
  problems: Problems,
  value: unknown,
  at: Readonly<Record<string, Scalar>>,
  matrix: unknown,
): VersusPlan | undefined {
  if (value === undefined) return undefined
  const fields = readFields(problems, 'versus', value, ['case', 'against'])
  if (fields === undefined) return undefined
  const read = (side: 'case' | 'against'): Readonly<Record<string, Scalar>> | undefined =>
    readValues(problems, join('versus', side), fields[side], at, matrix)
  const against = read('against')
  if (fields['case'] === undefined) return against && { against }
  const one = read('case')
  if (one === undefined || against === undefined) return undefined
  if (Object.entries(against).every(([axis, wanted]) => one[axis] === wanted)) {
    problems.error('versus.against', 'is the same case as `versus.case`; name a value that differs.')
    return undefined
  }
  return { case: one, against }
}

function readValues(
  problems: Problems,
  path: string,
  value: unknown,
  at: Readonly<Record<string, Scalar>>,
  matrix: unknown,
): Readonly<Record<string, Scalar>> | undefined {
  if (!isFields(value) || Object.keys(value).length === 0) {
    problems.error(path, `expected values of axes such as { protocol: 'http' }, not ${show(value)}.`)
    return undefined
  }
  const before = problems.errors.length
  for (const [axis, wanted] of Object.entries(value)) {
    const values = isFields(matrix) ? matrix[axis] : undefined
    if (!Object.hasOwn(at, axis)) unknownKey(problems, path, axis, Object.keys(at))
    else if (Array.isArray(values) && !values.includes(wanted)) {
      problems.error(
        join(path, axis),
        `the axis has no value ${show(wanted)}: ${values.map(show).join(', ')}.`,
      )
    }
  }
  return problems.errors.length > before ? undefined : (value as Readonly<Record<string, Scalar>>)
}
