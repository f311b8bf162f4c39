import type { Prepared } from '../engine/session.ts'
import type { PayloadRing } from './protocol.ts'

/** The load worker's view of a ring that the aide has filled. */
export function preparedPayloads(ring: PayloadRing): Prepared[] {
  return ring.entries.map((entry, index) => ({
    index,
    bytes: Buffer.from(ring.buffer, entry.offset, entry.length),
    items: entry.items,
    patches: entry.patches,
    meta: entry.meta,
    label: entry.label ?? undefined,
  }))
}
