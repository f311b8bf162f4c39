import {
  ConnectionError,
  DEFAULT_MAX_FRAME_SIZE,
  ErrorCode,
  FRAME_HEADER_BYTES,
  Flag,
  FrameType,
  readUint24,
  readUint31,
} from './frame.ts'

/** A compressed header block above this is an attack or an accident. */
const MAX_BLOCK_BYTES = 262_144
const PRIORITY_BYTES = 5
/** What a server that only speaks HTTP/1.1 answers begins with. */
const HTTP1 = 0x485454

const Expect = { anything: 0, settings: 1, continuation: 2 } as const
type Expect = (typeof Expect)[keyof typeof Expect]

/** Frame sizes that are fixed, by type; −1 where any size is possible. */
const SIZES = Int8Array.of(-1, -1, PRIORITY_BYTES, 4, -1, -1, 8, -1, 4, -1)
/** Types that belong to a stream, and those that belong to the connection; others may be either. */
const STREAM_TYPES = Uint8Array.of(1, 1, 1, 1, 0, 1, 0, 0, 0, 1)
const CONNECTION_TYPES = Uint8Array.of(0, 0, 0, 0, 1, 0, 1, 1, 0, 0)

/** What a {@link FrameParser} finds. Ranges are valid only during the call. */
export interface FrameHandler {
  /** A DATA frame begins; `length` counts its padding. Its bytes follow as they arrive, then `onDataEnd`. */
  onDataStart(id: number, length: number): void
  onData(buffer: Buffer, start: number, end: number): void
  onDataEnd(endsStream: boolean): void
  /** A header block is complete. `promised` is the promised stream of a PUSH_PROMISE, 0 for HEADERS. */
  onHeaderBlock(
    id: number,
    endsStream: boolean,
    promised: number,
    block: Buffer,
    start: number,
    end: number,
  ): void
  /** SETTINGS, PING, GOAWAY, RST_STREAM or WINDOW_UPDATE, of a correct size and on a correct kind of stream. */
  onControl(type: number, flags: number, id: number, payload: Buffer, start: number, end: number): void
}

/**
 * Cuts a byte stream into frames (RFC 9113, sections 4 and 6): whole frames are handled where they lie, split ones are
 * put together, DATA is passed on as it arrives. Every method may throw a {@link ConnectionError}.
 */
export class FrameParser {
  readonly #handler: FrameHandler
  #expect: Expect = Expect.settings
  #stopped = false
  /** A frame that has not arrived completely. */
  readonly #partial: Buffer = Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES + DEFAULT_MAX_FRAME_SIZE)
  #partialBytes = 0
  /** The DATA frame that is arriving: bytes left of it, and of its padding. */
  #inData = false
  #dataEnds = false
  #padded = false
  #left = 0
  #padding = 0
  /** The header block that is arriving in several frames. */
  #block: Buffer = Buffer.alloc(0)
  #blockBytes = 0
  #blockStream = 0
  #blockEnds = false
  #blockPromised = 0

  constructor(handler: FrameHandler) {
    this.#handler = handler
  }

  /** Ignores everything from here on, also the rest of the range that is being parsed. */
  stop(): void {
    this.#stopped = true
  }

  parse(buffer: Buffer, start: number, end: number): void {
    let at = start
    while (at < end && !this.#stopped) {
      if (this.#inData) {
        at = this.#continueData(buffer, at, end)
        continue
      }
      if (this.#partialBytes === 0 && end - at >= FRAME_HEADER_BYTES) {
        const length = readUint24(buffer, at)
        const type = buffer[at + 3] as number
        const flags = buffer[at + 4] as number
        const id = readUint31(buffer, at + 5)
        this.#check(length, type, flags, id)
        at += FRAME_HEADER_BYTES
        if (type === FrameType.data) {
          this.#beginData(length, flags, id)
          continue
        }
        if (end - at >= length) {
          this.#frame(type, flags, id, buffer, at, at + length)
          at += length
          continue
        }
        at -= FRAME_HEADER_BYTES
      }
      at = this.#collect(buffer, at, end)
    }
  }

