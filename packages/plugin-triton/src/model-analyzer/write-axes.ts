import type { JsonValue } from 'servebench/plugin'
import type { ModelAnalyzerAxis } from './study.ts'

/** `settings` of a study. */
export function writeSettings(axes: readonly ModelAnalyzerAxis[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(axes.map(({ path, values }) => [path, writeAxis(values)]))
}

/** How many configurations they make. */
export function sizeOf(axes: readonly ModelAnalyzerAxis[]): number {
  return axes.reduce((product, { values }) => product * distinct(values).length, 1)
}

/** A single value is a constant, if it is no list that would be taken for one of values. */
function writeAxis(values: readonly JsonValue[]): unknown {
  const all = distinct(values)
  const [only = null] = all
  return all.length === 1 && typeof only !== 'object' ? only : all
}

function distinct(values: readonly JsonValue[]): readonly JsonValue[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
}
