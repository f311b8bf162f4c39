import type { JsonValue } from '../units/json.ts'
import { join } from '../dsl/fields.ts'
import { show } from '../dsl/problems.ts'

export interface PlainDataOptions {
  /** What to put in the place of a function; without it a function is an offence. */
  readonly functionAt?: (path: string) => JsonValue
}

/** Something that JSON cannot hold. */
export interface Offence {
  readonly path: string
  readonly message: string
}

/**
 * A copy of a value as plain data: text, finite numbers, booleans, null, and lists and objects of these. Everything else
 * becomes an offence, with its path. Members that are `undefined` are left out.
 */
export function toPlainData(
  value: unknown,
  path: string,
  options: PlainDataOptions = {},
): { readonly value: JsonValue; readonly offences: readonly Offence[] } {
  const offences: Offence[] = []
  const open = new Set<object>()

  function copy(from: unknown, at: string): JsonValue {
    switch (typeof from) {
      case 'string':
      case 'boolean':
        return from
      case 'number':
        return Number.isFinite(from) ? from : refuse(at, `${from} has no place in JSON.`)
      case 'function':
        return (
          options.functionAt?.(at) ??
          refuse(at, 'a function cannot leave the bench file here; write plain data.')
        )
      case 'bigint':
        return refuse(at, `write ${from} as text, '${from}': JSON has no such integers.`)
      case 'object':
        return from === null ? null : copyObject(from, at)
      default:
        return refuse(at, `${show(from)} is not plain data.`)
    }
  }

  function copyObject(from: object, at: string): JsonValue {
    if (open.has(from)) return refuse(at, 'this object contains itself.')
    open.add(from)
    try {
      if (Array.isArray(from)) return from.map((item, index) => copy(item, join(at, index)))
      const prototype: unknown = Object.getPrototypeOf(from)
      if (prototype !== Object.prototype && prototype !== null)
        return refuse(
          at,
          `${show(from)} is not plain data; write it as text, numbers, lists or plain objects.`,
        )
      const members = Object.entries(from).filter(([, member]) => member !== undefined)
      return Object.fromEntries(members.map(([key, member]) => [key, copy(member, join(at, key))]))
    } finally {
      open.delete(from)
    }
  }

  function refuse(at: string, message: string): null {
    offences.push({ path: at, message })
    return null
  }

  return { value: copy(value, path), offences }
}
