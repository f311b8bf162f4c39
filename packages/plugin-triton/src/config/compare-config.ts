import { canonicalJson } from 'servebench/plugin'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import { isObject } from './merge-config.ts'
import { normalConfig } from './normal-config.ts'

/** A setting that is not what it was to be. */
export interface ConfigDifference {
  /** For example `dynamic_batching.max_queue_delay_microseconds`. */
  readonly path: string
  readonly wanted: JsonValue
  readonly found: JsonValue
}

/** Whether two configurations of a model mean the same. */
export function isSameConfig(a: JsonObject, b: JsonObject): boolean {
  return isSame(normalConfig(a), normalConfig(b))
}

/**
 * Settings that were changed from `base` to `wanted`, but are something else in `found`, which servers complete with
 * defaults of their own.
 */
export function findDifferences(base: JsonObject, wanted: JsonObject, found: JsonObject): ConfigDifference[] {
  const differences: ConfigDifference[] = []
  compare('', normalConfig(base), normalConfig(wanted), normalConfig(found), differences)
  return differences
}

function compare(
  path: string,
  base: JsonValue | undefined,
  wanted: JsonValue | undefined,
  found: JsonValue | undefined,
  differences: ConfigDifference[],
): void {
  if (isObject(wanted)) {
    const [before, after] = [fieldsOf(base), fieldsOf(found)]
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(before)])) {
      compare(path === '' ? name : `${path}.${name}`, before[name], wanted[name], after[name], differences)
    }
    return
  }
  // A list that was emptied, or a value that was taken away, leaves the choice to the server; a message does not.
  const isLeft = wanted === undefined && !isObject(base)
  if (isLeft || isSame(base, wanted) || covers(found, wanted)) return
  differences.push({ path, wanted: wanted ?? null, found: found ?? null })
}

/** Whether `found` has everything that `wanted` has. */
function covers(found: JsonValue | undefined, wanted: JsonValue | undefined): boolean {
  if (isList(wanted) && isList(found)) {
    return wanted.length === found.length && wanted.every((element, index) => covers(found[index], element))
  }
  if (isObject(wanted) && isObject(found)) {
    return Object.entries(wanted).every(([name, value]) => covers(found[name], value))
  }
  return isSame(found, wanted)
}

function isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return (a === undefined) === (b === undefined) && canonicalJson(a) === canonicalJson(b)
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function fieldsOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {}
}
