import { ServebenchError } from '../../errors/servebench-error.ts'
import type { PublishedTable } from './published-table.ts'

/** A number as a table means it: times in nanoseconds, rates per second. */
export interface LatencyColumn {
  readonly index: number
  readonly title: string
  /** The percentile, or the mean. */
  readonly statistic: number | 'mean'
  /** Nanoseconds that 1 stands for; `null`: cells have units of their own. */
  readonly scale: number | null
}

export interface TableColumns {
  readonly users: number | null
  readonly throughput: number
  readonly batch: number | null
  readonly latencies: readonly LatencyColumn[]
}

const USERS = /\b(concurrency|concurrent|users?|clients?|threads?|connections?|vus?|in[- ]?flight)\b/i
const THROUGHPUT =
  /\b(throughput|rps|qps|tps|req(uests?)?\s*\/\s*s(ec)?|infer(ences?)?\s*\/\s*s(ec)?|(items|images|samples)\s*\/\s*s(ec)?|requests?\s+per\s+second)\b/i
const BATCH = /\bbatch( ?size)?\b/i
const LATENCY = /\b(latency|response( time)?|time|rt|duration|p\s?\d{2}(\.\d+)?|mean|average|avg|median)\b/i
const PERCENTILE =
  /(?:\bp\s?(\d{2}(?:\.\d+)?)\b)|(?:\b(\d{2}(?:\.\d+)?)\s?(?:th|%)?\s?(?:percentile|pct)\b)|(?:\b(\d{2}(?:\.\d+)?)\s?%)/i

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  msec: 1e6,
  milliseconds: 1e6,
  s: 1e9,
  sec: 1e9,
  seconds: 1e9,
}
const UNIT = /(?:^|[\s([{_,/])(ns|us|µs|μs|msec|milliseconds|ms|seconds|sec|s)(?=$|[\s)\]},])/i

export interface ColumnOptions {
  /** Of times whose column and cells have none: `ms`. */
  readonly unit?: string
}

/**
 * Which columns hold what, by their titles.
 * @throws {ServebenchError} `SERVEBENCH_AUDIT_COLUMNS` when throughput or latency cannot be found
 */
export function findColumns({ columns }: PublishedTable, options: ColumnOptions = {}): TableColumns {
  const titles = columns.map((column) => column.replaceAll('_', ' '))
  const find = (pattern: RegExp): number | null => {
    const index = titles.findIndex((title) => pattern.test(title))
    return index === -1 ? null : index
  }
  const throughput = find(THROUGHPUT)
  const users = find(USERS)
  const batch = find(BATCH)
  const taken = new Set([throughput, users, batch])
  const fallback = options.unit === undefined ? null : unitScale(options.unit)
  const latencies = titles.flatMap((title, index): LatencyColumn[] => {
    if (taken.has(index) || !(LATENCY.test(title) || PERCENTILE.test(title))) return []
    const unit = UNIT.exec(title)?.[1]
    return [
      {
        index,
        title: columns[index] as string,
        statistic: statisticOf(title),
        scale: unit === undefined ? fallback : unitScale(unit),
      },
    ]
  })
  const missing = [
    ...(throughput === null ? ['throughput'] : []),
    ...(latencies.length === 0 ? ['latency'] : []),
  ]
  if (throughput === null || missing.length > 0) {
    throw new ServebenchError(
      'SERVEBENCH_AUDIT_COLUMNS',
      `The table has no column for ${missing.join(' and ')}; its columns are ${columns.map((column) => `'${column}'`).join(', ')}.`,
      { advice: 'Name the columns like: users, throughput (req/s), mean latency (ms), p99 (ms), batch.' },
    )
  }
  return { users, throughput, batch, latencies }
}

function statisticOf(title: string): LatencyColumn['statistic'] {
  if (/\bmedian\b/i.test(title)) return 50
  const [, p, ordinal, percent] = PERCENTILE.exec(title) ?? []
  const text = p ?? ordinal ?? percent
  return text === undefined ? 'mean' : Number(text)
}

function unitScale(unit: string): number {
  const scale = UNITS[unit.toLowerCase()]
  if (scale !== undefined) return scale
  throw new ServebenchError('SERVEBENCH_AUDIT_UNIT', `'${unit}' is no unit of time.`, {
    advice: 'Use ns, us, ms or s.',
  })
}

/** The number in a cell: `1,234.5`, `25.48 ms`, `41.05 req/s`; `null` when there is none. */
export function readCell(
  text: string | undefined,
): { readonly value: number; readonly scale: number | null } | null {
  const [, digits, rest = ''] =
    /^[~≈<>]?\s*(\d[\d,\s]*(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)(.*)$/i.exec((text ?? '').trim()) ?? []
  if (digits === undefined) return null
  const value = Number(digits.replaceAll(/[,\s]/g, ''))
  const unit = /^\s*(ns|us|µs|μs|ms|s)\b/i.exec(rest)?.[1]
  return Number.isFinite(value) ? { value, scale: unit === undefined ? null : unitScale(unit) } : null
}
