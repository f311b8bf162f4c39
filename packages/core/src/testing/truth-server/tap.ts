import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type Frame, FrameSplitter } from './http2-frame.ts'

interface Wait {
  readonly type: number
  readonly stream: number
  /** Payload bytes of this type and stream that must still leave. */
  bytes: number
  readonly reached: () => void
}

/**
 * Lies between a socket and node:http2: tells when frames leave, lets raw bytes in between them, and silences streams
 * that have been ended behind node:http2's back.
 */
export class Tap extends Duplex {
  readonly #socket: Socket
  readonly #streamEnded: (stream: number) => void
  readonly #splitter = new FrameSplitter()
  readonly #muted = new Set<number>()
  #waits: Wait[] = []

  constructor(socket: Socket, streamEnded: (stream: number) => void) {
    super({ allowHalfOpen: true })
    this.#socket = socket
    this.#streamEnded = streamEnded
  }

  /** Bytes that the socket has read. */
  feed(chunk: Buffer): void {
    if (!this.push(chunk)) this.#socket.pause()
  }

  /** Writes bytes past node:http2. */
  inject(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Ends a stream with this frame; what node:http2 still sends on it is swallowed. */
  endStream(stream: number, frame: Buffer): void {
    this.#muted.add(stream)
    this.inject(frame)
    this.#streamEnded(stream)
  }

  /** Calls `reached` when frames of this type have left on this stream, with `bytes` bytes together, or one at least. */
  whenSent(type: number, stream: number, bytes: number, reached: () => void): void {
    this.#waits.push({ type, stream, bytes, reached })
  }

  #sent(frame: Frame): void {
    const { type, stream, length } = frame
    if (this.#waits.length > 0) {
      const done: Wait[] = []
      this.#waits = this.#waits.filter((wait) => {
        if (wait.type !== type || wait.stream !== stream) return true
        wait.bytes -= length
        if (wait.bytes > 0) return true
        done.push(wait)
        return false
      })
      for (const wait of done) wait.reached()
    }
    if (frame.endsStream) this.#streamEnded(stream)
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const frames = this.#splitter.push(chunk).filter(({ stream }) => !this.#muted.has(stream))
    this.#socket.cork()
    for (const { bytes } of frames) this.#socket.write(bytes)
    this.#socket.write('', callback)
    this.#socket.uncork()
    for (const frame of frames) this.#sent(frame)
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#socket.end(callback)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy()
    callback(error)
  }
}
