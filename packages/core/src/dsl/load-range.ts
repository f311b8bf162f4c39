import { join, readCount, readFields, readNumber, readPositive } from './fields.ts'
import type { Problems } from './problems.ts'

const MOST_LOADS = 100

/**
 * Loads as a list, or from the first in factors up to the last; ascending.
 * @param first where a range begins that does not say
 */
export function readLoadRange(
  problems: Problems,
  path: string,
  value: unknown,
  whole: boolean,
  first = 1,
): readonly number[] | undefined {
  const read = (at: string, one: unknown): number | undefined =>
    whole
      ? readCount(problems, at, one, { max: 1_000_000 })
      : readPositive(problems, at, one, 'a rate per second')
  if (Array.isArray(value)) {
    const values = value.map((one, index) => read(join(path, index), one))
    if (values.length === 0) problems.error(path, 'there is no load in the list.')
    if (values.length === 0 || values.includes(undefined)) return undefined
    return [...new Set(values as number[])].sort((one, other) => one - other)
  }
  const fields = readFields(problems, path, value, ['from', 'to', 'factor'])
  if (fields === undefined) return undefined
  const from = fields['from'] === undefined ? first : read(join(path, 'from'), fields['from'])
  const to = read(join(path, 'to'), fields['to'])
  const factor =
    fields['factor'] === undefined
      ? 2
      : readNumber(problems, join(path, 'factor'), fields['factor'], { min: 1.01, max: 100 })
  if (from === undefined || to === undefined || factor === undefined) return undefined
  if (to < from) {
    problems.error(join(path, 'to'), `${to} is below \`from\`, ${from}.`)
    return undefined
  }
  const values: number[] = []
  for (let next = from; next <= to * (1 + 1e-9) && values.length < MOST_LOADS; next *= factor)
    values.push(whole ? Math.round(next) : next)
  return [...new Set(values)]
}
