import type {
  OpenLoadPlan,
  TraceExpansion,
  TraceFilter,
  TracePlan,
  TraceSourcePlan,
  TraceUnit,
} from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import type { Nanos } from '../../units/nanos.ts'
import {
  isFields,
  join,
  readChoice,
  readCount,
  readDuration,
  readFields,
  readPositive,
  readString,
  readStrings,
  type Fields,
} from '../fields.ts'
import { show, type Problems } from '../problems.ts'
import type { ImpliedSettings, LoadDefinition } from './definition.ts'
import { readRate } from './rate.ts'

/** The part of a trace that is used, and how fast and how often. */
export interface TracePart {
  /** Where the used part begins, from the first arrival (of counts: from the first count). Default `'0s'`. */
  readonly from?: Duration
  /** Length of the used part, in the trace's own time. Default: all that follows. */
  readonly length?: Duration
  /** The trace's time runs this many times as fast: 60 makes a second of each minute. Default 1. */
  readonly speed?: number
  /**
   * Times as many arrivals at unchanged speed, or as many as give this mean or this highest rate (per second, over a
   * second, or over the time of one count). Below 1 arrivals are left out at random; above 1, further copies fall at random
   * before the next arrival. Default 1.
   */
  readonly scale?: number | { readonly mean: number } | { readonly peak: number }
}

/** The columns of a `csv` or `jsonl` trace: the instants of arrivals, or how many there were per `every`. */
export type TraceColumns =
  | {
      /** Name, or for `csv` position from 1, of the column with the instants. */
      readonly at: string | number
      /** Numbers in this unit, or `'iso'` for dates with times. Default `'s'`. */
      readonly unit?: TraceUnit
    }
  | {
      /** Name, or for `csv` position from 1, of the column with the counts; rows are consecutive. */
      readonly count: string | number
      /** The time that each count is about. */
      readonly every: Duration
    }

export type PublishedTraceFormat =
  /** A row per function, a column per minute (`invocations_per_function_md.anon.d01.csv`); files are days. */
  | 'azure-functions-2019'
  /** A row per invocation: its end and its duration (`AzureFunctionsInvocationTraceForTwoWeeksJan2021.txt`). */
  | 'azure-functions-2021'
  /** A row per request of an LLM service with its `TIMESTAMP`; 2023, 2024 and later. */
  | 'azure-llm'
  /** A row per request with its `Timestamp` in seconds. */
  | 'burst-gpt'

interface TraceFile extends TracePart {
  /** Relative to the project's folder; `.gz` is unpacked. Several are read one after the other. */
  readonly file: string | readonly string[]
  /** Only rows whose columns have these values: `{ Trigger: 'http' }`. */
  readonly where?: TraceFilter
  /** How counts become instants. Default `'conditional'`. */
  readonly expand?: TraceExpansion
  /** A row that cannot be read is an error, or is left out and counted. Default `'strict'`. */
  readonly badRows?: 'strict' | 'skip'
}

export type TraceOptions =
  | (TraceFile & { readonly format: PublishedTraceFormat })
  | (TraceFile & {
      readonly format: 'csv' | 'jsonl'
      readonly columns: TraceColumns
      /** Only for `csv`. Default: a comma. */
      readonly delimiter?: string
    })
export type TraceLoad = TraceOptions & { readonly load: 'trace' }

/**
 * Open loop: the arrivals of a recorded trace. Its files are read before the first trial, in bounded memory whatever their
 * size, and the result names their SHA-256. Without a `duration` the measurement lasts as long as the used part.
 */
export function trace(options: TraceOptions): TraceLoad {
  return { ...options, load: 'trace' }
}

const PUBLISHED = ['azure-functions-2019', 'azure-functions-2021', 'azure-llm', 'burst-gpt'] as const
const FORMATS = [...PUBLISHED, 'csv', 'jsonl'] as const
const EXPANSIONS = ['conditional', 'rate', 'even', 'smooth'] as const
const UNITS = ['s', 'ms', 'us', 'ns', 'iso'] as const
const PART = ['from', 'length', 'speed', 'scale']
const OPTIONS = ['load', 'file', 'format', 'columns', 'delimiter', 'where', 'expand', 'badRows', ...PART]

