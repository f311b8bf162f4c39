import type { Socket } from 'node:net'
import { FailureKind } from '../../engine/outcome.ts'
import { applyPatches } from '../../engine/patch.ts'
import type { Exchange, Patch, Prepared } from '../../engine/session.ts'
import { failureOf } from '../socket/failure.ts'
import { failureCode } from './answer-observer.ts'
import { EMPTY, LINGER_MS, Reuse, TLS_RECORD } from './connection.ts'
import type { Connection, ConnectionOwner, ConnectionSettings } from './connection.ts'
import type { Piece } from './patch-layout.ts'
import { Parsed, ResponseParser } from './response-parser.ts'
import type { ResponseSink } from './response-parser.ts'

const IDLE = -1
/** All reads of a thread go through one buffer: an answer is consumed before the next read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536)

/** A keep-alive connection on a bare socket: no streams, no events and no objects per request. */
export class RawConnection implements Connection, ResponseSink {
  readonly #settings: ConnectionSettings
  readonly #owner: ConnectionOwner
  readonly #exchange: Exchange
  readonly #parser: ResponseParser
  readonly #secure: boolean
  #socket: Socket | undefined
  #slot = IDLE
  /** Whether an earlier exchange has used this connection. */
  #used = false
  /** Whether this exchange is the last. */
  #last = false
  /** Whether part of the request is still in Node's memory. */
  #unsent = false
  #capturing = false
  /** After this, nothing more is told to the owner. */
  #closed = false
  readonly #scratch: Buffer[] = []

  constructor(settings: ConnectionSettings) {
    this.#settings = settings
    this.#owner = settings.owner
    this.#exchange = settings.exchange
    this.#secure = settings.dialer.tls !== null
    this.#parser = new ResponseParser(this, settings.maxResponseBytes)
  }

  open(): void {
    this.#socket = this.#settings.dialer.dial(this, { buffer: READ_BUFFER, callback: this.#onRead })
  }

