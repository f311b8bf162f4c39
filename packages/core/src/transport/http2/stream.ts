import type { FailureKind } from '../../engine/outcome.ts'
import type { Http2Connection } from './connection.ts'
import type { FieldBlock } from './field-block.ts'
import type { Message, RequestTemplate } from './message.ts'

/** A part of a request that waits for earlier parts or for the peer's window. */
export interface QueuedMessage {
  readonly message: Message
  /** The beginning of the message with its patch points filled in; empty without any. */
  readonly head: Buffer
}

/**
 * One request and its answer on a connection. The fields belong to the connection; the object is used again for later
 * requests, so nothing is allocated per request. The connection has let go of the stream before it calls `onTrailers`,
 * `onEnd` or `onAborted`: these may start the next request at once.
 */
export abstract class Http2Stream<Meaning> {
  /** 0 while not on a connection. */
  id = 0
  connection: Http2Connection<Meaning> | undefined = undefined
  /** What the peer allows to be sent; negative after it reduced its initial window. */
  sendWindow = 0
  /** Bytes received since the last WINDOW_UPDATE. */
  received = 0
  answered = false
  /** Whether the request is not yet complete. */
  sending = false
  /** Whether `onSent` was called for this request, or will be by the next flush. */
  sentMarked = false
  /** What is being sent, and how far. */
  message: Message | undefined = undefined
  head: Buffer | undefined = undefined
  offset = 0
  readonly queue: QueuedMessage[] = []
  endQueued = false
  blocked = false

  /** The request is about to be written. */
  abstract onStarted(template: RequestTemplate): void
  /** The connection lets go of the stream; nothing that has arrived for it counts any more. */
  abstract onReleased(): void
  /** The operating system has the whole first message. */
  abstract onSent(): void
  /** The header of the answer; what follows decides how it ends. */
  abstract onHeaders(block: FieldBlock<Meaning>): void
  /** A piece of the answer; may be called several times for one frame. */
  abstract onData(buffer: Buffer, start: number, end: number): void
  /** The answer ended with trailers, or consists of nothing but a header: `onHeaders` is not called then. */
  abstract onTrailers(block: FieldBlock<Meaning>): void
  /** The answer ended without trailers. */
  abstract onEnd(): void
  /** The stream or its connection ended before the answer was complete. */
  abstract onAborted(kind: FailureKind, code: number): void
}
