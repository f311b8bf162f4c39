import type { Nanos } from '../../units/nanos.ts'
import type { Ending } from './program.ts'

/** Bytes and when they leave, counted from the end of service. */
export interface Segment {
  readonly delay: Nanos
  readonly bytes: Buffer
}

/** A whole answer as it goes onto the wire. */
export interface WirePlan {
  readonly segments: readonly Segment[]
  /** Each segment leaves in a write of its own, even where there is no time between them. */
  readonly spaced: boolean
  readonly ending: Ending
}

/** The first `length` bytes. */
export function cut(segments: readonly Segment[], length: number): Segment[] {
  const kept: Segment[] = []
  let left = length
  for (const segment of segments) {
    if (left <= 0) break
    kept.push(
      segment.bytes.length <= left
        ? segment
        : { delay: segment.delay, bytes: segment.bytes.subarray(0, left) },
    )
    left -= segment.bytes.length
  }
  return kept
}

/** Pieces of `size` bytes, `every` apart. */
export function pace(bytes: Buffer, size: number, every: Nanos): Segment[] {
  const segments: Segment[] = []
  for (let at = 0; at < bytes.length; at += size) {
    segments.push({ delay: segments.length * every, bytes: bytes.subarray(at, at + size) })
  }
  return segments
}
