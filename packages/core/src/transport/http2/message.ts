import { applyPatches } from '../../engine/patch.ts'
import type { Patch, PatchPoint, Prepared } from '../../engine/session.ts'
import { FRAME_HEADER_BYTES, FrameType, Flag, writeFrameHeader, DEFAULT_MAX_FRAME_SIZE } from './frame.ts'
import type { FrameTemplate, RequestHeaders } from './request-headers.ts'

const EMPTY = Buffer.alloc(0)

/** The bytes of one message as they go into DATA frames. */
export class Message {
  readonly bytes: Buffer
  readonly patches: readonly PatchPoint[]
  /** Whether the message ends the request. */
  readonly ends: boolean
  /** Whether it is copied into one DATA frame; a larger one is sent as views of `bytes`. */
  readonly small: boolean
  /** Where the last patch point ends. */
  readonly #patchEnd: number

  constructor(prepared: Pick<Prepared, 'bytes' | 'patches'>, ends: boolean) {
    this.bytes = prepared.bytes
    this.patches = prepared.patches
    this.ends = ends
    this.small = prepared.bytes.length <= DEFAULT_MAX_FRAME_SIZE
    this.#patchEnd = prepared.patches.reduce((end, { offset, length }) => Math.max(end, offset + length), 0)
  }

  /** A copy of the beginning with the patch points filled in. */
  patchedHead(patch: Patch): Buffer {
    if (this.#patchEnd === 0) return EMPTY
    const head = Buffer.allocUnsafe(this.#patchEnd)
    this.bytes.copy(head, 0, 0, this.#patchEnd)
    applyPatches(head, 0, this.patches, patch)
    return head
  }
}

/** A small request in one piece. */
export interface WireForm extends FrameTemplate {
  /** Where the message begins. */
  readonly messageOffset: number
}

/** A request whose frames are ready but for the stream's id. */
export class RequestTemplate {
  readonly headers: RequestHeaders
  /** `undefined` for a request without a body. */
  readonly message: Message | undefined
  /** With a header that the peer has been taught; `undefined` when the message is not small. */
  readonly taught: WireForm | undefined
  #plain: WireForm | undefined

  constructor(headers: RequestHeaders, message: Message | undefined) {
    this.headers = headers
    this.message = message
    this.taught = wireForm(headers.taught, message)
  }

  /** With a header that needs no table; made when it is needed. */
  get plain(): WireForm | undefined {
    this.#plain ??= wireForm(this.headers.plain, this.message)
    return this.#plain
  }
}

function wireForm(header: FrameTemplate, message: Message | undefined): WireForm | undefined {
  const { bytes, idOffsets } = header
  if (message === undefined) return { bytes, idOffsets, messageOffset: bytes.length }
  if (!message.small) return undefined
  const dataHeader = Buffer.alloc(FRAME_HEADER_BYTES)
  const flags = message.ends ? Flag.endStream : Flag.none
  writeFrameHeader(dataHeader, 0, message.bytes.length, FrameType.data, flags, 0)
  return {
    bytes: Buffer.concat([bytes, dataHeader, message.bytes]),
    idOffsets: [...idOffsets, bytes.length + 5],
    messageOffset: bytes.length + FRAME_HEADER_BYTES,
  }
}
