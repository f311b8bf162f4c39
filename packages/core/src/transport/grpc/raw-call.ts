import { FailureKind } from '../../engine/outcome.ts'
import type { Exchange } from '../../engine/session.ts'
import type { FieldBlock } from '../http2/field-block.ts'
import { ErrorCode } from '../http2/frame.ts'
import type { LinkOwner } from '../http2/link.ts'
import { Http2Stream } from '../http2/stream.ts'
import { GrpcAnswer } from './grpc-answer.ts'
import type { GrpcAnswerSettings } from './grpc-answer.ts'
import type { GrpcFields } from './grpc-fields.ts'

/** The calls of one slot on the dedicated HTTP/2 client, one after the other. */
export class RawCall extends Http2Stream<GrpcFields> {
  readonly #slot: number
  readonly #owner: LinkOwner
  readonly #exchange: Exchange
  readonly #answer: GrpcAnswer

  constructor(slot: number, owner: LinkOwner, settings: GrpcAnswerSettings) {
    super()
    this.#slot = slot
    this.#owner = owner
    this.#exchange = settings.exchange
    this.#answer = new GrpcAnswer(settings, slot)
  }

  override onStarted(): void {
    this.#answer.begin()
  }

  override onReleased(): void {
    this.#answer.abandon()
  }

  override onSent(): void {
    this.#exchange.sent(this.#slot)
  }

  override onHeaders(block: FieldBlock<GrpcFields>): void {
    const kind = this.#answer.head(block)
    if (kind !== FailureKind.none) this.#giveUp(kind)
  }

  override onData(buffer: Buffer, start: number, end: number): void {
    const kind = this.#answer.data(buffer, start, end)
    if (kind !== FailureKind.none) this.#giveUp(kind)
  }

  override onTrailers(block: FieldBlock<GrpcFields>): void {
    this.#finish(block)
  }

  override onEnd(): void {
    this.#finish(undefined)
  }

  override onAborted(kind: FailureKind, code: number): void {
    this.#owner.settled(this.#slot, kind, code, 0)
  }

  #finish(trailers: FieldBlock<GrpcFields> | undefined): void {
    const answer = this.#answer
    answer.finish(trailers)
    this.#owner.settled(this.#slot, answer.kind, answer.code, answer.bytes)
  }

  #giveUp(kind: FailureKind): void {
    this.connection?.cancel(this, ErrorCode.cancel)
    this.#owner.settled(this.#slot, kind, 0, 0)
  }
}
