import { applyPatches } from '../../engine/patch.ts'
import type { Patch } from '../../engine/session.ts'
import {
  ConnectionError,
  DEFAULT_WINDOW,
  ErrorCode,
  FRAME_HEADER_BYTES,
  Flag,
  FrameType,
  MAX_WINDOW,
  writeFrameHeader,
  writeUint32,
} from './frame.ts'
import { MarkList } from './mark-list.ts'
import type { Message, RequestTemplate, WireForm } from './message.ts'
import { Outbox, Written } from './outbox.ts'
import type { ByteSink } from './outbox.ts'
import type { FrameTemplate, RequestHeaders } from './request-headers.ts'
import type { PeerSettings } from './settings.ts'
import type { StreamTable } from './stream-table.ts'
import type { Http2Stream } from './stream.ts'

/** A larger piece of a body is sent as a view, a smaller one is copied into the write buffer. */
const VIEW_BYTES = 4096
/** Answers to PING and SETTINGS that the peer has not read, above which it gets no more. */
const MAX_UNREAD_REPLIES = 10_000

/** The header table of a peer that has not said otherwise. */
const TABLE_BYTES = 4096

const HeaderTable = {
  /** The next header may be taught. */
  empty: 0,
  /** The next header must say that the table is given up. */
  mustShrink: 1,
  /** The table stays as it is. */
  settled: 2,
} as const
type HeaderTable = (typeof HeaderTable)[keyof typeof HeaderTable]

/** The sending half of a connection: frames, the peer's flow-control windows, and what waits for them. */
export class Sender<Meaning> {
  readonly #peer: PeerSettings
  readonly #streams: StreamTable<Meaning>
  readonly #outbox: Outbox
  readonly #onBlocked: (blocked: boolean) => void
  #window = DEFAULT_WINDOW
  /** Streams that wait for a window, in the order in which they began to. */
  readonly #blocked = new Set<Http2Stream<Meaning>>()
  /** Streams whose first message is complete in the outbox, and those for which it is being written. */
  #marked = new MarkList()
  #writing = new MarkList()
  #flushing = false
  #table: HeaderTable = HeaderTable.empty
  /** What the peer's header table holds. */
  #taught: RequestHeaders | undefined
  #shrunk = false
  #unreadReplies = 0

  constructor(
    peer: PeerSettings,
    streams: StreamTable<Meaning>,
    sink: ByteSink,
    onBlocked: (blocked: boolean) => void,
  ) {
    this.#peer = peer
    this.#streams = streams
    this.#outbox = new Outbox(sink)
    this.#onBlocked = onBlocked
  }

  get bytesOut(): number {
    return this.#outbox.bytesOut
  }
  /** Whether the operating system has everything. */
  get idle(): boolean {
    return !this.#outbox.busy && this.#outbox.empty
  }

  // Requests

  start(stream: Http2Stream<Meaning>, template: RequestTemplate, patch: Patch): void {
    const { headers, message } = template
    const wire = this.#wireOf(template)
    if (wire !== undefined && (message === undefined || this.#fits(stream, message))) {
      const at = this.#writeTemplate(wire, stream.id)
      if (message !== undefined) this.#account(stream, message, at + wire.messageOffset, patch)
      this.#mark(stream)
      return
    }
    this.#writeTemplate(this.#headersOf(headers), stream.id)
    if (message === undefined) this.#mark(stream)
    else this.#begin(stream, message, message.patchedHead(patch))
  }

  send(stream: Http2Stream<Meaning>, message: Message, patch: Patch): void {
    if (stream.message !== undefined) {
      stream.queue.push({ message, head: message.patchedHead(patch) })
    } else if (message.small && this.#fits(stream, message)) {
      const at = this.#writeFrame(
        message.bytes.length,
        FrameType.data,
        message.ends ? Flag.endStream : 0,
        stream.id,
      )
      this.#outbox.buffer.set(message.bytes, at)
      this.#account(stream, message, at, patch)
    } else {
      this.#begin(stream, message, message.patchedHead(patch))
    }
  }

  end(stream: Http2Stream<Meaning>): void {
    if (stream.message !== undefined) stream.endQueued = true
    else if (stream.sending) this.#writeEnd(stream)
  }

  /** Forgets what a stream has not sent yet. */
  drop(stream: Http2Stream<Meaning>): void {
    stream.sending = false
    stream.message = undefined
    stream.head = undefined
    if (stream.queue.length > 0) stream.queue.length = 0
    if (stream.blocked) this.#unblock(stream)
  }

  // The peer's windows

