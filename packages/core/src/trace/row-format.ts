import type { TraceFilter, TraceSourcePlan, TraceUnit } from '../arrival/load-plan.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import { suggest } from '../units/suggest.ts'
import { cellOf, splitRow } from './csv-row.ts'
import { parseInstant, type Instant } from './instant.ts'

/** What one row of a trace says; or, as a sentence about it, what is wrong with it. */
export type RowMeaning =
  | { readonly instant: Instant }
  | { readonly count: number }
  /** A row per function, a column per minute. */
  | { readonly counts: readonly number[] }
  /** A row that is not asked for. */
  | null

/** How the rows of one file are read. A fresh one per file: it keeps the columns that the file's first line names. */
export interface RowFormat {
  /** Length of the time that one count is about; absent where rows are instants. */
  readonly every?: Nanos
  /** Counts of one file are those of the times after the last file's; otherwise all files are about the same time. */
  readonly fileLength?: Nanos
  /**
   * @returns what the row means, or what is wrong with it
   * @throws {MissingColumn} when the first line shows that the file is not of this format
   */
  row(line: string, number: number): RowMeaning | string
}

/** The file is not of the format that it is said to be. */
export class MissingColumn extends Error {
  override readonly name = 'MissingColumn'
}

const MINUTE: Nanos = 60 * SECOND

type RowSource = Exclude<TraceSourcePlan, { readonly format: 'arrivals' }>

export function createRowFormat(source: RowSource): RowFormat {
  switch (source.format) {
    case 'azure-functions-2019':
      return new MinuteColumns(source.where)
    case 'azure-functions-2021':
      return new TableRows(['end_timestamp', 'duration'], source.where, ([end = '', duration = '']) =>
        startOf(end, duration),
      )
    case 'azure-llm':
      return new TableRows(['TIMESTAMP'], source.where, ([at = '']) => instantOf('TIMESTAMP', at, 'iso'))
    case 'burst-gpt':
      return new TableRows(['Timestamp'], source.where, ([at = '']) => instantOf('Timestamp', at, 's'))
    case 'csv':
    case 'jsonl':
      return createMappedFormat(source)
  }
}

type MappedSource = Extract<TraceSourcePlan, { readonly format: 'csv' | 'jsonl' }>

function createMappedFormat({ format, column, where, delimiter = ',' }: MappedSource): RowFormat {
  const isCount = 'count' in column
  const name = isCount ? column.count : column.at
  const read = ([cell = '']: readonly string[]): RowMeaning | string =>
    isCount ? countOf(String(name), cell) : instantOf(String(name), cell, column.unit)
  const every = isCount ? { every: column.every } : {}
  if (format === 'jsonl') return Object.assign(new JsonRows(String(name), where, read), every)
  return Object.assign(new TableRows([name], where, read, delimiter), every)
}

type ReadCells = (cells: readonly string[]) => RowMeaning | string

/** CSV with a line of names, or with columns that are given by their position (from 1) and perhaps no such line. */
class TableRows implements RowFormat {
  readonly #columns: readonly (string | number)[]
  readonly #where: readonly (readonly [name: string, value: string])[]
  readonly #read: ReadCells
  readonly #delimiter: string
  #wanted: readonly number[] | null = null
  #filters: readonly (readonly [index: number, value: string])[] = []

  constructor(columns: readonly (string | number)[], where: TraceFilter, read: ReadCells, delimiter = ',') {
    this.#columns = columns
    this.#where = Object.entries(where)
    this.#read = read
    this.#delimiter = delimiter
  }

