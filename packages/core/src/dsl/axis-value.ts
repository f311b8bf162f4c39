import { Sha256 } from '../stats/sha256.ts'
import { canonicalJson, type JsonValue } from '../units/json.ts'
import { isFields } from './fields.ts'
import type { Scalar } from './matrix.ts'

/** Longer names are cut: they stand in tables and in names of cases. */
const LONGEST = 40
const PLAIN = /^[A-Za-z_][\w.-]*$/
const WORDS = new Set(['true', 'false', 'null'])

/**
 * What a value of a setting is called: itself where it is text, a number or a boolean; otherwise its JSON without needless
 * quotes, cut with a digest when it is long. Equal values have equal names, different ones different names.
 */
export function valueName(value: JsonValue): Scalar {
  if (isScalar(value)) return value
  const text = shortJson(value)
  if (text.length <= LONGEST) return text
  const digest = new Sha256().update(new TextEncoder().encode(canonicalJson(value))).words()[0] as number
  return `${text.slice(0, LONGEST - 10)}…#${digest.toString(16).padStart(8, '0')}`
}

/** A list of values with their names, and what stands behind names that are not the values themselves. */
export function nameValues(given: readonly JsonValue[]): {
  readonly values: readonly Scalar[]
  readonly contents?: Readonly<Record<string, JsonValue>>
} {
  const values = given.map(valueName)
  const others = given.flatMap((value, index) =>
    isScalar(value) ? [] : [[String(values[index]), value] as const],
  )
  return others.length === 0 ? { values } : { values, contents: Object.fromEntries(others) }
}

/** Whether a value is plain data without depth enough to be a mistake. */
export function isPlainData(value: unknown, depth = 8): value is JsonValue {
  if (value === null || isScalar(value)) return true
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => isPlainData(item, depth - 1))
  return isFields(value) && Object.values(value).every((item) => isPlainData(item, depth - 1))
}

export function isScalar(value: unknown): value is Scalar {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  )
}

function shortJson(value: JsonValue): string {
  if (typeof value === 'string') return PLAIN.test(value) && !WORDS.has(value) ? value : JSON.stringify(value)
  if (value === null || typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(shortJson).join(',')}]`
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return `{${members.map(([key, member]) => `${shortJson(key)}:${shortJson(member ?? null)}`).join(',')}}`
}