export const traceLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'trace',
  plan(fields, path, problems) {
    readFields(problems, path, fields, OPTIONS)
    const files = readFiles(problems, `${path}.file`, fields['file'])
    const source = planSource(problems, path, fields)
    const expand =
      fields['expand'] === undefined
        ? 'conditional'
        : readChoice(problems, `${path}.expand`, fields['expand'], EXPANSIONS)
    const badRows =
      fields['badRows'] === undefined
        ? 'strict'
        : readChoice(problems, `${path}.badRows`, fields['badRows'], ['strict', 'skip'])
    const part = planPart(problems, path, fields)
    if (
      files === undefined ||
      source === undefined ||
      expand === undefined ||
      badRows === undefined ||
      part === undefined
    )
      return undefined
    return tracePlan({ kind: 'trace', files, source, expand, badRows, ...part })
  },
  implies: impliedByTrace,
}

export interface ReplayOptions extends TracePart {
  /** A plan that `servebench arrivals --out` has saved; relative to the project's folder. */
  readonly file: string
}
export interface ReplayLoad extends ReplayOptions {
  readonly load: 'replay'
}

/** Open loop: the arrivals of a saved plan, to the nanosecond, whatever the seed. */
export function replay(options: ReplayOptions): ReplayLoad {
  return { ...options, load: 'replay' }
}

export const replayLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'replay',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'file', ...PART])
    const file = readString(problems, `${path}.file`, fields['file'])
    const part = planPart(problems, path, fields)
    if (file === undefined || part === undefined) return undefined
    return tracePlan({
      kind: 'trace',
      files: [file],
      source: { format: 'arrivals' },
      expand: 'conditional',
      badRows: 'strict',
      ...part,
    })
  },
  implies: impliedByTrace,
}

function tracePlan(process: TracePlan): OpenLoadPlan {
  return { loop: 'open', process, rate: [] }
}

/** A trace lasts as long as it is, which only its file says unless a length is given; so do loads made of one. */
export function impliedByTrace({ process }: OpenLoadPlan): ImpliedSettings {
  switch (process.kind) {
    case 'slice':
      return impliedByTrace(process.of)
    case 'trace':
      return { duration: process.until === null ? null : (process.until - process.from) / process.speed }
    default:
      return {}
  }
}

function readFiles(problems: Problems, path: string, value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) {
    const file = readString(problems, path, value)
    return file === undefined ? undefined : [file]
  }
  if (value.length > 0) return readStrings(problems, path, value)
  problems.error(path, 'expected at least one file.')
  return undefined
}

type Part = Pick<TracePlan, 'from' | 'until' | 'speed' | 'scale'>

function planPart(problems: Problems, path: string, fields: Fields): Part | undefined {
  const from = fields['from'] === undefined ? 0 : readDuration(problems, `${path}.from`, fields['from'])
  const length =
    fields['length'] === undefined
      ? null
      : readDuration(problems, `${path}.length`, fields['length'], 'positive')
  const speed =
    fields['speed'] === undefined ? 1 : readPositive(problems, `${path}.speed`, fields['speed'], 'a factor')
  const scale = fields['scale'] === undefined ? 1 : readScale(problems, `${path}.scale`, fields['scale'])
  if (from === undefined || length === undefined || speed === undefined || scale === undefined)
    return undefined
  return { from, until: length === null ? null : from + length, speed, scale }
}

/** More copies of each arrival than that are a mistake. */
const LARGEST_SCALE = 1_000_000

