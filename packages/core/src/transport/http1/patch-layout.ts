import type { PatchPoint } from '../../engine/session.ts'

/** A stretch of a payload: sent as it is, or copied for each request because `patches` lie in it. */
export interface Piece {
  readonly bytes: Buffer
  /** Where the piece lies in the payload. */
  readonly start: number
  readonly patches: readonly PatchPoint[]
}

/** Copying this much costs less than one more buffer in a write. */
const WORTH_SPLITTING = 16_384

/** Splits a payload so that a patch does not make each request copy megabytes. */
export function layoutPatches(bytes: Buffer, patches: readonly PatchPoint[]): Piece[] {
  const points = [...patches].sort((a, b) => a.offset - b.offset)
  const pieces: Piece[] = []
  let at = 0
  for (let index = 0; index < points.length;) {
    const group = [points[index] as PatchPoint]
    let start = (points[index] as PatchPoint).offset
    let end = start + (points[index] as PatchPoint).length
    for (index += 1; index < points.length; index++) {
      const point = points[index] as PatchPoint
      if (point.offset - end > WORTH_SPLITTING) break
      group.push(point)
      end = Math.max(end, point.offset + point.length)
    }
    if (start - at <= WORTH_SPLITTING) start = at
    if (bytes.length - end <= WORTH_SPLITTING) end = bytes.length
    if (start > at) pieces.push({ bytes: bytes.subarray(at, start), start: at, patches: [] })
    pieces.push({ bytes: bytes.subarray(start, end), start, patches: group })
    at = end
  }
  if (at < bytes.length) pieces.push({ bytes: bytes.subarray(at), start: at, patches: [] })
  return pieces
}