  row(line: string, number: number): RowMeaning | string {
    if (this.#wanted === null) {
      const wanted = this.#begin(line)
      this.#wanted = wanted
      const isHeading = this.#where.length > 0 || this.#columns.some((column) => typeof column === 'string')
      if (isHeading || typeof this.#meaning(line, wanted) === 'string') return null
    }
    if (line === '') return number === 1 ? 'is empty' : null
    for (const [index, value] of this.#filters)
      if (cellOf(line, this.#delimiter, index) !== value) return null
    return this.#meaning(line, this.#wanted)
  }

  #meaning(line: string, wanted: readonly number[]): RowMeaning | string {
    const cells: string[] = []
    for (const index of wanted) {
      const cell = cellOf(line, this.#delimiter, index)
      if (cell === undefined) return `has no column ${index + 1}`
      cells.push(cell)
    }
    return this.#read(cells)
  }

  #begin(line: string): readonly number[] {
    const names = headingOf(line, this.#delimiter)
    this.#filters = this.#where.map(([name, value]) => [indexOf(names, name), latin(value)])
    return this.#columns.map((column) => (typeof column === 'number' ? column - 1 : indexOf(names, column)))
  }
}

/** Azure Functions 2019: a row per function with its invocations in each of the day's 1440 minutes. */
class MinuteColumns implements RowFormat {
  readonly every = MINUTE
  readonly fileLength = 1440 * MINUTE
  readonly #where: readonly (readonly [name: string, value: string])[]
  #filters: readonly (readonly [index: number, value: string])[] | null = null
  #first = 0

  constructor(where: TraceFilter) {
    this.#where = Object.entries(where)
  }

  row(line: string): RowMeaning | string {
    if (this.#filters === null) {
      const names = headingOf(line, ',')
      this.#first = indexOf(names, '1')
      indexOf(names, '1440')
      this.#filters = this.#where.map(([name, value]) => [indexOf(names, name), latin(value)])
      return null
    }
    if (line === '') return null
    const cells = splitRow(line, ',')
    if (cells === undefined) return 'has a quote that is not closed'
    for (const [index, value] of this.#filters) if (cells[index] !== value) return null
    if (cells.length < this.#first + 1440)
      return `has ${cells.length} columns instead of ${this.#first + 1440}`
    const counts: number[] = []
    for (let minute = 0; minute < 1440; minute++) {
      const count = wholeNumber(cells[this.#first + minute] as string)
      if (count === undefined)
        return `has no count of invocations in minute ${minute + 1}, but '${cells[this.#first + minute]}'`
      counts.push(count)
    }
    return { counts }
  }
}

/** One JSON object per line. */
class JsonRows implements RowFormat {
  readonly #column: string
  readonly #where: readonly (readonly [name: string, value: string])[]
  readonly #read: ReadCells

  constructor(column: string, where: TraceFilter, read: ReadCells) {
    this.#column = column
    this.#where = Object.entries(where)
    this.#read = read
  }

  row(line: string): RowMeaning | string {
    if (line.trim() === '') return null
    let value: unknown
    try {
      value = JSON.parse(Buffer.from(line, 'latin1').toString('utf8'))
    } catch {
      return 'is no JSON'
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is no JSON object'
    const fields = value as Readonly<Record<string, unknown>>
    for (const [name, wanted] of this.#where) if (String(fields[name]) !== wanted) return null
    const cell = fields[this.#column]
    if (typeof cell !== 'number' && typeof cell !== 'string') return `has no number or text '${this.#column}'`
    return this.#read([String(cell)])
  }
}

function instantOf(column: string, cell: string, unit: TraceUnit): RowMeaning | string {
  const instant = parseInstant(cell, unit)
  return typeof instant === 'string' ? `'${column}' ${instant}: '${shortened(cell)}'` : { instant }
}

/** Azure Functions 2021 notes when an invocation ended, and how long it took, both in seconds. */
function startOf(end: string, duration: string): RowMeaning | string {
  const ended = parseInstant(end, 's')
  if (typeof ended === 'string') return `'end_timestamp' ${ended}: '${shortened(end)}'`
  const took = parseInstant(duration, 's')
  if (typeof took === 'string') return `'duration' ${took}: '${shortened(duration)}'`
  const nanos = ended.nanos - took.nanos
  const seconds = ended.seconds - took.seconds
  return { instant: nanos < 0 ? { seconds: seconds - 1, nanos: nanos + SECOND } : { seconds, nanos } }
}

function countOf(column: string, cell: string): RowMeaning | string {
  const count = wholeNumber(cell.trim())
  return count === undefined
    ? `'${column}' is no count from 0 to ${LARGEST_COUNT}: '${shortened(cell)}'`
    : { count }
}

/** More arrivals than that in one time are a mistake of the trace, or another column. */
const LARGEST_COUNT = 1e12

/** Digits alone, as counts are written; also `12.0`, as data frames write them. */
function wholeNumber(text: string): number | undefined {
  let value = 0
  let index = 0
  for (; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  if (index === 0 || value > LARGEST_COUNT) return undefined
  return index === text.length || /^\.0*$/.test(text.slice(index)) ? value : undefined
}

function headingOf(line: string, delimiter: string): readonly string[] {
  // A byte order mark is no part of the first name.
  const names = splitRow(line.startsWith('\u00ef\u00bb\u00bf') ? line.slice(3) : line, delimiter) ?? []
  return names.map((name) => name.trim())
}

function indexOf(names: readonly string[], name: string): number {
  const index = names.indexOf(latin(name))
  if (index >= 0) return index
  const readable = names.map((known) => Buffer.from(known, 'latin1').toString('utf8'))
  const meant = suggest(name, readable)
  const has = readable.length > 8 ? `${readable.slice(0, 8).join(', ')}, …` : readable.join(', ')
  throw new MissingColumn(
    `has no column '${name}' (it has ${shortened(has)}${meant === undefined ? '' : `; did you mean '${meant}'?`})`,
  )
}

/** Lines are decoded byte by byte, so names and values are compared as their bytes. */
function latin(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
