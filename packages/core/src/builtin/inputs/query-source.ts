import { parseBytes, ServebenchError, ValidationError, type Problem } from '../../plugin.ts'
import { scanQueries, type QueryScanOptions, type SampleSource } from '../../session.ts'
import type { QueriesOptions } from './queries.ts'

/** What the plugin adds to the options of the bench file. */
export interface QuerySourceOptions extends QueriesOptions {
  readonly file: string
  readonly root: string
  /** Users of the stream's closed loop; `null` for an open loop. */
  readonly users: number | null
}

const OPTIONS: ReadonlySet<string> = new Set([
  'file',
  'lines',
  'deal',
  'times',
  'offset',
  'maxLine',
  'badLines',
  'append',
  'base64',
  'method',
  'headers',
])
const CHOICES = {
  lines: ['url', 'url-and-body', 'body'],
  deal: ['shared', 'split', 'each'],
  badLines: ['strict', 'skip'],
} as const
const MAX_LINE = '128KiB'
const SHORTEST_LIMIT = 1024
const LARGEST_LIMIT = 64 * 1024 * 1024

/** One payload that stands for all queries; see `queries`. */
export async function querySource(source: QuerySourceOptions): Promise<SampleSource> {
  const { options, times } = readOptions(source)
  const scan = await scanQueries(options)
  const { method, headers } = source
  const request = {
    queries: scan.plan,
    ...(method === undefined ? {} : { method }),
    ...(headers === undefined ? {} : { headers }),
  }
  return {
    distinct: 1,
    sample: () => request,
    ...(times === null ? {} : { units: scan.counts.map((count) => count * times) }),
    files: { lines: options.lines, deal: options.deal, times, files: scan.files },
  }
}

function readOptions(source: QuerySourceOptions): {
  readonly options: QueryScanOptions
  readonly times: number | null
} {
  const problems: Problem[] = []
  const report = (name: string, message: string): void =>
    void problems.push({ path: `queries.${name}`, message })
  const { root, users, ...own } = source
  for (const name of Object.keys(own)) {
    if (!OPTIONS.has(name)) report(name, 'is not an option of queries().')
  }
  for (const [name, values] of Object.entries(CHOICES)) {
    const value = source[name as keyof typeof CHOICES]
    if (value !== undefined && !(values as readonly string[]).includes(value))
      report(name, `must be one of '${values.join("', '")}'.`)
  }
  const { file, lines = 'url', times, append = '', base64 = false, badLines = 'strict' } = source
  const isNumbered = typeof file === 'string' && /%(?:0?\d{1,2})?d/.test(file)
  const { deal = isNumbered ? 'each' : 'shared' } = source
  if (typeof file !== 'string' || file === '') report('file', "is missing: queries('queries.txt').")
  if (isNumbered && deal !== 'each') report('deal', 'is not needed where each client has a file of its own.')
  if (times !== undefined && !(Number.isSafeInteger(times) && times > 0))
    report('times', 'must be a whole number from 1 on.')
  if (times !== undefined && users === null)
    report('times', 'needs the clients of a closed loop; an open loop ends by its `duration`.')
  if (typeof append !== 'string' || /[^\x21-\x7e]/.test(append))
    report('append', 'must be text as it stands in a URL: percent-encode it.')
  else if (append !== '' && lines === 'body') report('append', 'belongs to lines with a path.')
  if (typeof base64 !== 'boolean') report('base64', 'must be true or false.')
  else if (base64 && lines === 'url') report('base64', 'belongs to lines with a body.')
  const offset = readSize(source.offset ?? '0B', 'offset', report)
  const maxLine = readSize(source.maxLine ?? MAX_LINE, 'maxLine', report)
  if (maxLine < SHORTEST_LIMIT || maxLine > LARGEST_LIMIT) report('maxLine', 'must be from 1KiB to 64MiB.')
  if (problems.length > 0) throw new ValidationError('The input', problems)
  return {
    options: { root, file, lines, deal, clients: users, offset, maxLine, badLines, append, base64 },
    times: times ?? null,
  }
}

function readSize(value: unknown, name: string, report: (name: string, message: string) => void): number {
  try {
    return parseBytes(String(value))
  } catch (error) {
    report(name, error instanceof ServebenchError ? error.message : 'is not a size.')
    return SHORTEST_LIMIT
  }
}
