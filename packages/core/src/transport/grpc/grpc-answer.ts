import { FailureKind } from '../../engine/outcome.ts'
import type { Exchange } from '../../engine/session.ts'
import type { FieldBlock } from '../http2/field-block.ts'
import type { GrpcFields } from './grpc-fields.ts'
import { statusOfHttp } from './grpc-fields.ts'
import type { GrpcObserver } from './grpc-observer.ts'

/** What all answers of a session share. */
export interface GrpcAnswerSettings {
  readonly exchange: Exchange
  readonly observer: GrpcObserver | null
  /** A longer message is `tooLarge`. */
  readonly maxMessageBytes: number
  /** Whether an answer has exactly one message. */
  readonly single: boolean
}

type Block = FieldBlock<GrpcFields>

const PREFIX_BYTES = 5
const OK = 200

/**
 * Reads the answers of one slot (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) and tells the core
 * about them, except how they end: that is in `kind`, `code` and `bytes` after `finish`.
 */
export class GrpcAnswer {
  kind: FailureKind = FailureKind.none
  code = 0
  /** Bytes of all messages. */
  bytes = 0
  readonly #settings: GrpcAnswerSettings
  readonly #slot: number
  /** Changes when the answer ends, to notice that a callback ended it. */
  #run = 0
  #httpStatus = 0
  #encoded = false
  #answered = false
  #capturing = false
  #messages = 0
  /** Bytes of the message's prefix that have arrived. */
  #prefix = 0
  #compressed = false
  #length = 0
  /** Bytes of the message that have not arrived. */
  #left = 0
  /** What the observer needs of a message that arrives in pieces. */
  #held: Buffer = Buffer.alloc(0)
  #heldBytes = 0

  constructor(settings: GrpcAnswerSettings, slot: number) {
    this.#settings = settings
    this.#slot = slot
  }

  /** Prepares for the next answer. */
  begin(): void {
    this.#run += 1
    this.kind = FailureKind.none
    this.code = 0
    this.bytes = 0
    this.#answered = false
    this.#httpStatus = 0
    this.#messages = 0
    this.#prefix = 0
    this.#left = 0
    this.#heldBytes = 0
  }

  /** Nothing more is told about this answer, not even what is left of the range that is being read. */
  abandon(): void {
    this.#run += 1
  }

  /** The header of the answer. Anything but `none` ends the exchange. */
  head(block: Block): FailureKind {
    const { exchange, observer } = this.#settings
    const slot = this.#slot
    exchange.firstByte(slot)
    this.#answered = true
    this.#httpStatus = block.status
    this.#encoded = block.meaning.encoded
    this.#capturing = exchange.capture[slot] === 1
    if (this.#capturing) exchange.head(slot, block.status, block.lines, 0, block.lines.length)
    if (observer?.head !== undefined) observer.head(slot, block.status, block.lines, 0, block.lines.length)
    return block.status === OK && !block.meaning.typed ? FailureKind.protocol : FailureKind.none
  }

  /** A part of the content. Anything but `none` ends the exchange. */
  data(buffer: Uint8Array, start: number, end: number): FailureKind {
    // The content of an HTTP error is not gRPC; its status comes at the end.
    if (this.#httpStatus !== OK) return FailureKind.none
    const run = this.#run
    let at = start
    while (at < end) {
      if (this.#prefix < PREFIX_BYTES) {
        at = this.#readPrefix(buffer, at, end)
        if (this.#prefix < PREFIX_BYTES) return FailureKind.none
        const problem = this.#checkPrefix()
        if (problem !== FailureKind.none) return problem
      }
      const count = Math.min(this.#left, end - at)
      this.#left -= count
      if (count > 0 && this.#capturing) this.#settings.exchange.body(this.#slot, buffer, at, at + count)
      if (this.#left === 0) {
        this.#completeMessage(buffer, at, at + count)
        if (this.#run !== run) return FailureKind.none
      } else if (this.#settings.observer?.message !== undefined) {
        this.#hold(buffer, at, at + count)
      }
      at += count
    }
    return FailureKind.none
  }

  /** The answer is complete. @param trailers `undefined` when it ended without; its header when there is nothing else */
  finish(trailers: Block | undefined): void {
    if (trailers === undefined) {
      this.#judge(-1)
      return
    }
    const { exchange, observer } = this.#settings
    const slot = this.#slot
    if (!this.#answered) {
      this.head(trailers)
    } else {
      const { lines } = trailers
      if (this.#capturing) exchange.trailers?.(slot, lines, 0, lines.length)
      if (observer?.trailers !== undefined) observer.trailers(slot, lines, 0, lines.length)
    }
    this.#judge(trailers.meaning.status)
  }

  #judge(status: number): void {
    if (status > 0) {
      this.kind = FailureKind.grpcStatus
      this.code = status
    } else if (this.#httpStatus !== OK) {
      this.kind = FailureKind.grpcStatus
      this.code = statusOfHttp(this.#httpStatus)
    } else if (status < 0 || this.#prefix > 0 || (this.#settings.single && this.#messages !== 1)) {
      this.kind = FailureKind.protocol
    } else {
      this.kind = this.#settings.observer?.end?.(this.#slot) ?? FailureKind.none
    }
  }

  #readPrefix(buffer: Uint8Array, start: number, end: number): number {
    let at = start
    if (this.#prefix === 0) {
      this.#compressed = false
      this.#length = 0
    }
    while (at < end && this.#prefix < PREFIX_BYTES) {
      const byte = buffer[at++] as number
      if (this.#prefix === 0) {
        // Any other flag than 0 and 1 is invalid, and so long a message is, too.
        this.#compressed = byte === 1
        if (byte > 1) this.#length = Infinity
      } else {
        this.#length = this.#length * 256 + byte
      }
      this.#prefix += 1
    }
    return at
  }

  #checkPrefix(): FailureKind {
    const { maxMessageBytes, single } = this.#settings
    if (this.#length === Infinity || (this.#compressed && !this.#encoded)) return FailureKind.protocol
    if (single && this.#messages > 0) return FailureKind.protocol
    if (this.#length > maxMessageBytes) return FailureKind.tooLarge
    this.#left = this.#length
    return FailureKind.none
  }

  /** `[start, end)` is the last part of the message. */
  #completeMessage(buffer: Uint8Array, start: number, end: number): void {
    const { exchange, observer, single } = this.#settings
    let units = 1
    if (observer?.message !== undefined) {
      if (this.#heldBytes === 0) {
        const wanted = Math.min(end - start, observer.messageBytes ?? Infinity)
        units = observer.message(this.#slot, buffer, start, start + wanted)
      } else {
        this.#hold(buffer, start, end)
        units = observer.message(this.#slot, this.#held, 0, this.#heldBytes)
        this.#heldBytes = 0
      }
    }
    this.#prefix = 0
    this.#messages += 1
    this.bytes += this.#length
    exchange.message(this.#slot, this.#length, units, single)
  }

  #hold(buffer: Uint8Array, start: number, end: number): void {
    const wanted = Math.min(this.#length, this.#settings.observer?.messageBytes ?? Infinity)
    if (this.#held.length < wanted) {
      const larger = Buffer.allocUnsafe(wanted)
      this.#held.copy(larger, 0, 0, this.#heldBytes)
      this.#held = larger
    }
    const stop = Math.min(end, start + wanted - this.#heldBytes)
    this.#held.set(buffer.subarray(start, stop), this.#heldBytes)
    this.#heldBytes += stop - start
  }
}
