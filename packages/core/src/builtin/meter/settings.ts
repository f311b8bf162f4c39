import {
  parseDuration,
  readOption,
  readSamplerPeriod,
  refuseUnknown,
  ValidationError,
  type JsonObject,
  type Nanos,
  type Problem,
} from '../../plugin.ts'
import type { PowerRole } from '../../session.ts'
import type { MeterUnit } from './meter.ts'

const COMMON = ['period', 'name', 'scope', 'pointer', 'pattern', 'unit']
const WAYS: Readonly<Record<string, readonly string[]>> = {
  command: ['command'],
  url: ['url', 'headers'],
  csv: ['csv', 'columns', 'clockOffset'],
}
const SCOPES: readonly PowerRole['scope'][] = ['system', 'accelerator', 'cpu', 'memory']
/** Watts or joules in each. */
export const UNITS: Readonly<Record<MeterUnit, number>> = {
  mW: 0.001,
  W: 1,
  kW: 1000,
  J: 1,
  Wh: 3600,
  kWh: 3.6e6,
}

export type MeterSource =
  | { readonly from: 'command'; readonly command: readonly string[] }
  | { readonly from: 'url'; readonly url: string; readonly headers: JsonObject }
  | {
      readonly from: 'csv'
      readonly path: string
      readonly time: string | number
      readonly value: string | number
      /** Of the meter's clock before this machine's, ns. */
      readonly clockOffset: Nanos
    }

/** With everything decided; plain data. */
export interface MeterSettings {
  readonly period: Nanos
  readonly name: string
  readonly scope: PowerRole['scope']
  readonly pointer: string | null
  readonly pattern: string | null
  readonly unit: MeterUnit
  readonly source: MeterSource
}

/** @throws {ValidationError} with all that is wrong */
export function readMeterSettings(options: JsonObject): MeterSettings {
  const problems: Problem[] = []
  const ways = Object.keys(WAYS).filter((way) => options[way] !== undefined)
  const [way] = ways
  refuseUnknown(options, [...COMMON, ...Object.keys(WAYS), ...(WAYS[way ?? 'csv'] ?? [])], '', problems)
  if (ways.length !== 1) {
    problems.push({ path: 'source', message: `expected one of command, url and csv, not ${ways.length}.` })
  }
  const {
    period = '1s',
    name = 'meter',
    scope = 'system',
    unit = 'W',
    pointer = null,
    pattern = null,
  } = options
  if (pointer !== null && pattern !== null) {
    problems.push({ path: 'pattern', message: 'is for text, and `pointer` for JSON: one of them is enough.' })
  }
  const read = <T>(path: string, value: unknown, by: (value: unknown) => T, fallback: T): T =>
    readOption(path, value, by, fallback, problems)
  const settings: MeterSettings = {
    period: read('period', period, readSamplerPeriod, 0),
    name: read('name', name, readName, ''),
    scope: read('scope', scope, (value) => oneOf(value, SCOPES), 'system'),
    unit: read('unit', unit, (value) => oneOf(value, Object.keys(UNITS) as MeterUnit[]), 'W'),
    pointer: read('pointer', pointer, readPointer, null),
    pattern: read('pattern', pattern, readPattern, null),
    source: readSource(options, way, read),
  }
  if (problems.length > 0) throw new ValidationError('The power meter', problems)
  return settings
}

function readSource(
  options: JsonObject,
  way: string | undefined,
  read: <T>(path: string, value: unknown, by: (value: unknown) => T, fallback: T) => T,
): MeterSource {
  switch (way) {
    case 'command':
      return { from: 'command', command: read('command', options['command'], readCommand, []) }
    case 'url':
      return {
        from: 'url',
        url: read('url', options['url'], readUrl, ''),
        headers: read('headers', options['headers'] ?? {}, readObject, {}),
      }
    default: {
      const columns = read('columns', options['columns'] ?? {}, readObject, {})
      return {
        from: 'csv',
        path: read('csv', options['csv'] ?? '-', readText, ''),
        time: read('columns.time', columns['time'] ?? 0, readColumn, 0),
        value: read('columns.value', columns['value'] ?? 1, readColumn, 1),
        clockOffset: read('clockOffset', options['clockOffset'] ?? '0s', readOffset, 0),
      }
    }
  }
}

function readName(value: unknown): string {
  if (typeof value === 'string' && /^[A-Za-z][\w-]{0,39}$/.test(value)) return value
  throw expected('a letter, then letters, digits, dashes and underscores', value)
}

function readPointer(value: unknown): string | null {
  if (value === null || (typeof value === 'string' && /^(\/[^/]*)+$/.test(value))) return value
  throw expected("a JSON pointer, such as '/power/watts'", value)
}

function readPattern(value: unknown): string | null {
  if (value === null) return null
  try {
    // An alternative that matches nothing tells how many groups there are.
    const groups = new RegExp(`${readText(value)}|`).exec('')?.length ?? 0
    if (groups === 2) return value as string
  } catch {
    // It is told below.
  }
  throw expected('a regular expression with one group, around the number', value)
}

function readCommand(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string'))
    return value
  throw expected("a program and its arguments, such as ['ipmitool', 'dcmi', 'power', 'reading']", value)
}

function readUrl(value: unknown): string {
  if (typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value)) return value
  throw expected('a URL of http or https', value)
}

function readObject(value: unknown): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw expected('an object', value)
}

function readColumn(value: unknown): string | number {
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw expected("a column's name, or its number from 0", value)
}

function readOffset(value: unknown): Nanos {
  try {
    const text = readText(value)
    return text.startsWith('-') ? 0 - parseDuration(text.slice(1)) : parseDuration(text)
  } catch {
    throw expected("a duration such as '2s' or '-350ms'", value)
  }
}

function readText(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw expected('text', value)
}

function oneOf<T extends string>(value: unknown, words: readonly T[]): T {
  const found = words.find((word) => word === value)
  if (found !== undefined) return found
  throw expected(`one of ${words.join(', ')}`, value)
}

function expected(what: string, value: unknown): TypeError {
  return new TypeError(`expected ${what}, not ${JSON.stringify(value)}.`)
}
