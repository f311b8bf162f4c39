import { readFileSync, statSync } from 'node:fs'
import type { OipInput, OipRequest } from '@servebench/plugin-oip'
import type { GeneratedInput } from 'servebench'
import { ServebenchError, ValidationError } from 'servebench/plugin'
import type { JsonValue, Problem } from 'servebench/plugin'
import { isObject } from './config/merge-config.ts'

const LARGEST_FILE = 256 * 1024 * 1024
const MOST_PROBLEMS = 10

export interface PerfAnalyzerDataOptions {
  /** JSON, relative to the working directory. */
  readonly file: string
  /** So many entries, one after the other, are one request. Default 1. */
  readonly batch?: number
}

/**
 * Requests of a JSON file in the format of perf_analyzer's `--input-data`: each entry of `data` is one, in their order and then
 * from the first again. Read when the first request is encoded. Entries that are lists, the steps of sequences, are taken step
 * by step.
 * @throws {ServebenchError} `SERVEBENCH_INPUT_DATA` for a file that cannot be read, {@link ValidationError} with what is wrong
 * with its entries; both before the load starts
 * @example input: perfAnalyzerData({ file: 'inputs.json' })
 */
export function perfAnalyzerData({ file, batch = 1 }: PerfAnalyzerDataOptions): GeneratedInput<OipRequest> {
  if (!Number.isInteger(batch) || batch < 1)
    throw new ValidationError('perfAnalyzerData()', [
      { path: 'batch', message: 'must be a whole number above 0.' },
    ])
  let entries: readonly Entry[] | null = null
  return {
    generate: ({ index }) => {
      entries ??= readEntries(file)
      const all = entries
      const rows = Array.from({ length: batch }, (_, row) => all[(index * batch + row) % all.length] as Entry)
      return { inputs: joined(rows) }
    },
  }
}

/** Elements by the names of inputs, with the shape of one where the file says it. */
type Entry = Readonly<
  Record<string, { readonly data: readonly JsonValue[]; readonly shape?: readonly number[] }>
>

function joined(rows: readonly Entry[]): Readonly<Record<string, OipInput>> {
  const [first = {}] = rows
  return Object.fromEntries(
    Object.entries(first).map(([name, { shape }]) => {
      const data = rows.flatMap((row) => row[name]?.data ?? []) as OipInput['data']
      const whole = shape === undefined || rows.length === 1 ? shape : [rows.length, ...shape]
      return [name, { data, ...(whole === undefined ? {} : { shape: whole }) }]
    }),
  )
}

function readEntries(file: string): readonly Entry[] {
  let json: JsonValue
  try {
    if (statSync(file).size > LARGEST_FILE) throw new Error('it has more than 256 MiB')
    json = JSON.parse(readFileSync(file, 'utf8')) as JsonValue
  } catch (cause) {
    const { message } = cause as Error
    throw new ServebenchError('SERVEBENCH_INPUT_DATA', `'${file}' is no file of inputs: ${message}.`, {
      advice:
        'It is a JSON file such as `perf_analyzer --input-data` takes: { "data": [ { "INPUT": [1, 2] } ] }.',
      cause,
    })
  }
  const problems: Problem[] = []
  const list = isObject(json) ? json['data'] : undefined
  const all = Array.isArray(list) ? (list as readonly JsonValue[]) : []
  if (all.length === 0) problems.push({ path: 'data', message: 'must be a list of entries.' })
  const entries = all.flatMap((each, index) =>
    (Array.isArray(each) ? (each as readonly JsonValue[]) : [each]).map((step) =>
      readEntry(step, `data[${index}]`, problems),
    ),
  )
  if (problems.length > 0) throw new ValidationError(`'${file}'`, problems.slice(0, MOST_PROBLEMS))
  return entries
}

function readEntry(value: JsonValue, path: string, problems: Problem[]): Entry {
  if (!isObject(value)) {
    problems.push({ path, message: 'must be an object with inputs by their names.' })
    return {}
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, given]) => {
      const at = `${path}.${name}`
      const fields = isObject(given) ? given : { content: given ?? null }
      const { content = null, shape } = fields
      if (fields['b64'] !== undefined)
        problems.push({ path: at, message: 'is in base64: write its elements as `content`.' })
      else if (!Array.isArray(content)) problems.push({ path: at, message: 'must be a list of elements.' })
      const isShape = Array.isArray(shape) && shape.every((size) => Number.isInteger(size))
      if (shape !== undefined && !isShape)
        problems.push({ path: `${at}.shape`, message: 'must be whole numbers.' })
      const data = ([content] as readonly unknown[]).flat(Infinity) as readonly JsonValue[]
      return [name, { data, ...(isShape ? { shape: shape as readonly number[] } : {}) }]
    }),
  )
}
