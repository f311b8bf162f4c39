import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls'
import type { Desk } from './desk.ts'
import { Http1Connection } from './http1-connection.ts'
import { Http2Connection, type Http2Settings } from './http2-connection.ts'
import type { Ending } from './program.ts'
import { endConnection, type Transport } from './transport.ts'

/** PEM texts, as in node:tls. */
export interface TlsSettings {
  readonly key: string
  readonly cert: string
  /** Authorities that client certificates are checked against. */
  readonly ca?: string
  /** `none` by default. */
  readonly clientCertificate?: 'none' | 'required'
  /** `h2` and `http/1.1` by default. */
  readonly protocols?: readonly string[]
}

interface Protocol {
  read(chunk: Buffer, at: number): void
  end(): void
  closed(): void
}

const PREFACE = 'PRI * HTTP/2'

/** The listening socket and everything that was accepted on it. */
export class Listener {
  readonly #desk: Desk
  readonly #http2: Http2Settings
  readonly #tls: TlsServer | null
  readonly #transports = new Map<Socket, Transport>()
  /** Sockets whose TLS handshake is not over, by the port of the client. */
  readonly #handshakes = new Map<number, { readonly raw: Socket; readonly number: number }>()
  #server: Server | null = null
  #accepted = 0

  constructor(desk: Desk, settings: { readonly http2: Http2Settings; readonly tls: TlsSettings | null }) {
    this.#desk = desk
    this.#http2 = settings.http2
    this.#tls = settings.tls === null ? null : this.#createTls(settings.tls)
  }

  /** @returns the port */
  async listen(host: string, port: number): Promise<number> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    server.on('connection', (raw) => this.#accept(raw))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, backlog: 4096 }, resolve)
    })
    this.#server = server
    return (server.address() as AddressInfo).port
  }

  /** New connections are refused from now on; open ones stay. */
  refuse(): void {
    this.#server?.close()
    this.#server = null
  }

  /** Ends all open connections. Returns how many there were. */
  drop(ending: Ending): number {
    const open = [...this.#transports.values()]
    for (const transport of open) endConnection(transport, ending)
    return open.length
  }

  close(): void {
    this.refuse()
    for (const { raw } of this.#transports.values()) raw.destroy()
    for (const { raw } of this.#handshakes.values()) raw.destroy()
  }

  #accept(raw: Socket): void {
    const number = this.#accepted++
    const { ledger, plan } = this.#desk
    ledger.count('connections')
    ledger.count('openConnections')
    raw.on('error', () => raw.destroy())
    raw.on('close', () => ledger.count('openConnections', -1))
    if (plan.accept !== null && number % plan.accept.every === plan.accept.every - 1) {
      if (plan.accept.fault === 'hang') raw.resume()
      const transport = { socket: raw, raw, number }
      this.#transports.set(raw, transport)
      raw.on('close', () => this.#transports.delete(raw))
      endConnection(transport, plan.accept.fault)
      return
    }
    if (this.#tls === null) return this.#serve({ socket: raw, raw, number })
    const port = raw.remotePort as number
    this.#handshakes.set(port, { raw, number })
    raw.on('close', () => this.#handshakes.delete(port))
    this.#tls.emit('connection', raw)
  }

  #createTls(settings: TlsSettings): TlsServer {
    const server = createTlsServer({
      key: settings.key,
      cert: settings.cert,
      ALPNProtocols: [...(settings.protocols ?? ['h2', 'http/1.1'])],
      allowHalfOpen: true,
      ...(settings.ca === undefined ? {} : { ca: settings.ca }),
      ...(settings.clientCertificate === 'required' ? { requestCert: true, rejectUnauthorized: true } : {}),
    })
    server.on('secureConnection', (socket: TLSSocket) => {
      const pending = this.#handshakes.get(socket.remotePort ?? -1)
      if (pending === undefined) return socket.destroy()
      this.#handshakes.delete(socket.remotePort as number)
      return this.#serve({ socket, ...pending })
    })
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }

  #serve(transport: Transport): void {
    const { socket } = transport
    let protocol: Protocol | null = null
    let waiting: Buffer = Buffer.alloc(0)
    this.#transports.set(socket, transport)
    socket.on('data', (chunk: Buffer) => {
      const at = this.#desk.now()
      if (protocol !== null) return protocol.read(chunk, at)
      const first = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
      const start = first.toString('latin1', 0, PREFACE.length)
      if (start.length < PREFACE.length && PREFACE.startsWith(start)) {
        waiting = first
        return
      }
      protocol =
        start === PREFACE
          ? new Http2Connection(this.#desk, transport, this.#http2)
          : new Http1Connection(this.#desk, transport)
      protocol.read(first, at)
    })
    socket.on('end', () => {
      if (protocol === null) socket.end()
      else protocol.end()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#transports.delete(socket)
      protocol?.closed()
    })
  }
}
