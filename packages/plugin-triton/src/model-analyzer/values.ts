import type { ConfigReader } from './config-reader.ts'

/** `1,2,4`, a list, one number, or `{ start, stop, step }` with its end, as Model Analyzer writes numbers that are swept. */
export function readNumbers(value: unknown, path: string, reader: ConfigReader): readonly number[] {
  if (typeof value === 'number') return check([value], path, reader)
  if (typeof value === 'string')
    return check(
      value.split(',').map((part) => Number(part.trim() || Number.NaN)),
      path,
      reader,
    )
  if (Array.isArray(value)) return check(value.map(Number), path, reader)
  const fields = reader.fields(value, path)
  const { start, stop, step = 1, ...others } = fields
  for (const name of Object.keys(others)) reader.unknown(`${path}.${name}`)
  const [from, to, by] = [Number(start), Number(stop), Number(step)]
  if (!(from <= to) || !(by > 0) || (to - from) / by > MOST_VALUES) {
    reader.problem(path, 'must be numbers, or { start, stop, step } with at most 10 000 of them.')
    return []
  }
  return check(
    Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => from + index * by),
    path,
    reader,
  )
}

const MOST_VALUES = 10_000

function check(values: readonly number[], path: string, reader: ConfigReader): readonly number[] {
  if (values.length > 0 && values.every((value) => Number.isFinite(value) && value > 0)) return values
  reader.problem(path, 'must be numbers above 0.')
  return []
}

/** The first, and twice as much each time, up to the last. */
export function doublings(first: number, last: number): readonly number[] {
  const values: number[] = []
  for (let value = first; value <= last; value *= 2) values.push(value)
  return values
}
