import { deserialize, serialize } from 'node:v8'
import type { JsonObject, JsonValue } from '../../units/json.ts'
import type { Encoded, Prepared } from '../session.ts'

/**
 * A chain's payload: the request of its first step, as that step's codec made it, and the scenario's input behind it,
 * for the functions of the bench file.
 */
export function encodeChain(input: unknown, first: Encoded | null): Encoded {
  const parts = first === null ? [] : first.bytes instanceof Uint8Array ? [first.bytes] : first.bytes
  return {
    ...first,
    bytes: [...parts, serialize(input)],
    meta: { length: parts.reduce((sum, part) => sum + part.length, 0), meta: first?.meta ?? null },
  }
}

/** The first step's request of a chain's payload. */
export function firstRequest(prepared: Prepared): Prepared {
  const { length, meta } = prepared.meta as JsonObject
  return { ...prepared, bytes: prepared.bytes.subarray(0, length as number), meta: meta as JsonValue }
}

/** The scenario's input of a chain's payload. */
export function inputOf(prepared: Prepared): unknown {
  return deserialize(prepared.bytes.subarray((prepared.meta as JsonObject)['length'] as number))
}

/** A request that is made while measuring. Codecs may use their memory again: it is copied, as before a trial. */
export function prepareOnce({ bytes, items = 1, patches = [], meta = null, label }: Encoded): Prepared {
  return {
    index: 0,
    bytes: bytes instanceof Uint8Array ? Buffer.from(bytes) : Buffer.concat(bytes),
    items,
    patches,
    meta,
    label,
  }
}

const NUL = 0

/** A last answer's head, with what its codec noted of the request: the aide has not seen that one. */
export function markHead(head: Uint8Array, meta: JsonValue): Uint8Array {
  return Buffer.concat([head, Buffer.of(NUL), Buffer.from(JSON.stringify(meta))])
}

/** What {@link markHead} put together. */
export function readHead(marked: Uint8Array): { readonly head: Uint8Array; readonly meta: JsonValue } {
  const end = marked.indexOf(NUL)
  if (end < 0) return { head: marked, meta: null }
  return {
    head: marked.subarray(0, end),
    meta: JSON.parse(Buffer.from(marked.subarray(end + 1)).toString()) as JsonValue,
  }
}
