import type { FailureExamples } from '@servebench/plugin-oip/dialect'
import { FailureKind } from 'servebench/session'
import type {
  Exchange,
  GrpcObserver,
  Patch,
  Prepared,
  SessionContext,
  SessionStatistics,
  TargetSession,
} from 'servebench/session'
import { StreamAnswer } from './stream-answer.ts'

/** Makes the session whose slots are streams. */
export type OpenStreams = (context: SessionContext<unknown>, observer: GrpcObserver) => Promise<TargetSession>

const NONE = -1
const EMPTY: Uint8Array = new Uint8Array()
const ID_DIGITS = 16
const WORD_DIGITS = 8

/**
 * Requests that share long streams, one for each connection. A request's id holds its slot and how often that was used:
 * answers find their request by it, and those of requests that were given up find none.
 */
export class SharedSession implements TargetSession {
  readonly #exchange: Exchange
  readonly #examples: FailureExamples
  readonly #patch: Patch = { unit: 0, saltLow: 0, saltHigh: 0, sequence: 0, start: true, end: true }
  readonly #answer = new StreamAnswer()
  #streams: TargetSession | null = null
  /** By slot: its stream, or none; how often it was used; bytes of answers so far. */
  readonly #stream: Int32Array
  readonly #uses: Uint32Array
  readonly #bytes: Float64Array
  readonly #headed: Uint8Array
  /** By stream: whether it is open, and its requests in flight. */
  readonly #isOpen: Uint8Array
  readonly #load: Int32Array

  static async open(
    context: SessionContext<unknown>,
    examples: FailureExamples,
    openStreams: OpenStreams,
  ): Promise<SharedSession> {
    const { count } = context.connections
    const session = new SharedSession(context, examples, count)
    session.#streams = await openStreams(
      {
        ...context,
        exchange: new StreamEvents(context.exchange, count, (stream, kind, code) =>
          session.#lose(stream, kind, code),
        ),
        exchangeKind: 'stream',
        slots: count,
        connections: { ...context.connections, streams: 1, reuse: 'keep-alive' },
      },
      { message: (stream, buffer, start, end) => session.#receive(stream, buffer, start, end) },
    )
    return session
  }

  private constructor(
    { exchange, slots }: SessionContext<unknown>,
    examples: FailureExamples,
    streams: number,
  ) {
    this.#exchange = exchange
    this.#examples = examples
    this.#stream = new Int32Array(slots).fill(NONE)
    this.#uses = new Uint32Array(slots)
    this.#bytes = new Float64Array(slots)
    this.#headed = new Uint8Array(slots)
    this.#isOpen = new Uint8Array(streams)
    this.#load = new Int32Array(streams)
  }

  connect(): Promise<void> {
    return this.#inner.connect()
  }

