import type { PatchPoint } from 'servebench/session'

/**
 * An id for every request: `unit`, the number of the unit of arrival, or `random`, 64 random bits; both as 16
 * hexadecimal digits. With it, a server's own traces can be joined with records.
 */
export type RequestId = 'unit' | 'random'

/** What the ids of sequences are: whole numbers, or text. */
export type SequenceId = 'integer' | 'text'
export const SEQUENCE_IDS: readonly SequenceId[] = ['integer', 'text']

/** How requests say which sequence they belong to, and where in it they are. Plain data. */
export type SequenceFields =
  /** Ids count from `first` on: the session adds it. */
  | { readonly id: 'integer'; readonly first: number }
  /** Ids are the prefix and 16 hexadecimal digits. */
  | { readonly id: 'text'; readonly prefix: string }

/** What makes each request differ from others with the same payload. */
export interface UniqueFields {
  readonly id?: RequestId | undefined
  readonly sequence?: SequenceFields | undefined
}

/** Requests with fields of their own for sequences belong to those. */
export const SEQUENCE_ID = 'sequence_id'
export const SEQUENCE_START = 'sequence_start'
export const SEQUENCE_END = 'sequence_end'

/** What stands in the place of an id until a request is sent. */
export const ID_PLACEHOLDER = '0000000000000000'

/** Enough for the largest integer. */
const DECIMAL_DIGITS = 20
export const DECIMAL_PLACEHOLDER: string = '0'.padEnd(DECIMAL_DIGITS)
export const BOOLEAN_PLACEHOLDER = 'false'

const FIRST_BITS = 0x1_0000_0000
/** With the highest unit numbers added, ids stay whole numbers that doubles hold. */
const FIRST_HIGH_BITS = 0x8_0000

/** A range of ids that no other client uses, as far as chance goes: ids outlive clients that a server does not see go. */
export function createSequenceFields(id: SequenceId): SequenceFields {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2))
  if (id === 'integer') return { id, first: (high % FIRST_HIGH_BITS) * FIRST_BITS + low }
  return { id, prefix: `${high.toString(16).padStart(8, '0')}${low.toString(16).padStart(8, '0')}-` }
}

/** @param offset of the placeholder's first character */
export function idPatch(id: RequestId, offset: number): PatchPoint {
  return { offset, length: ID_PLACEHOLDER.length, field: id === 'unit' ? 'unit' : 'salt', encoding: 'hex' }
}

/** An id's digits behind the origin of a text. */
export function sequenceTextPatch(offset: number): PatchPoint {
  return { offset, length: ID_PLACEHOLDER.length, field: 'sequence', encoding: 'hex' }
}
