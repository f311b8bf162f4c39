import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { TlsOptions } from 'node:tls'

/** What a {@link ScriptServer} does with one connection. */
export type Script = (peer: ScriptPeer, connection: number) => Promise<void>

/**
 * A server on loopback that says exactly the bytes it is told to, in exactly the pieces it is told to, whatever the
 * client asked: for tests of what clients make of them. Runs in the client's own event loop.
 */
export class ScriptServer {
  readonly port: number
  connections = 0
  /** What scripts threw, except for writing to a client that is gone. */
  readonly errors: unknown[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, script: Script) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
    })
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
      const number = this.connections
      this.connections += 1
      socket.on('error', () => {})
      socket.setNoDelay(true)
      script(new ScriptPeer(socket), number).catch((error: unknown) => this.errors.push(error))
    })
    server.on('tlsClientError', () => {})
  }

  static async start(script: Script, tls?: TlsOptions): Promise<ScriptServer> {
    const server = tls === undefined ? createServer({ allowHalfOpen: true }) : createTlsServer(tls)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new ScriptServer(server, script)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

const TlsServer = Object.getPrototypeOf(createTlsServer({})).constructor as abstract new () => Server

/** One connection of a {@link ScriptServer}. */
export class ScriptPeer {
  readonly #socket: Socket
  #bytes = Buffer.alloc(4096)
  #length = 0
  #consumed = 0
  #changed: () => void = () => {}
  #ended = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#append(chunk)
      this.#changed()
    })
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#ended = true
        this.#changed()
      })
    }
  }

  /** All that the client has sent. */
  get received(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Waits for the next request, by its `Content-Length`. Resolves with its bytes, or `null` when none comes. */
  async request(): Promise<Buffer | null> {
    for (;;) {
      const rest = this.received.subarray(this.#consumed)
      const head = rest.indexOf('\r\n\r\n')
      if (head !== -1) {
        const match = /\r\ncontent-length: *(\d+)/i.exec(rest.toString('latin1', 0, head + 2))
        const length = head + 4 + Number(match?.[1] ?? 0)
        if (rest.length >= length) {
          this.#consumed += length
          return rest.subarray(0, length)
        }
      }
      if (this.#ended) return null
      await this.#change()
    }
  }

  /** Waits until the client has closed its side. */
  async ended(): Promise<void> {
    while (!this.#ended) await this.#change()
  }

  /** Writes, and lets the client read it before the next write. */
  async write(bytes: string | Uint8Array): Promise<void> {
    if (this.#socket.destroyed || bytes.length === 0) return
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    await turn()
  }

  /** Stops reading, so that the client runs into back-pressure. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Closes this side. */
  async end(): Promise<void> {
    this.#socket.end()
    await turn()
  }

  /** Closes with a TCP reset. */
  async reset(): Promise<void> {
    this.#socket.resetAndDestroy()
    await turn()
  }

  #append(chunk: Buffer): void {
    if (this.#length + chunk.length > this.#bytes.length) {
      const grown = Buffer.alloc((this.#length + chunk.length) * 2)
      grown.set(this.received)
      this.#bytes = grown
    }
    this.#bytes.set(chunk, this.#length)
    this.#length += chunk.length
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve
    })
  }
}

/** Long enough for everything that is already in a socket's buffer to be read: two passes of the event loop. */
export async function turn(): Promise<void> {
  for (let pass = 0; pass < 2; pass++) await new Promise((resolve) => setImmediate(resolve))
}
