import { FailureKind } from '../../engine/outcome.ts'
import type { Patch } from '../../engine/session.ts'
import { BlockCache } from './block-cache.ts'
import { FieldBlock } from './field-block.ts'
import {
  CLIENT_PREFACE,
  ConnectionError,
  DEFAULT_WINDOW,
  ErrorCode,
  Flag,
  FrameType,
  MAX_STREAM_ID,
  MAX_WINDOW,
  readUint31,
  readUint32,
} from './frame.ts'
import { FrameParser } from './frame-parser.ts'
import type { FrameHandler } from './frame-parser.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import type { Message, RequestTemplate } from './message.ts'
import type { ByteSink } from './outbox.ts'
import { Sender } from './sender.ts'
import { PeerSettings, Setting, encodeSettings } from './settings.ts'
import { ResetStreams, StreamTable } from './stream-table.ts'
import type { Field } from './static-table.ts'
import type { Http2Stream } from './stream.ts'

/** Where the bytes of a connection go; see {@link ByteSink}. */
export interface ConnectionSink extends ByteSink {
  /** Closes the connection: everything has been handed over. */
  end(): void
}

/** Who uses a connection. */
export interface ConnectionOwner<Meaning> {
  /** Reads what the protocol above needs out of an answer's header or trailers; the result may be used many times. */
  interpret(fields: readonly Field[]): Meaning
  /** The peer's first SETTINGS arrived: streams may be started. */
  onReady(connection: Http2Connection<Meaning>): void
  /** The peer allows another number of streams. */
  onCapacity(connection: Http2Connection<Meaning>): void
  /** No further stream can be started; those in flight go on. */
  onRetiring(connection: Http2Connection<Meaning>): void
  /** The connection has ended, with `none` when that was regular. Its streams are told after this. */
  onClosed(connection: Http2Connection<Meaning>, kind: FailureKind, byPeer: boolean): void
  /** Requests began to wait for the peer's flow-control windows, or none does any more. */
  onFlowControl(connection: Http2Connection<Meaning>, blocked: boolean): void
}

export interface ConnectionLimits {
  /** Streams in flight at once, however many the peer allows. */
  readonly streams: number
  /** Bytes that the peer may send ahead on one stream, and on all together. */
  readonly streamWindow: number
  /** At least the protocol's default of 65 535. */
  readonly connectionWindow: number
  /** The last stream id to use; 1 makes a connection that carries one request. */
  readonly maxStreamId: number
  /** Names, values and 32 bytes per field of one header block. */
  readonly maxHeaderListSize: number
}

export const DEFAULT_LIMITS: ConnectionLimits = {
  streams: 100,
  streamWindow: 1_073_741_823,
  connectionWindow: MAX_WINDOW,
  maxStreamId: MAX_STREAM_ID,
  maxHeaderListSize: 65_536,
}

/**
 * The client's side of one HTTP/2 connection (RFC 9113), without the socket: bytes come in by `receive`, and leave
 * through a sink in one write per turn. It announces a header table of size 0, so that header blocks can be recognised
 * by their bytes, and refuses pushes.
 */
export class Http2Connection<Meaning> implements FrameHandler {
  /** Streams in flight. */
  active = 0
  bytesIn = 0
  /** Why this side ended the connection. */
  error: ConnectionError | undefined
  readonly #peer = new PeerSettings()
  readonly #owner: ConnectionOwner<Meaning>
  readonly #limits: ConnectionLimits
  readonly #sink: ConnectionSink
  readonly #streams = new StreamTable<Meaning>()
  readonly #reset = new ResetStreams()
  readonly #sender: Sender<Meaning>
  readonly #parser: FrameParser
  readonly #hpack = new HpackDecoder()
  readonly #cache = new BlockCache<Meaning>()
  #nextId = 1
  #open = true
  #usable = false
  #retiring = false
  #peerLeft = false
  #settingsAcknowledged = false
  #reading = false
  /** Bytes received since the last WINDOW_UPDATE of the connection. */
  #received = 0
  /** The stream of the DATA frame that is arriving. */
  #dataStream: Http2Stream<Meaning> | undefined
  /** Whether the requests in flight were sent on an idle connection and nothing was received since. */
  #reused = false

