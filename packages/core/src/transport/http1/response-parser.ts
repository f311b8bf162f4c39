import {
  createHead,
  HEADER_LIMIT,
  INCOMPLETE_HEAD,
  INVALID_HEAD,
  isTokenCharacter,
  isValueCharacter,
  parseHead,
} from './response-head.ts'
import type { ResponseHead } from './response-head.ts'

/** Receives what a {@link ResponseParser} finds; ranges are only valid during the call. */
export interface ResponseSink {
  /**
   * The head of the answer, not of an interim one: `[start, end)` are the header lines.
   * @returns whether `onBody` is wanted
   */
  onHead(status: number, buffer: Uint8Array, start: number, end: number): boolean
  /** A part of the content, free of chunked framing. */
  onBody(buffer: Uint8Array, start: number, end: number): void
}

/** What `feed` and `finish` return. */
export const Parsed = {
  /** The answer goes on. */
  more: 0,
  complete: 1,
  /** The answer violates HTTP/1.1; `problem` says how. */
  invalid: 2,
  tooLarge: 3,
} as const
export type Parsed = (typeof Parsed)[keyof typeof Parsed]

const State = {
  head: 0,
  counted: 1,
  untilClose: 2,
  chunkSize: 3,
  chunkExtension: 4,
  chunkSizeEnd: 5,
  chunkData: 6,
  chunkDataReturn: 7,
  chunkDataEnd: 8,
  trailerStart: 9,
  trailerName: 10,
  trailerValue: 11,
  trailerLineEnd: 12,
  trailersEnd: 13,
} as const
type State = (typeof State)[keyof typeof State]

const CR = 13
const LF = 10
const COLON = 58
const SEMICOLON = 59
const HEAD_TOO_LARGE = 'the head is too large'
/** Larger than any real chunk; keeps sizes exact in a double. */
const LARGEST_CHUNK = 281_474_976_710_656

/**
 * Reads the answers on one connection (RFC 9112 §6, §7), fed with whatever pieces arrive. Lives as long as its
 * connection and allocates only when a head arrives in several pieces.
 */
export class ResponseParser {
  readonly head: ResponseHead = createHead()
  /** After `complete`: where the answer ended in the fed range. */
  at = 0
  /** Content received so far. */
  bodyBytes = 0
  /** Whether any byte of an answer, interim ones included, has arrived. */
  started = false
  /** Whether the connection may carry another exchange after this answer, as far as the answer decides it. */
  reusable = false
  /** What was wrong, after `invalid`. */
  problem = ''
  readonly #sink: ResponseSink
  readonly #limit: number
  #state: State = State.head
  #bodiless = false
  #deliver = false
  /** Bytes left in a counted body or chunk. */
  #remaining = 0
  #sized = false
  /** Bytes of one chunk's size and extensions, or of the trailers. */
  #overhead = 0
  #held: Buffer | undefined
  #heldLength = 0

  /** @param limit content above this many bytes is `tooLarge` */
  constructor(sink: ResponseSink, limit: number) {
    this.#sink = sink
    this.#limit = limit
  }

  /** Prepares for the next answer. @param headRequest the answer has no content whatever it says */
  begin(headRequest: boolean): void {
    this.#state = State.head
    this.#bodiless = headRequest
    this.#heldLength = 0
    this.#overhead = 0
    this.bodyBytes = 0
    this.started = false
    this.reusable = false
  }