function readScale(problems: Problems, path: string, value: unknown): TracePlan['scale'] | undefined {
  if (!isFields(value)) {
    const factor = readPositive(problems, path, value, 'a factor, { mean } or { peak }')
    if (factor === undefined || factor <= LARGEST_SCALE) return factor
    problems.error(path, `expected a factor of at most ${LARGEST_SCALE}, not ${show(value)}.`)
    return undefined
  }
  readFields(problems, path, value, ['mean', 'peak'])
  const [name, other] = 'mean' in value ? (['mean', 'peak'] as const) : (['peak', 'mean'] as const)
  if (value[other] !== undefined) {
    problems.error(path, 'expected a mean or a peak, not both.')
    return undefined
  }
  const rate = readRate(problems, join(path, name), value[name])
  if (rate === undefined) return undefined
  return name === 'mean' ? { mean: rate } : { peak: rate }
}

function planSource(problems: Problems, path: string, fields: Fields): TraceSourcePlan | undefined {
  const format = readChoice(problems, `${path}.format`, fields['format'], FORMATS)
  const where = readFilter(problems, `${path}.where`, fields['where'])
  if (format === undefined || where === undefined) return undefined
  if (format !== 'csv' && fields['delimiter'] !== undefined) {
    problems.error(`${path}.delimiter`, `a ${format} trace has no delimiter to choose.`)
    return undefined
  }
  if (format !== 'csv' && format !== 'jsonl') {
    if (fields['columns'] === undefined) return { format, where }
    problems.error(`${path}.columns`, `the columns of ${format} are known; use format 'csv' for others.`)
    return undefined
  }
  const column = readColumn(problems, `${path}.columns`, fields['columns'], format)
  const delimiter =
    fields['delimiter'] === undefined
      ? null
      : readDelimiter(problems, `${path}.delimiter`, fields['delimiter'])
  if (column === undefined || delimiter === undefined) return undefined
  return { format, column, where, ...(delimiter === null ? {} : { delimiter }) }
}

type Column = Extract<TraceSourcePlan, { readonly format: 'csv' | 'jsonl' }>['column']

function readColumn(
  problems: Problems,
  path: string,
  value: unknown,
  format: 'csv' | 'jsonl',
): Column | undefined {
  if (!isFields(value) || 'at' in value === 'count' in value) {
    problems.error(
      path,
      `expected { at, unit } for instants of arrivals or { count, every } for counts, not ${show(value)}.`,
    )
    return undefined
  }
  if ('at' in value) {
    readFields(problems, path, value, ['at', 'unit'])
    const at = readColumnName(problems, `${path}.at`, value['at'], format)
    const unit =
      value['unit'] === undefined ? 's' : readChoice(problems, `${path}.unit`, value['unit'], UNITS)
    return at === undefined || unit === undefined ? undefined : { at, unit }
  }
  readFields(problems, path, value, ['count', 'every'])
  const count = readColumnName(problems, `${path}.count`, value['count'], format)
  const every: Nanos | undefined = readDuration(problems, `${path}.every`, value['every'], 'positive')
  return count === undefined || every === undefined ? undefined : { count, every }
}

function readColumnName(
  problems: Problems,
  path: string,
  value: unknown,
  format: 'csv' | 'jsonl',
): string | number | undefined {
  if (typeof value === 'number' && format === 'csv') return readCount(problems, path, value, { max: 100_000 })
  return readString(problems, path, value)
}

function readDelimiter(problems: Problems, path: string, value: unknown): string | undefined {
  if (typeof value === 'string' && value.length === 1 && !/["\r\n]/.test(value) && value <= '~') return value
  problems.error(path, `expected one character such as ';' or '\\t', not ${show(value)}.`)
  return undefined
}

function readFilter(problems: Problems, path: string, value: unknown): TraceFilter | undefined {
  if (value === undefined) return {}
  if (!isFields(value)) {
    problems.error(
      path,
      `expected columns with their values, such as { Model: 'GPT-4' }, not ${show(value)}.`,
    )
    return undefined
  }
  const wrong = Object.entries(value).filter(([, wanted]) => typeof wanted !== 'string')
  for (const [name, wanted] of wrong)
    problems.error(join(path, name), `expected text to compare with, not ${show(wanted)}.`)
  return wrong.length === 0 ? (value as TraceFilter) : undefined
}
