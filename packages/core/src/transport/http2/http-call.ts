import { FailureKind } from '../../engine/outcome.ts'
import type { Exchange } from '../../engine/session.ts'
import type { AnswerObserver } from '../http1/answer-observer.ts'
import type { FieldBlock } from './field-block.ts'
import { ErrorCode } from './frame.ts'
import type { LinkOwner } from './link.ts'
import type { RequestTemplate } from './message.ts'
import type { Field } from './static-table.ts'
import { Http2Stream } from './stream.ts'

/** What HTTP reads out of the header of an answer. */
export interface HttpFields {
  /** −1 when there is none, −2 when there are several that differ or it is no number. */
  readonly contentLength: number
}

/** What all answers of a session share. */
export interface HttpCallSettings {
  readonly exchange: Exchange
  readonly observer: AnswerObserver | null
  /** `accepted[status]` is 1 for statuses that count as success. */
  readonly accepted: Uint8Array
  readonly maxResponseBytes: number
}

export function readHttpFields(fields: readonly Field[]): HttpFields {
  let contentLength = -1
  for (const { name, value } of fields) {
    if (name !== 'content-length') continue
    const length = /^\d{1,15}$/.test(value) ? Number(value) : -2
    contentLength = contentLength === -1 || contentLength === length ? length : -2
  }
  return { contentLength }
}

/** The plain HTTP requests of one slot, one after the other. */
export class HttpCall extends Http2Stream<HttpFields> {
  readonly #slot: number
  readonly #owner: LinkOwner
  readonly #settings: HttpCallSettings
  #isHead = false
  #status = 0
  #contentLength = -1
  #bytes = 0
  #capturing = false

  constructor(slot: number, owner: LinkOwner, settings: HttpCallSettings) {
    super()
    this.#slot = slot
    this.#owner = owner
    this.#settings = settings
  }

  override onStarted({ headers }: RequestTemplate): void {
    this.#isHead = headers.isHead
    this.#status = 0
    this.#bytes = 0
  }

  override onReleased(): void {}

  override onSent(): void {
    this.#settings.exchange.sent(this.#slot)
  }

  override onHeaders(block: FieldBlock<HttpFields>): void {
    this.#readHead(block)
    if (this.#contentLength === -2) this.#giveUp(FailureKind.protocol)
    else if (this.#contentLength > this.#settings.maxResponseBytes && !this.#isHead)
      this.#giveUp(FailureKind.tooLarge)
  }

  override onData(buffer: Buffer, start: number, end: number): void {
    const { exchange, observer, maxResponseBytes } = this.#settings
    this.#bytes += end - start
    if (this.#bytes > maxResponseBytes) {
      this.#giveUp(FailureKind.tooLarge)
      return
    }
    if (this.#capturing) exchange.body(this.#slot, buffer, start, end)
    observer?.body?.(this.#slot, buffer, start, end)
  }

  override onTrailers(block: FieldBlock<HttpFields>): void {
    if (this.#status === 0) this.#readHead(block)
    else if (this.#capturing)
      this.#settings.exchange.trailers?.(this.#slot, block.lines, 0, block.lines.length)
    this.#finish()
  }

  override onEnd(): void {
    this.#finish()
  }

  override onAborted(kind: FailureKind, code: number): void {
    this.#owner.settled(this.#slot, kind, code, 0)
  }

  #readHead(block: FieldBlock<HttpFields>): void {
    const { exchange, observer } = this.#settings
    const { lines, status } = block
    this.#status = status
    this.#contentLength = block.meaning.contentLength
    this.#capturing = exchange.capture[this.#slot] === 1
    exchange.firstByte(this.#slot)
    if (this.#capturing) exchange.head(this.#slot, status, lines, 0, lines.length)
    observer?.head?.(this.#slot, status, lines, 0, lines.length)
  }

  #finish(): void {
    const { observer, accepted } = this.#settings
    const slot = this.#slot
    const status = this.#status
    // RFC 9113, section 8.1.1: the content must be as long as announced, unless the answer has none by definition.
    const bodiless = status === 304 || this.#isHead
    if (this.#contentLength !== -1 && this.#contentLength !== this.#bytes && !bodiless) {
      this.#owner.settled(slot, FailureKind.protocol, 0, 0)
      return
    }
    const found = observer?.end?.(slot) ?? FailureKind.none
    if (accepted[status] !== 1) this.#owner.settled(slot, FailureKind.httpStatus, status, 0)
    else this.#owner.settled(slot, found, 0, this.#bytes)
  }

  #giveUp(kind: FailureKind): void {
    this.connection?.cancel(this, ErrorCode.cancel)
    this.#owner.settled(this.#slot, kind, 0, 0)
  }
}