  /** Takes the next bytes of the answer; after `complete`, what lies behind `at` belongs to no answer. */
  feed(buffer: Uint8Array, start: number, end: number): Parsed {
    this.started = true
    let at = start
    while (at < end) {
      switch (this.#state) {
        case State.head: {
          // Empty lines between answers, which old servers send.
          if (this.#heldLength === 0) {
            while (at < end && (buffer[at] === CR || buffer[at] === LF)) at += 1
            if (at === end) return Parsed.more
          }
          const next =
            this.#heldLength === 0 ? this.#readHead(buffer, at, end) : this.#extendHead(buffer, at, end)
          if (next === INCOMPLETE_HEAD) return Parsed.more
          if (next === INVALID_HEAD) return Parsed.invalid
          at = next
          const outcome = this.#enterBody()
          if (outcome !== Parsed.more) {
            this.at = at
            return outcome
          }
          break
        }
        case State.counted: {
          const stop = Math.min(end, at + this.#remaining)
          this.#take(buffer, at, stop)
          at = stop
          if (this.#remaining === 0) {
            this.at = at
            return Parsed.complete
          }
          break
        }
        case State.untilClose:
          if (this.bodyBytes + end - at > this.#limit) return Parsed.tooLarge
          this.#remaining = end - at
          this.#take(buffer, at, end)
          return Parsed.more
        case State.chunkData: {
          const stop = Math.min(end, at + this.#remaining)
          this.#take(buffer, at, stop)
          at = stop
          if (this.#remaining === 0) this.#state = State.chunkDataReturn
          break
        }
        default: {
          const outcome = this.#readFraming(buffer[at] as number)
          at += 1
          if (outcome !== Parsed.more) {
            this.at = at
            return outcome
          }
        }
      }
    }
    return Parsed.more
  }

  /** The peer sends nothing more. */
  finish(): Parsed {
    if (this.#state === State.untilClose) return Parsed.complete
    this.problem = 'the connection ended within the answer'
    return Parsed.invalid
  }

  #take(buffer: Uint8Array, start: number, stop: number): void {
    this.#remaining -= stop - start
    this.bodyBytes += stop - start
    if (this.#deliver) this.#sink.onBody(buffer, start, stop)
  }

  /** @returns where the content begins in `buffer`, or why not yet or not at all */
  #readHead(buffer: Uint8Array, start: number, end: number): number {
    const next = parseHead(buffer, start, end, this.head)
    if (next === INVALID_HEAD) return this.#fail(this.head.problem)
    if (next === INCOMPLETE_HEAD) {
      this.#hold(buffer, start, end)
      return this.#waitForHead()
    }
    if (next - start > HEADER_LIMIT) return this.#fail(HEAD_TOO_LARGE)
    this.#announce(buffer)
    return next
  }

  /** Adds to a head of which a part has arrived before. */
  #extendHead(buffer: Uint8Array, start: number, end: number): number {
    const before = this.#heldLength
    this.#hold(buffer, start, end)
    const held = this.#held as Buffer
    // Reading from the start again is only worth it when a line is complete, or early on, to recognise garbage.
    const line = held.indexOf(LF, before)
    if (this.#heldLength > 16 && (line === -1 || line >= this.#heldLength)) return this.#waitForHead()
    const next = parseHead(held, 0, this.#heldLength, this.head)
    if (next === INVALID_HEAD) return this.#fail(this.head.problem)
    if (next === INCOMPLETE_HEAD) return this.#waitForHead()
    if (next > HEADER_LIMIT) return this.#fail(HEAD_TOO_LARGE)
    this.#announce(held)
    this.#heldLength = 0
    return start + next - before
  }

  #waitForHead(): number {
    return this.#heldLength > HEADER_LIMIT ? this.#fail(HEAD_TOO_LARGE) : INCOMPLETE_HEAD
  }

  /** Keeps a piece of the head: at most one byte more than its limit. */
  #hold(buffer: Uint8Array, start: number, end: number): void {
    const stop = Math.min(end, start + HEADER_LIMIT + 1 - this.#heldLength)
    const length = this.#heldLength + stop - start
    if (this.#held === undefined || this.#held.length < length) {
      const grown = Buffer.allocUnsafe(Math.max(4096, length * 2))
      if (this.#held !== undefined) grown.set(this.#held.subarray(0, this.#heldLength))
      this.#held = grown
    }
    this.#held.set(buffer.subarray(start, stop), this.#heldLength)
    this.#heldLength = length
  }

  #announce(buffer: Uint8Array): void {
    const { status, linesStart, linesEnd } = this.head
    if (status >= 200) this.#deliver = this.#sink.onHead(status, buffer, linesStart, linesEnd)
  }

  /** RFC 9112 §6.3: how long the content is. */
  #enterBody(): Parsed {
    const { head } = this
    const { status, contentLength } = head
    if (status === 101) return this.#reject('the server switched protocols without being asked')
    if (status < 200) return Parsed.more
    if (this.#bodiless || status === 204 || status === 304) {
      this.reusable = head.keepAlive && (status !== 204 || (contentLength <= 0 && !head.hasTransferEncoding))
      return Parsed.complete
    }
    if (head.hasTransferEncoding) {
      if (contentLength !== -1) return this.#reject('there are both Content-Length and Transfer-Encoding')
      this.#state = head.chunked ? State.chunkSize : State.untilClose
      this.reusable = head.chunked && head.keepAlive
      this.#sized = false
      this.#remaining = 0
      return Parsed.more
    }
    if (contentLength === -1) {
      this.#state = State.untilClose
      return Parsed.more
    }
    this.reusable = head.keepAlive
    if (contentLength > this.#limit) return Parsed.tooLarge
    this.#remaining = contentLength
    this.#state = State.counted
    return contentLength === 0 ? Parsed.complete : Parsed.more
  }

  /** One byte of chunked framing (RFC 9112 §7.1). */
  #readFraming(byte: number): Parsed {
    switch (this.#state) {
      case State.chunkSize: {
        const digit = hexDigit(byte)
        if (digit >= 0) {
          this.#remaining = this.#remaining * 16 + digit
          this.#sized = true
          return this.#remaining > LARGEST_CHUNK ? this.#reject('a chunk size is too large') : this.#count()
        }
        if (!this.#sized) return this.#reject('a chunk has no size')
        if (byte === CR) this.#state = State.chunkSizeEnd
        else if (byte === SEMICOLON) this.#state = State.chunkExtension
        else return this.#reject('a chunk size is malformed')
        return Parsed.more
      }
      case State.chunkExtension:
        if (byte === CR) this.#state = State.chunkSizeEnd
        else if (!isValueCharacter(byte))
          return this.#reject('a chunk extension contains a control character')
        return this.#count()
      case State.chunkSizeEnd:
        if (byte !== LF) return this.#reject('a chunk size is not followed by CRLF')
        if (this.bodyBytes + this.#remaining > this.#limit) return Parsed.tooLarge
        this.#state = this.#remaining === 0 ? State.trailerStart : State.chunkData
        return Parsed.more
      case State.chunkDataReturn:
        if (byte !== CR) return this.#reject('a chunk is longer than its size')
        this.#state = State.chunkDataEnd
        return Parsed.more
      case State.chunkDataEnd:
        if (byte !== LF) return this.#reject('a chunk is longer than its size')
        this.#sized = false
        this.#remaining = 0
        this.#overhead = 0
        this.#state = State.chunkSize
        return Parsed.more
      case State.trailerStart:
        if (byte === CR) this.#state = State.trailersEnd
        else if (isTokenCharacter(byte)) this.#state = State.trailerName
        else return this.#reject('a trailer is malformed')
        return this.#count()
      case State.trailerName:
        if (byte === COLON) this.#state = State.trailerValue
        else if (!isTokenCharacter(byte)) return this.#reject('a trailer is malformed')
        return this.#count()
      case State.trailerValue:
        if (byte === CR) this.#state = State.trailerLineEnd
        else if (!isValueCharacter(byte)) return this.#reject('a trailer contains a control character')
        return this.#count()
      case State.trailerLineEnd:
        if (byte !== LF) return this.#reject('a trailer contains a bare CR')
        this.#state = State.trailerStart
        return this.#count()
      default:
        return byte === LF ? Parsed.complete : this.#reject('the trailers do not end with CRLF')
    }
  }

  #count(): Parsed {
    this.#overhead += 1
    return this.#overhead > HEADER_LIMIT
      ? this.#reject('chunk extensions or trailers are too large')
      : Parsed.more
  }

  #reject(problem: string): Parsed {
    this.problem = problem
    return Parsed.invalid
  }

  #fail(problem: string): number {
    this.problem = problem
    return INVALID_HEAD
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}
