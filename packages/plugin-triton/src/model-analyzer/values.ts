import type { ConfigReader } from './config-reader.ts'
import type { ModelAnalyzerExtent } from './study.ts'

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

/** `--flag=value`, as Triton's command line takes them. */
export function readServerFlags(value: unknown, path: string, reader: ConfigReader): readonly string[] {
  return Object.entries(reader.fields(value, path)).map(
    ([name, flag]) => `--${name.replaceAll('_', '-')}=${plainText(flag)}`,
  )
}

export function readVariables(
  value: unknown,
  path: string,
  reader: ConfigReader,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(reader.fields(value, path)).map(([name, text]) => [name, plainText(text)]),
  )
}

/** Flags of the server take `true`, not Python's `True`. */
function plainText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value)
}

/** UUIDs; `null` for `all`. */
export function readGpus(value: unknown, reader: ConfigReader): readonly string[] | null {
  const names = reader.names(value, 'gpus').filter((name) => name !== '')
  return value === undefined || value === null || names.includes('all') ? null : names
}

/** Of a search by Optuna: the share counts where it is said, or no number is. */
export function readExtent(
  config: Readonly<Record<string, unknown>>,
  side: 'min' | 'max',
  usual: number,
  reader: ConfigReader,
): ModelAnalyzerExtent {
  const trials = config[`optuna_${side}_trials`]
  const share = config[`${side}_percentage_of_search_space`]
  const configurations = trials == null ? null : reader.number(trials, `optuna_${side}_trials`, 0)
  const percent = reader.number(share, `${side}_percentage_of_search_space`, usual)
  return { share: share == null && configurations !== null ? null : percent / 100, configurations }
}
