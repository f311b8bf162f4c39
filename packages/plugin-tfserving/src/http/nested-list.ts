import { ElementError } from '@servebench/plugin-oip/protocol'

/** A nested list, flat. */
export interface Flat {
  readonly shape: number[]
  /** In row-major order. */
  readonly elements: unknown[]
}

/** Beyond any tensor's rank. */
const MOST_AXES = 64

/**
 * The shape and the elements of nested JSON lists; a value that is no list is a scalar.
 * @throws {ElementError} when lists side by side have different lengths
 */
export function flattenJson(value: unknown): Flat {
  const shape: number[] = []
  for (let level = value; Array.isArray(level); level = (level as readonly unknown[])[0]) {
    if (shape.push(level.length) > MOST_AXES) throw new ElementError(`has more than ${MOST_AXES} dimensions.`)
  }
  const elements: unknown[] = []
  collect(value, shape, 0, elements)
  return { shape, elements }
}

function collect(value: unknown, shape: readonly number[], axis: number, elements: unknown[]): void {
  if (axis === shape.length) {
    if (Array.isArray(value)) throw new ElementError('has lists and values side by side.')
    elements.push(value)
    return
  }
  if (!Array.isArray(value)) throw new ElementError('has lists and values side by side.')
  if (value.length !== shape[axis])
    throw new ElementError(`has lists of ${shape[axis]} and of ${value.length} values side by side.`)
  for (const element of value as readonly unknown[]) collect(element, shape, axis + 1, elements)
}

/** Nested lists in the shape of a tensor, of its elements' texts. A scalar is its element. */
export function nestTexts(texts: readonly string[], shape: readonly number[]): string {
  let level: readonly string[] = texts
  for (const [axis, size] of [...shape.entries()].reverse()) {
    const lists = shape.slice(0, axis).reduce((product, length) => product * length, 1)
    level = Array.from(
      { length: lists },
      (_, list) => `[${level.slice(list * size, (list + 1) * size).join(',')}]`,
    )
  }
  return level[0] ?? ''
}

/** The bytes of `{ "b64": "…" }`; `null` for anything else. */
export function readBase64(value: unknown): Uint8Array | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const { b64 } = value as { readonly b64?: unknown }
  return typeof b64 === 'string' && Object.keys(value).length === 1 ? Buffer.from(b64, 'base64') : null
}

export function writeBase64(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes
  return `{"b64":"${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}"}`
}