  open(slot: number, prepared: Prepared, from: Patch): void {
    const stream = this.#leastLoaded()
    const uses = ((this.#uses[slot] as number) + 1) >>> 0
    this.#uses[slot] = uses
    this.#stream[slot] = stream
    this.#bytes[slot] = 0
    this.#headed[slot] = 0
    this.#load[stream]! += 1
    const patch = this.#patch
    patch.unit = from.unit
    patch.saltLow = slot
    patch.saltHigh = uses
    patch.sequence = from.sequence
    patch.start = from.start
    patch.end = from.end
    if (this.#isOpen[stream] === 1) {
      this.#inner.write(stream, prepared, patch)
    } else {
      this.#isOpen[stream] = 1
      this.#inner.open(stream, prepared, patch)
    }
    // The stream does not tell when a message has gone: it has, unless the connection is held up.
    if (this.#stream[slot] === stream && this.#uses[slot] === uses) this.#exchange.sent(slot)
  }

  /** A request is one message: there is no further one. */
  write(): void {}

  end(): void {}

  /** The server cannot be told: its answers will find nobody. */
  cancel(slot: number): void {
    if (this.#stream[slot] === NONE) return
    this.#release(slot)
    this.#exchange.fail(slot, FailureKind.cancelled, 0)
  }

  statistics(): SessionStatistics {
    return this.#inner.statistics()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]()
  }

  get #inner(): TargetSession {
    return this.#streams as TargetSession
  }

  #leastLoaded(): number {
    let best = 0
    for (let stream = 1; stream < this.#load.length; stream++) {
      if ((this.#load[stream] as number) < (this.#load[best] as number)) best = stream
    }
    return best
  }

  #release(slot: number): void {
    this.#load[this.#stream[slot] as number]! -= 1
    this.#stream[slot] = NONE
  }

  #receive(stream: number, buffer: Uint8Array, start: number, end: number): number {
    const answer = this.#answer
    if (!answer.read(buffer, start, end)) return 1
    const slot = this.#findSlot(buffer, answer, stream)
    if (slot === NONE) return 1
    const exchange = this.#exchange
    const { errorStart, errorEnd, final, hasOutputs } = answer
    exchange.firstByte(slot)
    if (errorEnd > errorStart) {
      this.#examples.add('application', Buffer.from(buffer.subarray(errorStart, errorEnd)).toString())
      this.#release(slot)
      exchange.fail(slot, FailureKind.application, 0)
      return 1
    }
    if (hasOutputs) {
      this.#bytes[slot]! += end - start
      if (exchange.capture[slot] === 1) {
        if (this.#headed[slot] === 0) exchange.head(slot, 200, EMPTY, 0, 0)
        this.#headed[slot] = 1
        exchange.body(slot, buffer, start, end)
      }
      exchange.message(slot, end - start, 1, final)
    }
    if (final) {
      const bytes = this.#bytes[slot] as number
      this.#release(slot)
      exchange.done(slot, bytes)
    }
    return 1
  }

  #findSlot(buffer: Uint8Array, { idStart, idEnd }: StreamAnswer, stream: number): number {
    if (idEnd - idStart !== ID_DIGITS) return NONE
    const uses = readHex(buffer, idStart)
    const slot = readHex(buffer, idStart + WORD_DIGITS)
    return slot < this.#stream.length && this.#stream[slot] === stream && this.#uses[slot] === uses
      ? slot
      : NONE
  }

  /** A stream is gone, and its requests with it. */
  #lose(stream: number, kind: FailureKind, code: number): void {
    this.#isOpen[stream] = 0
    for (let slot = 0; slot < this.#stream.length; slot++) {
      if (this.#stream[slot] !== stream) continue
      this.#release(slot)
      this.#exchange.fail(slot, kind, code)
    }
  }
}

/** What the streams' own session tells: only that one is gone. */
class StreamEvents implements Exchange {
  readonly capture: Uint8Array
  readonly #exchange: Exchange
  readonly #lose: (stream: number, kind: FailureKind, code: number) => void

  constructor(
    exchange: Exchange,
    streams: number,
    lose: (stream: number, kind: FailureKind, code: number) => void,
  ) {
    this.capture = new Uint8Array(streams)
    this.#exchange = exchange
    this.#lose = lose
  }

  connected(): void {}
  sent(): void {}
  firstByte(): void {}
  message(): void {}
  serverStage(): void {}
  head(): void {}
  body(): void {}

  done(stream: number): void {
    this.#lose(stream, FailureKind.closed, 0)
  }

  fail(stream: number, kind: FailureKind, code: number): void {
    this.#lose(stream, kind, code)
  }

  blocked(reason: Parameters<Exchange['blocked']>[0]): void {
    this.#exchange.blocked(reason)
  }

  ready(): void {
    this.#exchange.ready()
  }
}

/** −1 or another number that no slot has, for what is no number. */
function readHex(buffer: Uint8Array, start: number): number {
  let value = 0
  for (let at = start; at < start + WORD_DIGITS; at++) {
    const byte = buffer[at] as number
    const digit = byte <= 57 ? byte - 48 : byte - 87
    if (digit < 0 || digit > 15) return Infinity
    value = value * 16 + digit
  }
  return value
}