  /** WINDOW_UPDATE of the connection. */
  widen(increment: number): void {
    if (increment === 0) refuseWindow(ErrorCode.protocolError, 'a window update of 0')
    this.#window += increment
    if (this.#window > MAX_WINDOW) refuseWindow(ErrorCode.flowControlError, 'a window update beyond 2³¹ − 1')
    this.#resume()
  }

  /** WINDOW_UPDATE of a stream. Returns the error that ends the stream, or `noError`. */
  widenStream(stream: Http2Stream<Meaning>, increment: number): ErrorCode {
    if (increment === 0) return ErrorCode.protocolError
    stream.sendWindow += increment
    if (stream.sendWindow > MAX_WINDOW) return ErrorCode.flowControlError
    if (stream.blocked) this.#pump(stream)
    return ErrorCode.noError
  }

  /** The peer changed its INITIAL_WINDOW_SIZE, which moves the windows of all open streams. */
  shiftWindows(delta: number): void {
    for (const stream of this.#streams.all()) {
      stream.sendWindow += delta
      if (stream.sendWindow > MAX_WINDOW)
        refuseWindow(ErrorCode.flowControlError, 'an initial window that is too large')
    }
    if (delta > 0) this.#resume()
  }

  /** The peer changed its HEADER_TABLE_SIZE. Once it wants a smaller table than the default, it gets none. */
  limitTable(bytes: number): void {
    if (bytes >= TABLE_BYTES || this.#shrunk) return
    this.#shrunk = true
    this.#taught = undefined
    this.#table = HeaderTable.mustShrink
  }

  // Frames without a message

  /** Bytes that are a frame, or several, already. */
  writeRaw(frames: Uint8Array): void {
    this.#outbox.append(frames)
  }

  writeWindowUpdate(id: number, increment: number): void {
    const at = this.#writeFrame(4, FrameType.windowUpdate, Flag.none, id)
    writeUint32(this.#outbox.buffer, at, increment)
  }

  writeReset(id: number, code: ErrorCode): void {
    const at = this.#writeFrame(4, FrameType.rstStream, Flag.none, id)
    writeUint32(this.#outbox.buffer, at, code)
  }

  writeGoaway(code: ErrorCode, reason: string): void {
    const text = Buffer.from(reason)
    const at = this.#writeFrame(8 + text.length, FrameType.goaway, Flag.none, 0)
    writeUint32(this.#outbox.buffer, at, 0)
    writeUint32(this.#outbox.buffer, at + 4, code)
    text.copy(this.#outbox.buffer, at + 8)
  }

  /** Acknowledges SETTINGS, or PING with its payload. */
  reply(type: number, payload: Buffer, start: number, end: number): void {
    if (++this.#unreadReplies > MAX_UNREAD_REPLIES)
      throw new ConnectionError(
        ErrorCode.enhanceYourCalm,
        'The peer sends PING or SETTINGS and reads no reply.',
      )
    const at = this.#writeFrame(end - start, type, Flag.ack, 0)
    payload.copy(this.#outbox.buffer, at, start, end)
  }

  // The outbox

  /** Hands everything to the sink, unless a write is under way; `drained` goes on then. */
  flush(): void {
    // `onSent` may start further requests: they go with the next round.
    if (this.#flushing) return
    this.#flushing = true
    while (!this.#outbox.busy && !this.#outbox.empty) {
      const written = this.#writing
      this.#writing = this.#marked
      this.#marked = written
      if (this.#outbox.flush() !== Written.later) this.#reportWritten()
    }
    this.#flushing = false
  }

  /** The sink finished a write that was not complete at once. */
  drained(): void {
    this.#outbox.drained()
    this.#flushing = true
    this.#reportWritten()
    this.#flushing = false
    this.flush()
  }

  #reportWritten(): void {
    const written = this.#writing
    this.#unreadReplies = 0
    for (let index = 0; index < written.count; index++) this.#streams.find(written.at(index))?.onSent()
    written.clear()
  }

  #mark(stream: Http2Stream<Meaning>): void {
    if (stream.sentMarked) return
    stream.sentMarked = true
    this.#marked.add(stream.id)
  }

  /** The small request in one piece, when its header has a form that holds for good. */
  #wireOf(template: RequestTemplate): WireForm | undefined {
    if (this.#taught === template.headers) return template.taught
    return this.#table === HeaderTable.settled ? template.plain : undefined
  }

  /** The header in the form that suits the peer's table now. */
  #headersOf(headers: RequestHeaders): FrameTemplate {
    if (this.#taught === headers) return headers.taught
    const table = this.#table
    this.#table = HeaderTable.settled
    if (table === HeaderTable.mustShrink) return headers.shrinking
    if (table === HeaderTable.settled || headers.tableBytes > TABLE_BYTES) return headers.plain
    this.#taught = headers
    return headers.teaching
  }

  #fits(stream: Http2Stream<Meaning>, message: Message): boolean {
    return message.bytes.length <= this.#window && message.bytes.length <= stream.sendWindow
  }

  /** A message was written in one piece, at `at` in the buffer. */
  #account(stream: Http2Stream<Meaning>, message: Message, at: number, patch: Patch): void {
    if (message.patches.length > 0) applyPatches(this.#outbox.buffer, at, message.patches, patch)
    this.#window -= message.bytes.length
    stream.sendWindow -= message.bytes.length
    stream.sending = !message.ends
  }

  #writeTemplate({ bytes, idOffsets }: FrameTemplate, id: number): number {
    const at = this.#outbox.reserve(bytes.length)
    const buffer = this.#outbox.buffer
    buffer.set(bytes, at)
    for (let index = 0; index < idOffsets.length; index++)
      writeUint32(buffer, at + (idOffsets[index] as number), id)
    return at
  }

  #writeFrame(length: number, type: number, flags: number, id: number): number {
    const at = this.#outbox.reserve(FRAME_HEADER_BYTES + length)
    writeFrameHeader(this.#outbox.buffer, at, length, type, flags, id)
    return at + FRAME_HEADER_BYTES
  }

  #writeEnd(stream: Http2Stream<Meaning>): void {
    this.#writeFrame(0, FrameType.data, Flag.endStream, stream.id)
    stream.sending = false
  }

  #begin(stream: Http2Stream<Meaning>, message: Message, head: Buffer): void {
    stream.sending = true
    stream.message = message
    stream.head = head
    stream.offset = 0
    this.#pump(stream)
  }

  /** Sends as much of a stream's messages as the windows allow. */
  #pump(stream: Http2Stream<Meaning>): void {
    while (stream.message !== undefined) {
      if (!this.#writeMessage(stream, stream.message, stream.head as Buffer)) {
        this.#block(stream)
        return
      }
      this.#mark(stream)
      const next = stream.queue.shift()
      stream.message = next?.message
      stream.head = next?.head
      stream.offset = 0
    }
    if (stream.blocked) this.#unblock(stream)
    if (stream.endQueued) this.#writeEnd(stream)
  }

  /** Returns whether the message was sent to its end. */
  #writeMessage(stream: Http2Stream<Meaning>, message: Message, head: Buffer): boolean {
    for (;;) {
      const left = message.bytes.length - stream.offset
      const window = Math.min(this.#window, stream.sendWindow)
      if (left > 0 && window <= 0) return false
      const count = left === 0 ? 0 : Math.min(left, window, this.#peer.maxFrameSize)
      const ends = message.ends && count === left
      const at = this.#outbox.reserve(FRAME_HEADER_BYTES)
      writeFrameHeader(this.#outbox.buffer, at, count, FrameType.data, ends ? Flag.endStream : 0, stream.id)
      this.#writeBytes(message.bytes, head, stream.offset, stream.offset + count)
      this.#window -= count
      stream.sendWindow -= count
      stream.offset += count
      if (ends) stream.sending = false
      if (count === left) return true
    }
  }

  #writeBytes(bytes: Buffer, head: Buffer, start: number, end: number): void {
    const patched = Math.min(end, head.length)
    if (patched > start) this.#copy(head, start, patched)
    const from = Math.max(start, patched)
    if (end - from >= VIEW_BYTES) this.#outbox.append(bytes.subarray(from, end))
    else if (end > from) this.#copy(bytes, from, end)
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    const at = this.#outbox.reserve(end - start)
    bytes.copy(this.#outbox.buffer, at, start, end)
  }

  #block(stream: Http2Stream<Meaning>): void {
    if (stream.blocked) return
    stream.blocked = true
    this.#blocked.add(stream)
    if (this.#blocked.size === 1) this.#onBlocked(true)
  }

  #unblock(stream: Http2Stream<Meaning>): void {
    stream.blocked = false
    this.#blocked.delete(stream)
    if (this.#blocked.size === 0) this.#onBlocked(false)
  }

  #resume(): void {
    for (const stream of this.#blocked) {
      if (this.#window <= 0) return
      this.#pump(stream)
    }
  }
}

function refuseWindow(code: ErrorCode, what: string): never {
  throw new ConnectionError(code, `The peer sent ${what}.`)
}
