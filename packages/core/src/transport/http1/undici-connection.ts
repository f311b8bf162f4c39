import type { Socket } from 'node:net'
import { Client } from 'undici'
import type { Dispatcher } from 'undici'
import { FailureKind } from '../../engine/outcome.ts'
import { applyPatches } from '../../engine/patch.ts'
import type { Exchange, Patch, Prepared } from '../../engine/session.ts'
import { codeOf, failureOf } from '../socket/failure.ts'
import { failureCode } from './answer-observer.ts'
import { EMPTY, LINGER_MS, Reuse, TLS_RECORD } from './connection.ts'
import type { Connection, ConnectionOwner, ConnectionSettings } from './connection.ts'
import { HEADER_LIMIT } from './response-head.ts'
import { readWireRequest } from './wire-request.ts'
import type { WireRequest } from './wire-request.ts'

const IDLE = -1
/** Longer than any trial: a connection that expires while measuring ruins the tail of an open loop. */
const FOREVER_MS = 86_400_000

/**
 * A connection on undici: one `Client` on a socket that is already open, and this object as the handler of every
 * request. The second implementation of the same session: slower, but its parser is llhttp, which most servers and
 * clients are tested with.
 */
export class UndiciConnection implements Connection, Dispatcher.DispatchHandler {
  readonly #settings: ConnectionSettings
  readonly #owner: ConnectionOwner
  readonly #exchange: Exchange
  readonly #secure: boolean
  #socket: Socket | undefined
  #client: Client | undefined
  #slot = IDLE
  #used = false
  #last = false
  #bodiless = false
  #unsent = false
  #started = false
  #capturing = false
  #delivering = false
  #closed = false
  #status = 0
  #requestBytes = 0
  #bodyBytes = 0
  #bytesRead = 0
  #bytesWritten = 0
  /** By `Prepared.index`. */
  readonly #options: { readonly request: WireRequest; readonly options: Dispatcher.DispatchOptions }[] = []

  constructor(settings: ConnectionSettings) {
    this.#settings = settings
    this.#owner = settings.owner
    this.#exchange = settings.exchange
    this.#secure = settings.dialer.tls !== null
  }

  open(): void {
    this.#socket = this.#settings.dialer.dial(this)
  }

