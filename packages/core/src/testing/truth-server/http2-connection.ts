import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Nanos } from '../../units/nanos.ts'
import type { Desk } from './desk.ts'
import { Http2Visit } from './http2-visit.ts'
import type { Ending } from './program.ts'
import { Tap } from './tap.ts'
import { endConnection, type Transport } from './transport.ts'

/** What of node:http2's settings a truth server can be asked for. */
export interface Http2Settings {
  readonly maxConcurrentStreams?: number
  readonly initialWindowSize?: number
  readonly maxFrameSize?: number
  readonly headerTableSize?: number
  readonly maxHeaderListSize?: number
}

/** HTTP/2 on one connection, by node:http2 over a {@link Tap}. */
export class Http2Connection {
  readonly desk: Desk
  readonly transport: Transport
  readonly tap: Tap
  readonly session: ServerHttp2Session
  /** Streams on which the server has something to say, by their number. */
  readonly #visits = new Map<number, Http2Visit>()
  #lastRead: Nanos = 0
  #over = false
  #draining = false
  #answers = 0
  #idle: NodeJS.Timeout | undefined

  constructor(desk: Desk, transport: Transport, settings: Http2Settings) {
    this.desk = desk
    this.transport = transport
    this.tap = new Tap(transport.socket, (stream) => this.finished(stream))
    this.session = http2.performServerHandshake(this.tap, { settings: { ...settings } })
    this.session.on('stream', (stream, headers) => this.#stream(stream, headers))
    this.session.on('error', (error: NodeJS.ErrnoException) => {
      // A client that breaks the protocol, or that is gone; the connection's end settles its requests.
      if (error.code?.startsWith('ERR_HTTP2')) this.desk.ledger.count('malformed')
    })
    this.#awaitRequest()
  }

  read(chunk: Buffer, at: Nanos): void {
    this.#lastRead = at
    if (!this.#over) this.tap.feed(chunk)
  }

  end(): void {
    if (!this.#over) this.tap.push(null)
  }

  closed(): void {
    this.#over = true
    clearTimeout(this.#idle)
    for (const visit of this.#visits.values()) visit.gone()
    this.#visits.clear()
    this.session.destroy()
  }

  /** The instant of the read that is being worked on. */
  get lastRead(): Nanos {
    return this.#lastRead
  }

  /** The server has nothing more to say on this stream: its last frame has left, or the client has given it up. */
  finished(stream: number): void {
    if (!this.#visits.delete(stream)) return
    this.#answers += 1
    if (this.#over) return
    const enough = this.#answers >= this.desk.plan.requestsPerConnection
    if ((enough || this.#draining) && this.#visits.size === 0) this.finish('close')
    else this.#awaitRequest()
  }

  /** Close as soon as no stream is open. */
  drain(): void {
    this.#draining = true
    if (this.#visits.size === 0 && !this.#over) this.finish('close')
  }

  finish(ending: Ending): void {
    if (ending === 'keep') return
    this.#over = true
    clearTimeout(this.#idle)
    endConnection(this.transport, ending)
  }

  #stream(stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
    clearTimeout(this.#idle)
    if (this.#over) {
      stream.on('error', () => stream.destroy())
      return
    }
    this.#visits.set(stream.id as number, new Http2Visit(this, stream, headers))
  }

  #awaitRequest(): void {
    const { idle } = this.desk.plan
    if (idle === null || this.#visits.size > 0) return
    this.#idle = setTimeout(() => this.finish('close'), idle / 1e6)
  }
}
