import type { PatchPoint } from 'servebench/session'

/**
 * An id for every request: `unit`, the number of the unit of arrival, or `random`, 64 random bits; both as 16
 * hexadecimal digits. With it, a server's own traces can be joined with records.
 */
export type RequestId = 'unit' | 'random'

/** What stands in the place of the id until a request is sent. */
export const ID_PLACEHOLDER = '0000000000000000'

/** @param offset of the placeholder's first character */
export function idPatch(id: RequestId, offset: number): PatchPoint {
  return { offset, length: ID_PLACEHOLDER.length, field: id === 'unit' ? 'unit' : 'salt', encoding: 'hex' }
}