  dialed(socket: Socket): void {
    // undici listens too, from the first request on; an error is followed by `close`.
    socket.on('error', ignore)
    socket.on('close', this.#onClose)
    this.#client = this.#makeClient(socket)
    this.#owner.opened(this)
  }

  dialFailed(error: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.#owner.openFailed(this, error)
  }

  send(slot: number, prepared: Prepared, patch: Patch): void {
    const request = this.#settings.requests.of(prepared, slot, patch)
    this.#slot = slot
    this.#last = this.#settings.perRequest || request.close
    this.#bodiless = request.bodiless
    this.#started = false
    this.#status = 0
    this.#requestBytes = request.bytes.length
    this.#bodyBytes = 0
    this.#client?.dispatch(this.#optionsOf(request, prepared, patch), this)
  }

  /** The client goes with its socket: it finds no way to connect again. Destroying it here could be inside its own code. */
  destroy(): void {
    this.#closed = true
    this.#slot = IDLE
    this.#socket?.destroy()
  }

  onRequestStart(): void {}

  onRequestSent(): void {
    if (this.#slot === IDLE) return
    const socket = this.#socket as Socket
    if (this.#secure ? this.#requestBytes <= TLS_RECORD : socket.writableLength === 0) {
      this.#exchange.sent(this.#slot)
    } else {
      this.#unsent = true
      socket.write(EMPTY, this.#onFlushed)
    }
  }

  onResponseStarted(): void {
    if (this.#slot === IDLE || this.#started) return
    this.#started = true
    this.#exchange.firstByte(this.#slot)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    const slot = this.#slot
    if (slot === IDLE || status < 200) return
    if (
      Number(headers['content-length']) > this.#settings.maxResponseBytes &&
      !this.#bodiless &&
      status !== 304
    ) {
      this.#break(FailureKind.tooLarge)
      return
    }
    const { observer } = this.#settings
    this.#status = status
    this.#capturing = this.#exchange.capture[slot] === 1
    this.#delivering = this.#capturing || observer?.body !== undefined
    if (!this.#capturing && observer?.head === undefined) return
    const head = headerLines((controller as RawController).rawHeaders)
    if (this.#capturing) this.#exchange.head(slot, status, head, 0, head.length)
    observer?.head?.(slot, status, head, 0, head.length)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#slot === IDLE) return
    this.#bodyBytes += chunk.length
    if (!this.#delivering) return
    if (this.#capturing) this.#exchange.body(this.#slot, chunk, 0, chunk.length)
    this.#settings.observer?.body?.(this.#slot, chunk, 0, chunk.length)
  }

  /** Only when undici has dealt with the rest of the read is it known whether the connection survives. */
  onResponseEnd(): void {
    if (this.#slot !== IDLE) queueMicrotask(this.#complete)
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#slot === IDLE) return
    const kind = undiciFailure(error, this.#socket?.readableEnded === true)
    if (kind === FailureKind.protocol) this.#owner.problem = error.message
    this.#break(kind)
  }

  #makeClient(socket: Socket): Client {
    let handedOver = false
    return new Client(`http://${this.#settings.dialer.endpoint.authority}`, {
      connect: (_options, callback) => {
        if (handedOver) return queueMicrotask(() => callback(new Error('closed'), null))
        handedOver = true
        queueMicrotask(() => callback(null, socket))
      },
      allowH2: false,
      // More than one: undici then sends a request as soon as the answer before it is complete, not a turn later.
      pipelining: 2,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: FOREVER_MS,
      keepAliveMaxTimeout: FOREVER_MS,
      // A server's `Keep-Alive: timeout=5` must not close connections that the server keeps open.
      keepAliveTimeoutThreshold: -FOREVER_MS,
      maxHeaderSize: HEADER_LIMIT,
      maxResponseSize: this.#settings.maxResponseBytes,
    })
  }

  #optionsOf(request: WireRequest, prepared: Prepared, patch: Patch): Dispatcher.DispatchOptions {
    if (request.pieces === null) {
      let kept = this.#options[prepared.index]
      if (kept === undefined || kept.request !== request) {
        kept = { request, options: dispatchOptions(request, this.#last) }
        this.#options[prepared.index] = kept
      }
      return kept.options
    }
    const bytes = Buffer.from(request.bytes)
    applyPatches(bytes, 0, prepared.patches, patch)
    const inHead = prepared.patches.some((point) => point.offset < request.bodyStart)
    return dispatchOptions(
      inHead ? readWireRequest({ ...prepared, bytes, patches: [] }) : { ...request, bytes },
      this.#last,
    )
  }

  readonly #complete = (): void => {
    const slot = this.#slot
    if (slot === IDLE) return
    const socket = this.#socket as Socket
    if (socket.errored !== null && codeOf(socket.errored) !== 'UND_ERR_INFO') {
      this.onResponseError(undefined, socket.errored)
      return
    }
    this.#count(socket)
    const { accepted, observer } = this.#settings
    let kind: FailureKind = accepted[this.#status] === 1 ? FailureKind.none : FailureKind.httpStatus
    if (observer?.end !== undefined) {
      const found = observer.end(slot)
      if (kind === FailureKind.none) kind = found
    }
    const code = failureCode(kind, this.#status, observer, slot)
    let reuse: Reuse = Reuse.now
    if (socket.destroyed || this.#last) {
      reuse = Reuse.never
      if (!this.#last) this.#owner.connectionsClosed += 1
      this.destroy()
    } else if (this.#unsent) {
      reuse = Reuse.later
      socket.setTimeout(LINGER_MS, this.#onStuck)
    }
    this.#slot = IDLE
    this.#used = true
    this.#owner.settled(this, slot, reuse, kind, code, this.#bodyBytes)
  }

  #break(kind: FailureKind): void {
    const slot = this.#slot
    const gone = kind === FailureKind.closed || kind === FailureKind.reset
    if (gone) this.#owner.connectionsClosed += 1
    const stale = gone && this.#used && !this.#started
    this.#count(this.#socket as Socket)
    this.destroy()
    this.#owner.settled(this, slot, Reuse.never, stale ? FailureKind.staleConnection : kind, 0, 0)
  }

  #count(socket: Socket): void {
    const { bytesRead, bytesWritten } = socket
    this.#owner.bytesIn += bytesRead - this.#bytesRead
    this.#owner.bytesOut += bytesWritten - this.#bytesWritten
    this.#bytesRead = bytesRead
    this.#bytesWritten = bytesWritten
  }

  readonly #onClose = (): void => {
    this.#lose(true)
  }

  readonly #onStuck = (): void => {
    this.#lose(false)
  }

  /** With an exchange on it, undici tells why the connection went. */
  #lose(byPeer: boolean): void {
    if (this.#closed || this.#slot !== IDLE) return
    this.destroy()
    if (byPeer) this.#owner.connectionsClosed += 1
    this.#owner.lost(this)
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

interface RawController {
  readonly rawHeaders?: readonly (Buffer | string)[] | null
}

function dispatchOptions(request: WireRequest, last: boolean): Dispatcher.DispatchOptions {
  return {
    path: request.path,
    method: request.method,
    headers: ['host', request.host, ...request.headers.flat()],
    body: request.bodyStart < request.bytes.length ? request.bytes.subarray(request.bodyStart) : null,
    reset: last,
  }
}

/** The header lines as they came, from undici's list of names and values. */
function headerLines(raw: readonly (Buffer | string)[] | null | undefined): Buffer {
  const parts: Buffer[] = []
  for (const [index, part] of (raw ?? []).entries()) {
    parts.push(Buffer.from(part as string), Buffer.from(index % 2 === 0 ? ': ' : '\r\n'))
  }
  return Buffer.concat(parts)
}

/** @param ended whether the peer has closed its side */
function undiciFailure(error: Error, ended: boolean): FailureKind {
  const code = codeOf(error)
  switch (code) {
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return FailureKind.tooLarge
    case 'UND_ERR_HEADERS_OVERFLOW':
    // undici asserts what its parser should have guaranteed.
    case 'ERR_ASSERTION':
      return FailureKind.protocol
    case 'UND_ERR_SOCKET':
      return error.message.startsWith('bad ') ? FailureKind.protocol : FailureKind.closed
    // Also what undici says of any malformed answer that has a Content-Length.
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return ended ? FailureKind.closed : FailureKind.protocol
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
      return FailureKind.internal
  }
  if (error.name !== 'HTTPParserError') return failureOf(error)
  return error.message.includes('Invalid EOF state') ? FailureKind.closed : FailureKind.protocol
}

function ignore(): void {}