  dialed(socket: Socket): void {
    socket.on('end', this.#onEnd)
    socket.on('error', this.#onError)
    socket.on('close', this.#onEnd)
    this.#owner.opened(this)
  }

  dialFailed(error: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.#owner.openFailed(this, error)
  }

  send(slot: number, prepared: Prepared, patch: Patch): void {
    const { requests } = this.#settings
    const request = requests.of(prepared, slot, patch)
    const { bytes } = request
    const socket = this.#socket as Socket
    this.#slot = slot
    this.#last = this.#settings.perRequest || request.close
    this.#parser.begin(request.bodiless)
    this.#owner.bytesOut += bytes.length
    if (request.pieces === null) socket.write(bytes)
    else this.#writePieces(socket, request.pieces, patch)
    if (this.#secure ? bytes.length <= TLS_RECORD : socket.writableLength === 0) {
      if (!socket.destroyed) this.#exchange.sent(slot)
    } else {
      this.#unsent = true
      requests.retain?.(slot)
      socket.write(EMPTY, this.#onFlushed)
    }
  }

  destroy(): void {
    this.#closed = true
    this.#slot = IDLE
    this.#socket?.destroy()
  }

  onHead(status: number, buffer: Uint8Array, start: number, end: number): boolean {
    const slot = this.#slot
    const { observer } = this.#settings
    this.#capturing = this.#exchange.capture[slot] === 1
    if (this.#capturing) this.#exchange.head(slot, status, buffer, start, end)
    if (observer === null || this.#closed) return this.#capturing
    observer.head?.(slot, status, buffer, start, end)
    return this.#capturing || observer.body !== undefined
  }

  onBody(buffer: Uint8Array, start: number, end: number): void {
    const slot = this.#slot
    if (slot === IDLE) return
    if (this.#capturing) this.#exchange.body(slot, buffer, start, end)
    if (!this.#closed) this.#settings.observer?.body?.(slot, buffer, start, end)
  }

  #writePieces(socket: Socket, pieces: readonly Piece[], patch: Patch): void {
    if (pieces.length > 1) socket.cork()
    for (let index = 0; index < pieces.length; index++) {
      const piece = pieces[index] as Piece
      if (piece.patches.length === 0) {
        socket.write(piece.bytes)
        continue
      }
      const copy = this.#scratchOf(index, piece.bytes.length)
      copy.set(piece.bytes)
      applyPatches(copy, -piece.start, piece.patches, patch)
      socket.write(copy)
    }
    if (pieces.length > 1) socket.uncork()
  }

  /** Memory for the index-th piece: kept, because most payloads of a trial are equally long. */
  #scratchOf(index: number, length: number): Buffer {
    const kept = this.#scratch[index]
    if (kept !== undefined && kept.length === length) return kept
    const made = Buffer.allocUnsafeSlow(length)
    this.#scratch[index] = made
    return made
  }

  readonly #onRead = (length: number): boolean => {
    this.#owner.bytesIn += length
    if (this.#slot === IDLE) {
      if (!this.#closed && isBlank(READ_BUFFER, 0, length)) return true
      // Nothing was asked: at best the server says why it closes the connection.
      this.#lose(true)
      return false
    }
    const parser = this.#parser
    if (!parser.started) this.#exchange.firstByte(this.#slot)
    // The core may cancel from inside each call.
    if (this.#closed) return false
    const parsed = parser.feed(READ_BUFFER, 0, length)
    if (this.#closed) return false
    if (parsed === Parsed.more) return true
    if (parsed === Parsed.complete) {
      if (isBlank(READ_BUFFER, parser.at, length)) this.#complete()
      else this.#break(FailureKind.protocol, 'the answer is longer than its Content-Length or its chunks')
    } else if (parsed === Parsed.tooLarge) {
      this.#break(FailureKind.tooLarge, '')
    } else {
      this.#break(FailureKind.protocol, parser.problem)
    }
    return !this.#closed
  }

  #complete(): void {
    const slot = this.#slot
    const parser = this.#parser
    const status = parser.head.status
    const { accepted, observer } = this.#settings
    let kind: FailureKind = accepted[status] === 1 ? FailureKind.none : FailureKind.httpStatus
    if (observer !== null && observer.end !== undefined) {
      const found = observer.end(slot)
      if (kind === FailureKind.none) kind = found
    }
    const code = failureCode(kind, status, observer, slot)
    let reuse: Reuse = Reuse.now
    if (this.#last || !parser.reusable) {
      reuse = Reuse.never
      this.#retire()
    } else if (this.#unsent) {
      reuse = Reuse.later
      this.#socket?.setTimeout(LINGER_MS, this.#onStuck)
    }
    this.#slot = IDLE
    this.#used = true
    this.#owner.settled(this, slot, reuse, kind, code, parser.bodyBytes)
  }

  /** The exchange fails, and the connection with it. */
  #break(kind: FailureKind, problem: string): void {
    const slot = this.#slot
    if (problem !== '') this.#owner.problem = problem
    this.destroy()
    this.#owner.settled(this, slot, Reuse.never, kind, 0, 0)
  }

  /** Closes after the last exchange: the peer first, when it said so, because who closes first keeps the port busy. */
  #retire(): void {
    const ended = this.#socket?.readableEnded === true
    this.#closed = true
    if (ended || !this.#parser.head.keepAlive) this.#owner.connectionsClosed += 1
    if (ended || this.#parser.head.keepAlive) this.#socket?.destroy()
    else this.#socket?.setTimeout(LINGER_MS, this.#onStuck)
  }

  /** Without an exchange on it, the connection goes. */
  #lose(byPeer: boolean): void {
    const told = this.#closed
    this.destroy()
    if (told) return
    if (byPeer) this.#owner.connectionsClosed += 1
    this.#owner.lost(this)
  }

  readonly #onEnd = (): void => {
    if (this.#slot === IDLE) {
      this.#lose(true)
    } else if (this.#parser.started && this.#parser.finish() === Parsed.complete) {
      this.#complete()
    } else {
      this.#break(this.#staleOr(FailureKind.closed), '')
    }
  }

  readonly #onError = (error: Error): void => {
    if (this.#slot === IDLE) this.#lose(true)
    else this.#break(this.#staleOr(failureOf(error)), '')
  }

  #staleOr(kind: FailureKind): FailureKind {
    const gone = kind === FailureKind.closed || kind === FailureKind.reset
    if (gone) this.#owner.connectionsClosed += 1
    return gone && this.#used && !this.#parser.started ? FailureKind.staleConnection : kind
  }

  readonly #onStuck = (): void => {
    this.#lose(false)
  }

  readonly #onFlushed = (error?: Error | null): void => {
    if (!this.#unsent || (error !== undefined && error !== null)) return
    this.#unsent = false
    if (this.#closed) return
    if (this.#slot === IDLE) {
      this.#socket?.setTimeout(0, this.#onStuck)
      this.#owner.freed(this)
    } else {
      this.#exchange.sent(this.#slot)
    }
  }
}

/** Whether there is nothing but line ends, which may follow an answer. */
function isBlank(buffer: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (buffer[at] !== 13 && buffer[at] !== 10) return false
  }
  return true
}
