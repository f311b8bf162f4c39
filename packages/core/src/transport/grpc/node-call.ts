import type { ClientHttp2Stream } from 'node:http2'
import { FailureKind } from '../../engine/outcome.ts'
import { applyPatches } from '../../engine/patch.ts'
import type { Exchange, Patch, Prepared } from '../../engine/session.ts'
import { FieldBlock } from '../http2/field-block.ts'
import { ErrorCode, Flag } from '../http2/frame.ts'
import { GrpcAnswer } from './grpc-answer.ts'
import type { GrpcAnswerSettings } from './grpc-answer.ts'
import { readGrpcFields } from './grpc-fields.ts'
import type { GrpcFields } from './grpc-fields.ts'

/** Who carries a {@link NodeCall}. */
export interface NodeCallOwner {
  /** The call is over and has let go of its stream. */
  callEnded(slot: number, kind: FailureKind, code: number, bytesIn: number): void
  /** What ended a stream that neither the server nor this side has reset. */
  readonly lossKind: FailureKind
}

/** One call on a stream of Node's own client. */
export class NodeCall {
  readonly #slot: number
  readonly #owner: NodeCallOwner
  readonly #exchange: Exchange
  readonly #answer: GrpcAnswer
  readonly #stream: ClientHttp2Stream
  #over = false
  #trailers: FieldBlock<GrpcFields> | undefined

  constructor(slot: number, owner: NodeCallOwner, settings: GrpcAnswerSettings, stream: ClientHttp2Stream) {
    this.#slot = slot
    this.#owner = owner
    this.#exchange = settings.exchange
    this.#answer = new GrpcAnswer(settings, slot)
    this.#stream = stream
    this.#answer.begin()
    stream.on('response', (_headers, flags, raw) => this.#onHeaders(flags, raw))
    stream.on('data', (chunk: Buffer) => this.#onData(chunk))
    stream.on('trailers', (_headers, _flags, raw) => {
      this.#trailers = blockOf(raw)
    })
    stream.on('end', () => this.#onEnd())
    stream.on('close', () => this.#onClose())
    // Followed by 'close', which knows more.
    stream.on('error', () => {})
  }

  send(prepared: Prepared, patch: Patch, first: boolean, ends: boolean): void {
    let bytes = prepared.bytes
    if (prepared.patches.length > 0) {
      bytes = Buffer.from(bytes)
      applyPatches(bytes, 0, prepared.patches, patch)
    }
    const onWritten = (error?: Error | null): void => {
      if (first && !this.#over && (error === undefined || error === null)) this.#exchange.sent(this.#slot)
    }
    if (ends) this.#stream.end(bytes, onWritten)
    else this.#stream.write(bytes, onWritten)
  }

  end(): void {
    this.#stream.end()
  }

  /** Resets the stream; nothing is told. */
  cancel(): void {
    this.#over = true
    this.#answer.abandon()
    this.#stream.close(ErrorCode.cancel)
  }

  #onHeaders(flags: number, raw: readonly string[]): void {
    if (this.#over) return
    const block = blockOf(raw)
    if ((flags & Flag.endStream) !== 0) {
      this.#trailers = block
      return
    }
    const kind = this.#answer.head(block)
    if (kind !== FailureKind.none) this.#giveUp(kind)
  }

  #onData(chunk: Buffer): void {
    if (this.#over) return
    const kind = this.#answer.data(chunk, 0, chunk.length)
    if (kind !== FailureKind.none) this.#giveUp(kind)
  }

  /** Node also emits 'end' when a stream was reset; then 'close' settles. */
  #onEnd(): void {
    if (this.#over || this.#stream.rstCode !== 0 || this.#stream.aborted || this.#stream.destroyed) return
    const answer = this.#answer
    answer.finish(this.#trailers)
    if (!this.#stream.writableEnded) this.#stream.close(ErrorCode.cancel)
    this.#settle(answer.kind, answer.code, answer.bytes)
  }

  #onClose(): void {
    const code = this.#stream.rstCode ?? 0
    const lost = this.#owner.lossKind
    if (lost !== FailureKind.none) this.#settle(lost, 0, 0)
    else this.#settle(FailureKind.aborted, code, 0)
  }

  #giveUp(kind: FailureKind): void {
    this.#stream.close(ErrorCode.cancel)
    this.#settle(kind, 0, 0)
  }

  #settle(kind: FailureKind, code: number, bytesIn: number): void {
    if (this.#over) return
    this.#over = true
    this.#owner.callEnded(this.#slot, kind, code, bytesIn)
  }
}

/** Node's flat list of names and values. */
function blockOf(raw: readonly string[]): FieldBlock<GrpcFields> {
  const fields = []
  for (let index = 0; index + 1 < raw.length; index += 2)
    fields.push({ name: (raw[index] as string).toLowerCase(), value: raw[index + 1] as string })
  return new FieldBlock(fields, readGrpcFields(fields))
}
