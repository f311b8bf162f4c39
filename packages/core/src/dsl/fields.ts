import { messageOf } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { parseBytes } from '../units/bytes.ts'
import { parseDuration } from '../units/duration.ts'
import type { Nanos } from '../units/nanos.ts'
import { suggest } from '../units/suggest.ts'
import { show, type Problems } from './problems.ts'

/** A plain object whose members may be read one by one. */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The members of an object, after telling about every one that is not known; `undefined` when it is no plain object. */
export function readFields(
  problems: Problems,
  path: string,
  value: unknown,
  known: readonly string[],
): Fields | undefined {
  if (!isFields(value)) {
    problems.error(path, `expected an object, not ${show(value)}.`)
    return undefined
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) unknownKey(problems, path, key, known)
  }
  return value
}

export function unknownKey(problems: Problems, path: string, key: string, known: readonly string[]): void {
  problems.error(join(path, key), 'there is no such option.', suggest(key, known))
}

export function join(path: string, key: string | number): string {
  return path === '' ? String(key) : `${path}.${key}`
}

interface Range {
  readonly min?: number
  readonly max?: number
}

/** A finite number above 0. */
export function readPositive(
  problems: Problems,
  path: string,
  value: unknown,
  unit: string,
): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  problems.error(path, `expected ${unit} above 0, not ${show(value)}.`)
  return undefined
}

/** A whole number in a range that starts at 1 unless told otherwise. */
export function readCount(
  problems: Problems,
  path: string,
  value: unknown,
  range: Range = {},
): number | undefined {
  const { min = 1, max = Number.MAX_SAFE_INTEGER } = range
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  const limits = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
  problems.error(path, `expected a whole number ${limits}, not ${show(value)}.`)
  return undefined
}

/** A number in a range. */
export function readNumber(
  problems: Problems,
  path: string,
  value: unknown,
  range: Required<Range>,
): number | undefined {
  if (typeof value === 'number' && value >= range.min && value <= range.max) return value
  problems.error(path, `expected a number from ${range.min} to ${range.max}, not ${show(value)}.`)
  return undefined
}

/** A duration with a unit, as nanoseconds. */
export function readDuration(
  problems: Problems,
  path: string,
  value: unknown,
  min: 'zero' | 'positive' = 'zero',
): Nanos | undefined {
  const nanos = readText(
    problems,
    path,
    value,
    parseDuration,
    "a duration with a unit, such as '50ms' or '30s'",
  )
  if (nanos === undefined || nanos > 0 || min === 'zero') return nanos
  problems.error(path, `expected a duration above zero, not ${show(value)}.`)
  return undefined
}

/** A size with a unit, as bytes. */
export function readBytes(problems: Problems, path: string, value: unknown): number | undefined {
  return readText(problems, path, value, parseBytes, "a size with a unit, such as '64KiB' or '2MiB'")
}

function readText<T>(
  problems: Problems,
  path: string,
  value: unknown,
  parse: (text: string) => T,
  expected: string,
): T | undefined {
  if (typeof value !== 'string') {
    problems.error(path, `expected ${expected}, not ${show(value)}.`)
    return undefined
  }
  try {
    return parse(value)
  } catch (error) {
    const advice = error instanceof ServebenchError && error.advice !== undefined ? ` ${error.advice}` : ''
    problems.error(path, `${messageOf(error)}${advice}`)
    return undefined
  }
}

/** One of a few words. */
export function readChoice<const T extends string>(
  problems: Problems,
  path: string,
  value: unknown,
  choices: readonly T[],
): T | undefined {
  if (choices.includes(value as T)) return value as T
  const list = choices.map((choice) => `'${choice}'`).join(', ')
  problems.error(
    path,
    `expected one of ${list}, not ${show(value)}.`,
    typeof value === 'string' ? suggest(value, choices) : undefined,
  )
  return undefined
}

export function readBoolean(problems: Problems, path: string, value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  problems.error(path, `expected true or false, not ${show(value)}.`)
  return undefined
}

export function readString(problems: Problems, path: string, value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  problems.error(path, `expected text, not ${show(value)}.`)
  return undefined
}

export function readStrings(problems: Problems, path: string, value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) {
    problems.error(path, `expected a list of text, not ${show(value)}.`)
    return undefined
  }
  const texts = value.map((item, index) => readString(problems, join(path, index), item))
  return texts.every((text) => text !== undefined) ? texts : undefined
}
