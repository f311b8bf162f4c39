import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Status } from '../status.ts'

const OK = 0
const JOIN_LIMIT = 65_536

/** The answering side of one gRPC call. */
export class GrpcExchange {
  readonly #stream: ServerHttp2Stream
  #answering = false
  #finished = false

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
  }

  /** Whether the call has ended, by us or by the client. */
  get ended(): boolean {
    return this.#finished || this.#stream.destroyed || this.#stream.closed
  }

  send(message: Uint8Array): void {
    if (this.ended) return
    this.#begin({})
    for (const part of frame(message)) this.#stream.write(part)
  }

  /** Sends the only message and ends the call. */
  reply(message: Uint8Array, trailers: OutgoingHttpHeaders = {}): void {
    if (this.ended) return
    this.#begin(trailers)
    this.#finished = true
    const [first, rest] = frame(message)
    if (rest === undefined) this.#stream.end(first)
    else {
      this.#stream.write(first)
      this.#stream.end(rest)
    }
  }

  /** Ends the call after the messages that were sent. */
  finish(): void {
    if (this.ended) return
    this.#begin({})
    this.#finished = true
    this.#stream.end()
  }

  fail(status: Status, message: string): void {
    if (this.ended) return
    this.#finished = true
    const trailers = { 'grpc-status': status, 'grpc-message': percentEncode(message) }
    if (this.#answering) {
      this.#stream.removeAllListeners('wantTrailers')
      this.#stream.once('wantTrailers', () => this.#stream.sendTrailers(trailers))
      this.#stream.end()
    } else {
      this.#stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', ...trailers },
        { endStream: true },
      )
    }
  }

  #begin(trailers: OutgoingHttpHeaders): void {
    if (this.#answering) return
    this.#answering = true
    const stream = this.#stream
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': OK, ...trailers }))
  }
}

/** One buffer for a small message, so that it takes one frame; a large one is not copied. */
function frame(message: Uint8Array): [Buffer, Uint8Array?] {
  const joins = message.byteLength <= JOIN_LIMIT
  const buffer = Buffer.allocUnsafe(joins ? 5 + message.byteLength : 5)
  buffer[0] = 0
  buffer.writeUInt32BE(message.byteLength, 1)
  if (!joins) return [buffer, message]
  buffer.set(message, 5)
  return [buffer]
}

/** The protocol's percent-encoding: everything but printable ASCII, and the percent sign. */
function percentEncode(message: string): string {
  return message.toWellFormed().replace(/[^ -$&-~]/gu, encodeURIComponent)
}
