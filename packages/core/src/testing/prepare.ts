import type { Encoded, Patch, Prepared } from '../engine/session.ts'

/** Puts encoded requests into shared memory, as the core does before a trial. */
export function prepare(encoded: readonly Encoded[]): Prepared[] {
  return encoded.map(({ bytes, items = 1, patches = [], meta = null, label }, index) => {
    const parts = bytes instanceof Uint8Array ? [bytes] : bytes
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    const shared = Buffer.from(new SharedArrayBuffer(length))
    let at = 0
    for (const part of parts) {
      shared.set(part, at)
      at += part.length
    }
    return { index, bytes: shared, items, patches, meta, label }
  })
}

/** The patch of the n-th unit of a trial. */
export function patchOf(unit: number): Patch {
  return { unit, saltLow: unit * 2654435761, saltHigh: unit, sequence: unit + 1, start: true, end: true }
}
