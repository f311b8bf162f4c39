import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { FailureKind } from '../../engine/outcome.ts'
import type { Patch, Prepared } from '../../engine/session.ts'
import { connectError, connectTimeout } from '../socket/connect-error.ts'
import type { Dialer, DialListener } from '../socket/dialer.ts'
import { failureOf } from '../socket/failure.ts'
import { Http2Connection } from './connection.ts'
import type { ConnectionLimits, ConnectionOwner } from './connection.ts'
import { ErrorCode } from './frame.ts'
import type { Link, LinkOwner } from './link.ts'
import type { RequestTemplate } from './message.ts'
import { noHttp2Error } from './no-http2-error.ts'
import type { PayloadCache } from './payload-cache.ts'
import { SocketSink } from './socket-sink.ts'
import type { Field } from './static-table.ts'
import type { Http2Stream } from './stream.ts'

/** What all links of a session share. */
export interface RawLinkSettings<Meaning> {
  readonly dialer: Dialer
  readonly limits: ConnectionLimits
  readonly interpret: (fields: readonly Field[]) => Meaning
  /** The request of each payload; in a streaming exchange, its message may also follow another one. */
  readonly templates: PayloadCache<RequestTemplate>
  /** The stream object of a slot. */
  readonly stream: (slot: number) => Http2Stream<Meaning>
}

const CONNECT_SECONDS = 10

/** All reads of a thread go through one buffer: what was read is consumed before the next read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536)

/** A connection on a bare socket: no streams, no events and no objects per request. */
export class RawLink<Meaning> implements Link, ConnectionOwner<Meaning>, DialListener {
  readonly #owner: LinkOwner
  readonly #settings: RawLinkSettings<Meaning>
  #connection: Http2Connection<Meaning> | undefined
  #socket: Socket | undefined
  #timer: NodeJS.Timeout | undefined
  #opened = false
  /** After this, nothing more is told to the owner. */
  #over = false

  constructor(owner: LinkOwner, settings: RawLinkSettings<Meaning>) {
    this.#owner = owner
    this.#settings = settings
  }

  get active(): number {
    return this.#connection?.active ?? 0
  }
  get capacity(): number {
    return this.#connection?.capacity ?? 0
  }
  get bytesOut(): number {
    return this.#connection?.bytesOut ?? 0
  }
  get bytesIn(): number {
    return this.#connection?.bytesIn ?? 0
  }

  open(): void {
    const { dialer } = this.#settings
    this.#timer = setTimeout(() => {
      this.#failOpening(FailureKind.unreachable, connectTimeout(dialer.endpoint, CONNECT_SECONDS))
    }, CONNECT_SECONDS * 1000)
    this.#socket = dialer.dial(this, { buffer: READ_BUFFER, callback: this.#onRead })
  }

  start(slot: number, prepared: Prepared, patch: Patch): void {
    const { stream, templates } = this.#settings
    this.#connection?.start(stream(slot), templates.of(prepared), patch)
  }

  write(slot: number, prepared: Prepared, patch: Patch): void {
    const stream = this.#settings.stream(slot)
    const { message } = this.#settings.templates.of(prepared)
    if (stream.sending && message !== undefined) this.#connection?.send(stream, message, patch)
  }

  end(slot: number): void {
    this.#connection?.end(this.#settings.stream(slot))
  }

  cancel(slot: number): void {
    this.#connection?.cancel(this.#settings.stream(slot), ErrorCode.cancel)
  }

  destroy(): void {
    clearTimeout(this.#timer)
    this.#over = true
    if (this.#opened) this.#connection?.retire()
    else this.#socket?.destroy()
  }

  // What the dialer and the socket tell

  dialed(socket: Socket): void {
    if (this.#over) return
    const { dialer, limits } = this.#settings
    const secure = dialer.tls !== null
    if (secure && (socket as TLSSocket).alpnProtocol !== 'h2') {
      this.#failOpening(
        FailureKind.protocol,
        noHttp2Error(dialer.endpoint, 'it did not choose h2 in the TLS handshake'),
      )
      return
    }
    const sink = new SocketSink(socket, secure, () => this.#connection?.drained())
    this.#connection = new Http2Connection(this, limits, sink)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onEnd)
    socket.on('error', this.#onError)
    this.#connection.begin()
  }

  dialFailed(error: unknown): void {
    this.#failOpening(failureOf(error), connectError(error, this.#settings.dialer.endpoint, 'HTTP/2'))
  }

  readonly #onRead = (length: number): boolean => {
    this.#connection?.receive(READ_BUFFER, 0, length)
    return true
  }

  readonly #onEnd = (): void => {
    this.#connection?.lost(FailureKind.closed)
  }

  readonly #onError = (error: Error): void => {
    this.#connection?.lost(failureOf(error))
  }

  // What the connection tells

  interpret(fields: readonly Field[]): Meaning {
    return this.#settings.interpret(fields)
  }

  onReady(): void {
    if (this.#over) return
    clearTimeout(this.#timer)
    this.#opened = true
    this.#owner.opened(this)
  }

  onCapacity(): void {
    if (!this.#over) this.#owner.capacityChanged(this)
  }

  onRetiring(): void {
    if (!this.#over && this.#opened) this.#owner.retiring(this)
  }

  onClosed(connection: Http2Connection<Meaning>, kind: FailureKind, byPeer: boolean): void {
    if (this.#over) return
    if (this.#opened) {
      this.#over = true
      this.#owner.closed(this, byPeer)
      return
    }
    const { endpoint } = this.#settings.dialer
    const { error } = connection
    this.#failOpening(
      kind === FailureKind.none ? FailureKind.closed : kind,
      error === undefined
        ? connectError(undefined, endpoint, 'HTTP/2')
        : noHttp2Error(endpoint, error.message),
    )
  }

  onFlowControl(_connection: Http2Connection<Meaning>, blocked: boolean): void {
    if (!this.#over) this.#owner.flowControl(this, blocked)
  }

  #failOpening(kind: FailureKind, error: Error): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#socket?.destroy()
    this.#owner.openFailed(this, kind, error)
  }
}
