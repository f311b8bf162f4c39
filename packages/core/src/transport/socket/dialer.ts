import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import type { LookupFunction, OnReadOpts, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { MILLISECOND } from '../../units/nanos.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { TlsMaterial } from '../tls/tls-material.ts'
import { isAddress } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

/** What becomes of a dial: exactly one of the two, unless the socket is destroyed before. */
export interface DialListener {
  /** The connection is usable; for TLS, the handshake is complete. */
  dialed(socket: Socket): void
  /** Never called in the turn of the event loop in which `dial` was called. */
  dialFailed(error: unknown): void
}

/**
 * Opens connections to one endpoint, and counts and times them. The host name is resolved once, and after the first
 * success every connection goes to the address that answered: a name server's answers must not change what is measured.
 * TLS sessions are not resumed: every connection pays for a full handshake.
 */
export class Dialer {
  readonly endpoint: Endpoint
  readonly tls: TlsMaterial | null
  opened = 0
  failed = 0
  /** Summed over opened connections, TLS included. */
  connectNanos: Nanos = 0
  handshakeNanos: Nanos = 0
  #address: string | undefined
  #lookup: LookupFunction | undefined

  constructor(endpoint: Endpoint, tls: TlsMaterial | null) {
    this.endpoint = endpoint
    this.tls = tls
    if (isAddress(endpoint)) this.#address = endpoint.host
  }

  /** Resolves the host name; rejects with the system's error. Without this, the first dials resolve it themselves. */
  async resolve(): Promise<void> {
    if (this.#address !== undefined) return
    const addresses = await lookup(this.endpoint.host, { all: true })
    if (addresses.length === 1) this.#address = addresses[0]?.address
    else this.#lookup = (_host, _options, callback) => queueMicrotask(() => callback(null, addresses))
  }

  /**
   * @param onread makes the socket read into a given buffer and call back for each read, without `'data'` events
   */
  dial(listener: DialListener, onread?: OnReadOpts): Socket {
    const started = performance.now()
    let connected = started
    const options = {
      host: this.#address ?? this.endpoint.host,
      port: this.endpoint.port,
      ...(this.#address === undefined && this.#lookup !== undefined ? { lookup: this.#lookup } : {}),
      ...(onread === undefined ? {} : { onread }),
    }
    const socket = this.tls === null ? connect(options) : this.#connectTls(this.tls, options)
    const onError = (error: Error): void => {
      this.failed += 1
      setImmediate(() => listener.dialFailed(error))
    }
    const onOpen = (): void => {
      const now = performance.now()
      this.opened += 1
      this.connectNanos += (now - started) * MILLISECOND
      if (this.tls !== null) this.handshakeNanos += (now - connected) * MILLISECOND
      this.#address ??= socket.remoteAddress
      socket.off('error', onError)
      listener.dialed(socket)
    }
    socket.setNoDelay(true)
    socket.once('error', onError)
    if (this.tls === null) {
      socket.once('connect', onOpen)
    } else {
      socket.once('connect', () => {
        connected = performance.now()
      })
      socket.once('secureConnect', onOpen)
    }
    return socket
  }

  #connectTls(
    material: TlsMaterial,
    options: { host: string; port: number; onread?: OnReadOpts },
  ): TLSSocket {
    const name = material.serverName ?? (isAddress(this.endpoint) ? undefined : this.endpoint.host)
    return material.connect({
      ...options,
      secureContext: material.context,
      ALPNProtocols: [...material.protocols],
      rejectUnauthorized: !material.insecure,
      ...(name === undefined ? {} : { servername: name }),
    })
  }
}
