import { WrittenCall } from 'servebench/plugin'
import type { JsonValue } from 'servebench/plugin'
import type { ModelAnalyzerAxis } from './study.ts'

const LONGEST_NAME = 60

/** `settings` of a study: a value is a constant, and lists and objects have names. */
export function writeSettings(axes: readonly ModelAnalyzerAxis[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(axes.map(({ path, values }) => [path, writeAxis(values)]))
}

/** How many configurations they make. */
export function sizeOf(axes: readonly ModelAnalyzerAxis[]): number {
  return axes.reduce((product, { values }) => product * distinct(values).length, 1)
}

function writeAxis(values: readonly JsonValue[]): unknown {
  const all = distinct(values)
  if (all.every(isScalar)) return all.length === 1 ? all[0] : all
  const named = new Map<string, JsonValue>()
  for (const value of all) {
    const name = nameOf(value)
    named.set(named.has(name) ? `${name} (${named.size + 1})` : name, value)
  }
  return new WrittenCall('choices', 'servebench', Object.fromEntries(named))
}

function distinct(values: readonly JsonValue[]): readonly JsonValue[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
}

function isScalar(value: JsonValue): boolean {
  return typeof value !== 'object'
}

/** What reports call it: `4,8`; `count:1,kind:KIND_CPU`. */
function nameOf(value: JsonValue): string {
  if (value === null) return 'none'
  const text = JSON.stringify(value).replaceAll(/["{}[\]]/g, '')
  return text === '' ? 'empty' : text.slice(0, LONGEST_NAME)
}
