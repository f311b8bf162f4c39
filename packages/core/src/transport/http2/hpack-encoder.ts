import { huffmanEncode, huffmanLength } from './huffman.ts'
import { STATIC_TABLE } from './static-table.ts'
import type { Field } from './static-table.ts'

/** Fields that must not enter a table on the way (RFC 7541, section 7.1.3). */
const NEVER_INDEXED = new Set(['authorization', 'cookie', 'proxy-authorization'])
const ENTRY_OVERHEAD = 32
/** A dynamic table size update to 0. */
export const TABLE_SHRUNK: Buffer = Buffer.from([0x20])

/**
 * Encodes fields; strings are Huffman-coded where that is shorter.
 * @param form `plain` blocks mean the same at any point of any connection; `teaching` ones enter the fields that are not
 *   in the static table into the dynamic one, for {@link encodeReferences}
 */
export function encodeFields(fields: readonly Field[], form: 'plain' | 'teaching'): Buffer {
  return Buffer.concat(
    fields.map((field) => {
      const place = staticPlace(field)
      if (place > 0) return encodeInteger(0x80, 7, place)
      return encodeLiteral(field, form === 'teaching' && enters(field))
    }),
  )
}

/** The same fields after a `teaching` block has filled the empty dynamic table. */
export function encodeReferences(fields: readonly Field[]): Buffer {
  const entered = fields.filter(enters)
  return Buffer.concat(
    fields.map((field) => {
      const place = staticPlace(field)
      if (place > 0) return encodeInteger(0x80, 7, place)
      // The newest entry comes first, and right after the static table.
      const newer = entered.length - 1 - entered.indexOf(field)
      return enters(field)
        ? encodeInteger(0x80, 7, STATIC_TABLE.length + 1 + newer)
        : encodeLiteral(field, false)
    }),
  )
}

/** The size of the dynamic table after a `teaching` block (RFC 7541, section 4.1). */
export function tableBytes(fields: readonly Field[]): number {
  return fields
    .filter(enters)
    .reduce((sum, { name, value }) => sum + name.length + value.length + ENTRY_OVERHEAD, 0)
}

function enters(field: Field): boolean {
  return staticPlace(field) === 0 && !NEVER_INDEXED.has(field.name)
}

/** 0 when the field is not in the static table. */
function staticPlace({ name, value }: Field): number {
  return STATIC_TABLE.findIndex((entry) => entry.name === name && entry.value === value) + 1
}

function encodeLiteral({ name, value }: Field, indexing: boolean): Buffer {
  const sameName = STATIC_TABLE.findIndex((entry) => entry.name === name) + 1
  const first = indexing
    ? encodeInteger(0x40, 6, sameName)
    : encodeInteger(NEVER_INDEXED.has(name) ? 0x10 : 0x00, 4, sameName)
  return Buffer.concat([first, ...(sameName === 0 ? [encodeString(name)] : []), encodeString(value)])
}

/** @param first the bits before the prefix */
export function encodeInteger(first: number, prefixBits: number, value: number): Buffer {
  const mask = (1 << prefixBits) - 1
  if (value < mask) return Buffer.from([first | value])
  const bytes = [first | mask]
  let rest = value - mask
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

export function encodeString(text: string): Buffer {
  const plain = Buffer.from(text, 'latin1')
  const shorter = huffmanLength(plain)
  if (shorter >= plain.length) return Buffer.concat([encodeInteger(0, 7, plain.length), plain])
  const coded = Buffer.alloc(shorter)
  huffmanEncode(plain, coded, 0)
  return Buffer.concat([encodeInteger(0x80, 7, shorter), coded])
}