  /** Adds to the partial frame; handles it when it is complete. Returns where the next one begins. */
  #collect(buffer: Buffer, start: number, end: number): number {
    const partial = this.#partial
    let at = start
    if (this.#partialBytes < FRAME_HEADER_BYTES) {
      at += this.#copyPartial(buffer, at, Math.min(end, at + FRAME_HEADER_BYTES - this.#partialBytes))
      if (this.#partialBytes < FRAME_HEADER_BYTES) return at
    }
    const length = readUint24(partial, 0)
    const type = partial[3] as number
    const flags = partial[4] as number
    const id = readUint31(partial, 5)
    if (this.#partialBytes === FRAME_HEADER_BYTES) this.#check(length, type, flags, id)
    if (type === FrameType.data) {
      this.#partialBytes = 0
      this.#beginData(length, flags, id)
      return at
    }
    const missing = FRAME_HEADER_BYTES + length - this.#partialBytes
    at += this.#copyPartial(buffer, at, Math.min(end, at + missing))
    if (this.#partialBytes === FRAME_HEADER_BYTES + length) {
      this.#partialBytes = 0
      this.#frame(type, flags, id, partial, FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length)
    }
    return at
  }

  #copyPartial(buffer: Buffer, start: number, end: number): number {
    buffer.copy(this.#partial, this.#partialBytes, start, end)
    this.#partialBytes += end - start
    return end - start
  }

  #check(length: number, type: number, flags: number, id: number): void {
    if (this.#expect !== Expect.anything) this.#checkExpected(length, type, flags, id)
    else if (type === FrameType.continuation) wrongFrame(type, 'without HEADERS')
    if (length > DEFAULT_MAX_FRAME_SIZE)
      throw new ConnectionError(ErrorCode.frameSizeError, `The peer sent a frame of ${length} bytes.`)
    if (type > FrameType.continuation) return
    const size = SIZES[type] as number
    if (size >= 0 && size !== length)
      throw new ConnectionError(
        ErrorCode.frameSizeError,
        `The peer sent a frame of type ${type} and ${length} bytes.`,
      )
    if (id === 0 ? STREAM_TYPES[type] === 1 : CONNECTION_TYPES[type] === 1)
      wrongFrame(type, `on stream ${id}`)
  }

  #checkExpected(length: number, type: number, flags: number, id: number): void {
    if (this.#expect === Expect.continuation) {
      if (type !== FrameType.continuation || id !== this.#blockStream)
        wrongFrame(type, 'inside a header block')
      return
    }
    if (length === HTTP1)
      throw new ConnectionError(ErrorCode.http11Required, 'The peer answered in HTTP/1, not in HTTP/2.')
    if (type !== FrameType.settings || (flags & Flag.ack) !== 0) wrongFrame(type, 'before SETTINGS')
    this.#expect = Expect.anything
  }

  #frame(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    switch (type) {
      case FrameType.headers:
        this.#headers(flags, id, buffer, start, end)
        break
      case FrameType.pushPromise:
        this.#pushPromise(flags, id, buffer, start, end)
        break
      case FrameType.continuation:
        this.#continuation(flags, buffer, start, end)
        break
      case FrameType.rstStream:
      case FrameType.settings:
      case FrameType.ping:
      case FrameType.goaway:
      case FrameType.windowUpdate:
        this.#handler.onControl(type, flags, id, buffer, start, end)
        break
      // PRIORITY and unknown types mean nothing to a client.
    }
  }

  #headers(flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    const from = fragmentStart(flags, start, end, (flags & Flag.priority) === 0 ? 0 : PRIORITY_BYTES)
    const to = fragmentEnd(flags, buffer, start, from, end)
    const ends = (flags & Flag.endStream) !== 0
    if ((flags & Flag.endHeaders) === 0) this.#beginBlock(id, ends, 0, buffer, from, to)
    else this.#handler.onHeaderBlock(id, ends, 0, buffer, from, to)
  }

  #pushPromise(flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    const from = fragmentStart(flags, start, end, 4)
    const to = fragmentEnd(flags, buffer, start, from, end)
    const promised = readUint31(buffer, from - 4)
    if ((flags & Flag.endHeaders) === 0) this.#beginBlock(id, false, promised, buffer, from, to)
    else this.#handler.onHeaderBlock(id, false, promised, buffer, from, to)
  }

  #beginBlock(id: number, ends: boolean, promised: number, buffer: Buffer, start: number, end: number): void {
    this.#expect = Expect.continuation
    this.#blockBytes = 0
    this.#blockStream = id
    this.#blockEnds = ends
    this.#blockPromised = promised
    this.#extendBlock(buffer, start, end)
  }

  #continuation(flags: number, buffer: Buffer, start: number, end: number): void {
    this.#extendBlock(buffer, start, end)
    if ((flags & Flag.endHeaders) === 0) return
    this.#expect = Expect.anything
    const block = this.#block
    this.#handler.onHeaderBlock(
      this.#blockStream,
      this.#blockEnds,
      this.#blockPromised,
      block,
      0,
      this.#blockBytes,
    )
  }

  #extendBlock(buffer: Buffer, start: number, end: number): void {
    const bytes = this.#blockBytes + end - start
    if (bytes > MAX_BLOCK_BYTES)
      throw new ConnectionError(
        ErrorCode.enhanceYourCalm,
        `The peer sent a header block of more than ${bytes} bytes.`,
      )
    if (bytes > this.#block.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(MAX_BLOCK_BYTES, bytes * 2))
      this.#block.copy(larger, 0, 0, this.#blockBytes)
      this.#block = larger
    }
    buffer.copy(this.#block, this.#blockBytes, start, end)
    this.#blockBytes = bytes
  }

  #beginData(length: number, flags: number, id: number): void {
    this.#inData = true
    this.#dataEnds = (flags & Flag.endStream) !== 0
    this.#padded = (flags & Flag.padded) !== 0
    this.#left = length
    this.#padding = 0
    if (this.#padded && length === 0) tooSmall()
    this.#handler.onDataStart(id, length)
    if (length === 0) this.#finishData()
  }

  #continueData(buffer: Buffer, start: number, end: number): number {
    let at = start
    if (this.#padded) {
      this.#padded = false
      this.#padding = buffer[at++] as number
      this.#left -= 1 + this.#padding
      if (this.#left < 0) tooMuchPadding()
    }
    const count = Math.min(this.#left, end - at)
    if (count > 0) {
      this.#left -= count
      this.#handler.onData(buffer, at, at + count)
      at += count
    }
    const padding = Math.min(this.#padding, end - at)
    if (this.#left === 0) {
      this.#padding -= padding
      at += padding
      if (this.#padding === 0) this.#finishData()
    }
    return at
  }

  #finishData(): void {
    this.#inData = false
    this.#handler.onDataEnd(this.#dataEnds)
  }
}

/** Where the fragment of a header block begins: after the pad length and fields of `fixed` bytes. */
function fragmentStart(flags: number, start: number, end: number, fixed: number): number {
  const from = start + fixed + ((flags & Flag.padded) === 0 ? 0 : 1)
  return from > end ? tooSmall() : from
}

function fragmentEnd(flags: number, buffer: Buffer, start: number, from: number, end: number): number {
  if ((flags & Flag.padded) === 0) return end
  const to = end - (buffer[start] as number)
  return to < from ? tooMuchPadding() : to
}

function tooSmall(): never {
  throw new ConnectionError(ErrorCode.frameSizeError, 'The peer sent a frame without room for its fields.')
}

function tooMuchPadding(): never {
  throw new ConnectionError(
    ErrorCode.protocolError,
    'The peer sent more padding than its frame has room for.',
  )
}

function wrongFrame(type: number, where: string): never {
  throw new ConnectionError(ErrorCode.protocolError, `The peer sent a frame of type ${type} ${where}.`)
}
