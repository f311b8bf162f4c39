import { DEFAULT_MAX_FRAME_SIZE, FRAME_HEADER_BYTES, Flag, FrameType, writeFrameHeader } from './frame.ts'
import { TABLE_SHRUNK, encodeFields, encodeReferences, tableBytes } from './hpack-encoder.ts'
import type { Field } from './static-table.ts'

/** Frames whose stream ids are still to be filled in. */
export interface FrameTemplate {
  readonly bytes: Buffer
  /** Where each frame has its stream id. */
  readonly idOffsets: readonly number[]
}

/**
 * The header of a request in the forms in which it goes on the wire. All requests of a session have the same header, so
 * the first one on a connection teaches it to the peer's header table, and those that follow refer to it in a few bytes.
 */
export class RequestHeaders {
  /** Whether the answer has no content, whatever its header says. */
  readonly isHead: boolean
  /** What the fields take in the peer's header table. */
  readonly tableBytes: number
  /** Enters the fields into an empty table. */
  readonly teaching: FrameTemplate
  /** Refers to the table after `teaching`. */
  readonly taught: FrameTemplate
  /** Needs no table, and changes none. */
  readonly plain: FrameTemplate
  /** Gives the table up for good, which the peer must hear when it wants a smaller one. */
  readonly shrinking: FrameTemplate

  /** @param ends whether the request has no body */
  constructor(fields: readonly Field[], ends: boolean) {
    const plain = encodeFields(fields, 'plain')
    this.isHead = fields.some(({ name, value }) => name === ':method' && value === 'HEAD')
    this.tableBytes = tableBytes(fields)
    this.teaching = headerFrames(encodeFields(fields, 'teaching'), ends)
    this.taught = headerFrames(encodeReferences(fields), ends)
    this.plain = headerFrames(plain, ends)
    this.shrinking = headerFrames(Buffer.concat([TABLE_SHRUNK, plain]), ends)
  }
}

/** HEADERS, and CONTINUATION where the block is larger than a frame. */
function headerFrames(block: Buffer, ends: boolean): FrameTemplate {
  const parts: Buffer[] = []
  const idOffsets: number[] = []
  let length = 0
  for (let at = 0; at === 0 || at < block.length; at += DEFAULT_MAX_FRAME_SIZE) {
    const part = block.subarray(at, at + DEFAULT_MAX_FRAME_SIZE)
    const header = Buffer.alloc(FRAME_HEADER_BYTES)
    const last = at + part.length === block.length
    const flags = (last ? Flag.endHeaders : Flag.none) | (at === 0 && ends ? Flag.endStream : Flag.none)
    writeFrameHeader(header, 0, part.length, at === 0 ? FrameType.headers : FrameType.continuation, flags, 0)
    idOffsets.push(length + 5)
    parts.push(header, part)
    length += FRAME_HEADER_BYTES + part.length
  }
  return { bytes: Buffer.concat(parts), idOffsets }
}
