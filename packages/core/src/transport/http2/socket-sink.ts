import type { Socket } from 'node:net'
import type { ConnectionSink } from './connection.ts'
import { Written } from './outbox.ts'

const EMPTY = Buffer.alloc(0)
/** One TLS record: written to an idle connection, it is in the kernel when `write` returns, although Node says so later. */
const TLS_RECORD = 16_384
/** How long the peer may take to read what is left and to close its side. */
const LINGER_MS = 1000

/** The way from a connection's outbox into a socket. */
export class SocketSink implements ConnectionSink {
  readonly #socket: Socket
  readonly #secure: boolean
  readonly #onDrained: () => void
  #ended = false

  /** @param onDrained called after each write that `write` did not call done */
  constructor(socket: Socket, secure: boolean, onDrained: () => void) {
    this.#socket = socket
    this.#secure = secure
    this.#onDrained = onDrained
  }

  write(chunks: readonly Uint8Array[]): Written {
    const socket = this.#socket
    // Nobody reads this any more; the connection learns from the socket's events.
    if (socket.destroyed || this.#ended) return Written.done
    let bytes = 0
    if (chunks.length === 1) {
      const chunk = chunks[0] as Uint8Array
      bytes = chunk.length
      socket.write(chunk)
    } else {
      socket.cork()
      for (const chunk of chunks) {
        bytes += chunk.length
        socket.write(chunk)
      }
      socket.uncork()
    }
    if (socket.writableLength === 0) return Written.done
    socket.write(EMPTY, this.#onWritten)
    return this.#secure && bytes <= TLS_RECORD ? Written.handedOver : Written.later
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    const socket = this.#socket
    socket.end()
    socket.setTimeout(LINGER_MS, () => socket.destroy())
    socket.unref()
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error === undefined || error === null) this.#onDrained()
  }
}