  constructor(owner: ConnectionOwner<Meaning>, limits: ConnectionLimits, sink: ConnectionSink) {
    this.#owner = owner
    // The peer may use the protocol's default before it has seen another value.
    this.#limits = { ...limits, connectionWindow: Math.max(limits.connectionWindow, DEFAULT_WINDOW) }
    this.#sink = sink
    this.#sender = new Sender(this.#peer, this.#streams, sink, (blocked) =>
      owner.onFlowControl(this, blocked),
    )
    this.#parser = new FrameParser(this)
  }

  get bytesOut(): number {
    return this.#sender.bytesOut
  }

  /** How many streams may be in flight; 0 when none can be started. */
  get capacity(): number {
    return this.#usable ? Math.min(this.#limits.streams, this.#peer.maxConcurrentStreams) : 0
  }

  /** Sends the preface; call when the socket is connected. */
  begin(): void {
    const { streamWindow, connectionWindow, maxHeaderListSize } = this.#limits
    this.#sender.writeRaw(CLIENT_PREFACE)
    this.#sender.writeRaw(
      encodeSettings([
        [Setting.headerTableSize, 0],
        [Setting.enablePush, 0],
        [Setting.initialWindowSize, streamWindow],
        [Setting.maxHeaderListSize, maxHeaderListSize],
      ]),
    )
    if (connectionWindow > DEFAULT_WINDOW)
      this.#sender.writeWindowUpdate(0, connectionWindow - DEFAULT_WINDOW)
    this.#flush()
  }

  /** Starts a request. Only while {@link active} is below {@link capacity}. */
  start(stream: Http2Stream<Meaning>, template: RequestTemplate, patch: Patch): void {
    stream.id = this.#nextId
    stream.connection = this
    stream.sendWindow = this.#peer.initialWindowSize
    stream.received = 0
    stream.answered = false
    stream.sentMarked = false
    stream.endQueued = false
    stream.sending = false
    if (this.active === 0) this.#reused = this.#nextId > 1
    this.#nextId += 2
    this.active += 1
    this.#streams.add(stream)
    if (this.#nextId > this.#limits.maxStreamId) this.retire()
    stream.onStarted(template)
    this.#sender.start(stream, template, patch)
    this.#flush()
  }

  /** Sends a further message of a request. */
  send(stream: Http2Stream<Meaning>, message: Message, patch: Patch): void {
    this.#sender.send(stream, message, patch)
    this.#flush()
  }

  /** Ends a request: no further message. */
  end(stream: Http2Stream<Meaning>): void {
    this.#sender.end(stream)
    this.#flush()
  }

  /** Gives a stream up; the stream is not told. */
  cancel(stream: Http2Stream<Meaning>, code: ErrorCode): void {
    this.#abandon(stream, code)
    this.#flush()
  }

  /** Starts no further stream, and closes when the last one has ended. */
  retire(): void {
    if (this.#retiring || !this.#open) return
    this.#retiring = true
    this.#usable = false
    this.#owner.onRetiring(this)
    if (this.active === 0) this.#finish()
  }

  /** The socket failed or was closed. */
  lost(kind: FailureKind): void {
    this.#shut(this.#reused ? FailureKind.staleConnection : kind, true)
  }

  /** The sink finished a write that was not complete at once. */
  drained(): void {
    this.#sender.drained()
    this.#flush()
  }

  /** Takes in what the peer sent. */
  receive(buffer: Buffer, start: number, end: number): void {
    if (!this.#open) return
    this.bytesIn += end - start
    this.#reused = false
    this.#reading = true
    try {
      this.#parser.parse(buffer, start, end)
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      this.#fatal(error)
    } finally {
      this.#reading = false
    }
    this.#flush()
  }

  /** Everything that is written while one read is handled leaves together. */
  #flush(): void {
    if (this.#reading) return
    this.#sender.flush()
    if (!this.#open && this.#sender.idle) this.#sink.end()
  }

  // What the parser finds

  onHeaderBlock(
    id: number,
    endsStream: boolean,
    promised: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    // Every block is decoded, even one that is not needed: it may change the header table.
    const block = this.#decode(buffer, start, end)
    if (promised !== 0) {
      this.#onPromise(promised)
      return
    }
    const stream = this.#streams.find(id)
    if (stream === undefined) this.#checkClosed(id, 'HEADERS')
    else if (block === undefined) this.#refuse(stream, ErrorCode.enhanceYourCalm, FailureKind.tooLarge)
    else if (block.problem !== undefined) this.#refuse(stream, ErrorCode.protocolError)
    else if (stream.answered) this.#onTrailers(stream, block, endsStream)
    else this.#onHeaders(stream, block, endsStream)
  }

  onDataStart(id: number, length: number): void {
    const { connectionWindow, streamWindow } = this.#limits
    this.#received += length
    if (this.#received >= connectionWindow / 2) {
      this.#sender.writeWindowUpdate(0, this.#received)
      this.#received = 0
    }
    const stream = this.#streams.find(id)
    if (stream === undefined) {
      this.#checkClosed(id, 'DATA')
      return
    }
    stream.received += length
    if (!stream.answered) this.#refuse(stream, ErrorCode.protocolError)
    else if (stream.received > streamWindow) this.#refuse(stream, ErrorCode.flowControlError)
    else this.#dataStream = stream
  }

  onData(buffer: Buffer, start: number, end: number): void {
    this.#dataStream?.onData(buffer, start, end)
  }

  onDataEnd(endsStream: boolean): void {
    const stream = this.#dataStream
    if (stream === undefined) return
    this.#dataStream = undefined
    if (endsStream) {
      this.#complete(stream)
      stream.onEnd()
    } else if (stream.received >= this.#limits.streamWindow / 2) {
      this.#sender.writeWindowUpdate(stream.id, stream.received)
      stream.received = 0
    }
  }

  onControl(type: number, flags: number, id: number, payload: Buffer, start: number, end: number): void {
    switch (type) {
      case FrameType.windowUpdate:
        this.#onWindowUpdate(id, readUint31(payload, start))
        break
      case FrameType.ping:
        if ((flags & Flag.ack) === 0) this.#sender.reply(FrameType.ping, payload, start, end)
        break
      case FrameType.rstStream:
        this.#onReset(id, readUint32(payload, start))
        break
      case FrameType.settings:
        this.#onSettings((flags & Flag.ack) !== 0, payload, start, end)
        break
      case FrameType.goaway:
        if (end - start < 8)
          throw new ConnectionError(ErrorCode.frameSizeError, 'The peer sent a short GOAWAY.')
        this.#onGoaway(readUint31(payload, start), readUint32(payload, start + 4))
        break
    }
  }

  /** `undefined` when the block has more fields than we accept. */
  #decode(buffer: Buffer, start: number, end: number): FieldBlock<Meaning> | undefined {
    const known = this.#hpack.stateless ? this.#cache.find(buffer, start, end) : undefined
    if (known !== undefined) return known
    const fields = this.#hpack.decode(buffer, start, end, this.#limits.maxHeaderListSize)
    if (this.#hpack.oversized) return undefined
    const block = new FieldBlock(fields, this.#owner.interpret(fields))
    if (this.#hpack.stateless) this.#cache.add(buffer, start, end, block)
    return block
  }

  #onHeaders(stream: Http2Stream<Meaning>, block: FieldBlock<Meaning>, endsStream: boolean): void {
    const interim = block.status < 200
    if (block.status < 0 || (interim && endsStream)) {
      this.#refuse(stream, ErrorCode.protocolError)
    } else if (endsStream) {
      this.#complete(stream)
      stream.onTrailers(block)
    } else if (!interim) {
      stream.answered = true
      stream.onHeaders(block)
    }
  }

  #onTrailers(stream: Http2Stream<Meaning>, block: FieldBlock<Meaning>, endsStream: boolean): void {
    if (!endsStream || block.status >= 0) {
      this.#refuse(stream, ErrorCode.protocolError)
      return
    }
    this.#complete(stream)
    stream.onTrailers(block)
  }

  #onPromise(promised: number): void {
    if (this.#settingsAcknowledged || (promised & 1) === 1)
      throw new ConnectionError(
        ErrorCode.protocolError,
        'The peer pushed an answer although that is turned off.',
      )
    this.#reset.add(promised)
    this.#sender.writeReset(promised, ErrorCode.refusedStream)
  }

  #onWindowUpdate(id: number, increment: number): void {
    if (id === 0) {
      this.#sender.widen(increment)
      return
    }
    const stream = this.#streams.find(id)
    if (stream === undefined) {
      this.#checkOpened(id, 'WINDOW_UPDATE')
      return
    }
    const error = this.#sender.widenStream(stream, increment)
    if (error !== ErrorCode.noError) this.#refuse(stream, error)
  }

  #onReset(id: number, code: number): void {
    const stream = this.#streams.find(id)
    if (stream === undefined) {
      this.#checkOpened(id, 'RST_STREAM')
      return
    }
    this.#reset.add(id)
    this.#release(stream)
    stream.onAborted(FailureKind.aborted, code)
  }

  #onSettings(acknowledged: boolean, payload: Buffer, start: number, end: number): void {
    if (acknowledged) {
      if (end > start)
        throw new ConnectionError(ErrorCode.frameSizeError, 'The peer acknowledged SETTINGS with a payload.')
      this.#settingsAcknowledged = true
      this.#hpack.setLimit(0)
      return
    }
    const window = this.#peer.initialWindowSize
    this.#peer.apply(payload, start, end)
    this.#sender.reply(FrameType.settings, payload, start, start)
    this.#sender.limitTable(this.#peer.headerTableSize)
    if (this.#peer.initialWindowSize !== window)
      this.#sender.shiftWindows(this.#peer.initialWindowSize - window)
    if (this.#usable || this.#retiring) {
      this.#owner.onCapacity(this)
      return
    }
    this.#usable = true
    this.#owner.onReady(this)
  }

  #onGoaway(lastId: number, code: number): void {
    this.#peerLeft = true
    this.retire()
    this.#abort(lastId, FailureKind.aborted, code)
  }

  // Streams

  #release(stream: Http2Stream<Meaning>): void {
    this.#sender.drop(stream)
    this.#streams.remove(stream.id)
    if (this.#dataStream === stream) this.#dataStream = undefined
    stream.id = 0
    stream.connection = undefined
    stream.onReleased()
    this.active -= 1
    if (this.active === 0 && this.#retiring) this.#finish()
  }

  #abandon(stream: Http2Stream<Meaning>, code: ErrorCode): void {
    if (this.#open) {
      this.#reset.add(stream.id)
      this.#sender.writeReset(stream.id, code)
    }
    this.#release(stream)
  }

  /** The answer is complete: whatever of the request was not sent is not needed any more. */
  #complete(stream: Http2Stream<Meaning>): void {
    if (stream.sending) this.#abandon(stream, ErrorCode.cancel)
    else this.#release(stream)
  }

  /** Ends one stream because of what the peer sent on it. */
  #refuse(stream: Http2Stream<Meaning>, code: ErrorCode, kind: FailureKind = FailureKind.protocol): void {
    this.#abandon(stream, code)
    stream.onAborted(kind, 0)
  }

  /** A frame for a stream that is not open: an error, unless this side had reset the stream. */
  #checkClosed(id: number, frame: string): void {
    if (this.#reset.has(id)) return
    this.#checkOpened(id, frame)
    throw new ConnectionError(
      ErrorCode.streamClosed,
      `The peer sent ${frame} for stream ${id} after its end.`,
    )
  }

  #checkOpened(id: number, frame: string): void {
    if (this.#reset.has(id) || ((id & 1) === 1 && id < this.#nextId)) return
    throw new ConnectionError(
      ErrorCode.protocolError,
      `The peer sent ${frame} for stream ${id}, which was never opened.`,
    )
  }

  /** Ends the streams above `lastId`. */
  #abort(lastId: number, kind: FailureKind, code: number): void {
    for (const stream of this.#streams.all()) {
      const id = stream.id
      // The settlement of an earlier one may have ended this one.
      if (id <= lastId || this.#streams.find(id) !== stream) continue
      this.#release(stream)
      stream.onAborted(kind, code)
    }
  }

  // The end of the connection

  #fatal(error: ConnectionError): void {
    this.error = error
    this.#sender.writeGoaway(error.code, error.message)
    this.#shut(FailureKind.protocol, false)
  }

  #finish(): void {
    if (!this.#open) return
    this.#sender.writeGoaway(ErrorCode.noError, '')
    this.#shut(FailureKind.none, this.#peerLeft)
    this.#flush()
  }

  #shut(kind: FailureKind, byPeer: boolean): void {
    if (!this.#open) return
    this.#open = false
    this.#usable = false
    this.#parser.stop()
    this.#owner.onClosed(this, kind, byPeer)
    this.#abort(0, kind, 0)
  }
}
