import { connect } from 'node:http2'
import type { ClientHttp2Session, OutgoingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { FailureKind } from '../../engine/outcome.ts'
import type { Patch, Prepared } from '../../engine/session.ts'
import type { Link, LinkOwner } from '../http2/link.ts'
import { noHttp2Error } from '../http2/no-http2-error.ts'
import type { Field } from '../http2/static-table.ts'
import { connectError, connectTimeout } from '../socket/connect-error.ts'
import type { Dialer, DialListener } from '../socket/dialer.ts'
import { failureOf } from '../socket/failure.ts'
import type { GrpcAnswerSettings } from './grpc-answer.ts'
import { NodeCall } from './node-call.ts'
import type { NodeCallOwner } from './node-call.ts'

/** What all links of a session share. */
export interface NodeLinkSettings {
  readonly dialer: Dialer
  readonly fields: readonly Field[]
  readonly answers: GrpcAnswerSettings
  readonly unary: boolean
  readonly streams: number
  readonly perRequest: boolean
}

const CONNECT_SECONDS = 10
const WINDOW = 8 * 1024 * 1024
const MAX_SESSION_MEGABYTES = 1_000_000

/** A connection of Node's own HTTP/2 client: slower than {@link RawLink}, and written by somebody else. */
export class NodeLink implements Link, NodeCallOwner, DialListener {
  active = 0
  lossKind: FailureKind = FailureKind.none
  readonly #owner: LinkOwner
  readonly #settings: NodeLinkSettings
  readonly #headers: OutgoingHttpHeaders
  readonly #calls = new Map<number, NodeCall>()
  #session: ClientHttp2Session | undefined
  #socket: Socket | undefined
  #timer: NodeJS.Timeout | undefined
  #opened = false
  #retired = false
  #peerLeft = false
  #over = false

  constructor(owner: LinkOwner, settings: NodeLinkSettings) {
    this.#owner = owner
    this.#settings = settings
    this.#headers = Object.fromEntries(settings.fields.map(({ name, value }) => [name, value]))
  }

  get capacity(): number {
    if (!this.#opened || this.#retired) return 0
    const { streams } = this.#settings
    return Math.min(streams, this.#session?.remoteSettings.maxConcurrentStreams ?? streams)
  }
  get bytesOut(): number {
    return this.#socket?.bytesWritten ?? 0
  }
  get bytesIn(): number {
    return this.#socket?.bytesRead ?? 0
  }

  open(): void {
    const { dialer } = this.#settings
    this.#timer = setTimeout(() => {
      this.#failOpening(FailureKind.unreachable, connectTimeout(dialer.endpoint, CONNECT_SECONDS))
    }, CONNECT_SECONDS * 1000)
    this.#socket = dialer.dial(this)
  }

  start(slot: number, prepared: Prepared, patch: Patch): void {
    const { answers, unary, perRequest } = this.#settings
    const stream = (this.#session as ClientHttp2Session).request(this.#headers, { endStream: false })
    const call = new NodeCall(slot, this, answers, stream)
    this.#calls.set(slot, call)
    this.active += 1
    if (perRequest) this.#retire()
    call.send(prepared, patch, true, unary)
  }

  write(slot: number, prepared: Prepared, patch: Patch): void {
    this.#calls.get(slot)?.send(prepared, patch, false, false)
  }

  end(slot: number): void {
    this.#calls.get(slot)?.end()
  }

  cancel(slot: number): void {
    this.#calls.get(slot)?.cancel()
    this.#release(slot)
  }

  destroy(): void {
    clearTimeout(this.#timer)
    this.#over = true
    if (this.#session === undefined) this.#socket?.destroy()
    else this.#session.destroy()
  }

  callEnded(slot: number, kind: FailureKind, code: number, bytesIn: number): void {
    this.#release(slot)
    this.#owner.settled(slot, kind, code, bytesIn)
  }

  dialed(socket: Socket): void {
    if (this.#over) return
    const { endpoint, tls } = this.#settings.dialer
    if (tls !== null && (socket as TLSSocket).alpnProtocol !== 'h2') {
      this.#failOpening(
        FailureKind.protocol,
        noHttp2Error(endpoint, 'it did not choose h2 in the TLS handshake'),
      )
      return
    }
    const session = connect(`${endpoint.secure ? 'https' : 'http'}://${endpoint.authority}`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: WINDOW },
      // The default of 10 MB would make it refuse streams while large messages are on their way.
      maxSessionMemory: MAX_SESSION_MEGABYTES,
    })
    this.#session = session
    session.on('remoteSettings', () => this.#onSettings())
    session.on('connect', () => session.setLocalWindowSize(WINDOW * 4))
    session.on('goaway', () => {
      this.#peerLeft = true
      this.#retire()
    })
    session.on('error', (error: Error) => this.#onLost(failureOf(error)))
    session.on('close', () => this.#onLost(FailureKind.closed))
    socket.on('end', () => this.#onLost(FailureKind.closed))
  }

  dialFailed(error: unknown): void {
    this.#failOpening(failureOf(error), connectError(error, this.#settings.dialer.endpoint, 'HTTP/2'))
  }

  #onSettings(): void {
    if (this.#over) return
    if (this.#opened) {
      this.#owner.capacityChanged(this)
      return
    }
    clearTimeout(this.#timer)
    this.#opened = true
    this.#owner.opened(this)
  }

  #onLost(kind: FailureKind): void {
    if (this.lossKind === FailureKind.none) this.lossKind = kind
    if (!this.#opened) {
      this.#failOpening(kind, connectError(undefined, this.#settings.dialer.endpoint, 'HTTP/2'))
    } else if (!this.#over) {
      this.#over = true
      this.#owner.closed(this, this.#peerLeft || !this.#retired)
    }
  }

  #retire(): void {
    if (this.#retired) return
    this.#retired = true
    if (this.#opened && !this.#over) this.#owner.retiring(this)
  }

  #release(slot: number): void {
    if (!this.#calls.delete(slot)) return
    this.active -= 1
    if (this.#retired && this.active === 0) this.#session?.close()
  }

  #failOpening(kind: FailureKind, error: Error): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#socket?.destroy()
    this.#owner.openFailed(this, kind, error)
  }
}
