import { readSync } from 'node:fs'
import { formatBytes } from '../../units/bytes.ts'
import { base64Problem, pathProblem } from './query-line.ts'
import { BODY_FACTOR, type QueryLines } from './query-plan.ts'

const NEWLINE = 10
const RETURN = 13
const SLASH = 47

/** What reading a line has led to. */
const Line = { end: 0, read: 1, tooLong: 2 } as const
type Line = (typeof Line)[keyof typeof Line]

export interface QueryReaderOptions {
  /** A descriptor that is open for reading; several readers may share it. */
  readonly file: number
  readonly lines: QueryLines
  readonly from: number
  readonly until: number
  readonly maxLine: number
  readonly base64: boolean
  /** Bytes read at once; what is kept in memory, unless a query is longer. */
  readonly block: number
  /** Called with the number of each line that is left out, counted from `from`, and what is wrong with it. */
  readonly onBad?: (line: number, problem: string) => void
  /** Called with all that is read, in order; the bytes are only valid during the call. */
  readonly onBytes?: (bytes: Uint8Array) => void
}

/**
 * Reads the queries that begin in one part of a file, one after the other, in bounded memory: without promises, and
 * without an object per query. What cannot be sent is left out.
 */
export class QueryReader {
  /** Holds the current query; like the four positions, valid until the next call. */
  buffer: Buffer
  urlStart = 0
  urlEnd = 0
  bodyStart = 0
  bodyEnd = 0
  /** Where the current query begins in the file. */
  position = 0

  readonly #options: QueryReaderOptions
  readonly #longestBody: number
  /** The bytes [base, base + length) of the file are at the beginning of the buffer; those before `keep` are not needed. */
  #base: number
  #length = 0
  #keep = 0
  /** What is read next. */
  #at = 0
  #ended = false
  /** Whether a path has been seen. */
  #begun = false
  #line = 0
  #lineStart = 0
  #lineEnd = 0

  constructor(options: QueryReaderOptions) {
    this.#options = options
    this.#longestBody = options.maxLine * BODY_FACTOR
    this.#base = options.from
    this.buffer = Buffer.allocUnsafeSlow(options.block)
  }

  /** Goes back to the beginning of the part. */
  rewind(): void {
    this.#base = this.#options.from
    this.#length = 0
    this.#keep = 0
    this.#at = 0
    this.#ended = false
    this.#begun = false
    this.#line = 0
  }

  /**
   * Reads the next query.
   * @returns `false` when the part has no more
   * @throws when the file cannot be read
   */
  next(): boolean {
    const { lines, until, maxLine } = this.#options
    for (;;) {
      this.#keep = this.#at
      this.position = this.#base + this.#at
      if (this.position >= until) return false
      const found = this.#readLine(lines === 'body' ? this.#longestBody : maxLine)
      if (found === Line.end) return false
      if (found === Line.tooLong) {
        this.#tooLong(lines === 'body' ? this.#longestBody : maxLine)
        if (lines === 'url-and-body') this.#skipBody()
        continue
      }
      if (this.#lineStart === this.#lineEnd) continue
      if (lines === 'body' ? this.#takeBody() : lines === 'url' ? this.#takeUrl() : this.#takePair())
        return true
    }
  }

  #takeUrl(): boolean {
    this.urlStart = this.#lineStart
    this.urlEnd = this.#lineEnd
    const problem = pathProblem(this.buffer, this.urlStart, this.urlEnd)
    if (problem === null) return true
    this.#options.onBad?.(this.#line, problem)
    return false
  }

  #takeBody(): boolean {
    this.bodyStart = this.#lineStart
    this.bodyEnd = this.#lineEnd
    return this.#isWhole(this.#line)
  }

  #takePair(): boolean {
    const { from, onBad } = this.#options
    const line = this.#line
    if (this.buffer[this.#lineStart] !== SLASH) {
      // A part that begins inside a body: that belongs to the part before.
      if (from === 0 || this.#begun) onBad?.(line, NO_PATH)
      this.#skipBody()
      return false
    }
    this.#begun = true
    const problem = pathProblem(this.buffer, this.#lineStart, this.#lineEnd)
    if (problem !== null) {
      onBad?.(line, problem)
      this.#skipBody()
      return false
    }
    // While the body is read, the buffer may move: until then, positions count from `keep`.
    const urlLength = this.#lineEnd - this.#lineStart
    const bodyFrom = this.#at - this.#keep
    let bodyUntil = bodyFrom
    while (this.#continues()) {
      const found = this.#readLine(this.#longestBody)
      bodyUntil = this.#lineEnd - this.#keep
      if (found === Line.read && bodyUntil - bodyFrom < this.#longestBody) continue
      onBad?.(line, `has a body that is not shorter than ${formatBytes(this.#longestBody)}`)
      this.#skipBody()
      return false
    }
    this.urlStart = this.#keep
    this.urlEnd = this.#keep + urlLength
    this.bodyStart = this.#keep + bodyFrom
    this.bodyEnd = this.#keep + bodyUntil
    if (bodyUntil === bodyFrom) {
      onBad?.(line, 'has no body after it')
      return false
    }
    return this.#isWhole(line)
  }

  #isWhole(line: number): boolean {
    if (!this.#options.base64) return true
    const problem = base64Problem(this.buffer, this.bodyStart, this.bodyEnd)
    if (problem !== null) this.#options.onBad?.(line, problem)
    return problem === null
  }

  #tooLong(limit: number): void {
    this.#options.onBad?.(this.#line, `is not shorter than ${formatBytes(limit)}`)
  }

  #skipBody(): void {
    for (;;) {
      this.#keep = this.#at
      if (!this.#continues()) return
      this.#readLine(this.#longestBody)
    }
  }

  /** Whether another line follows that is not a path. */
  #continues(): boolean {
    if (this.#at === this.#length && this.#fill() === 0) return false
    return this.buffer[this.#at] !== SLASH
  }

  #readLine(limit: number): Line {
    let from = this.#at
    for (;;) {
      const newline = this.buffer.indexOf(NEWLINE, from)
      if (newline !== -1 && newline < this.#length) return this.#endLine(newline, newline + 1, limit)
      if (this.#length - this.#at > limit + 1) return this.#discardLine()
      const read = this.#fill()
      from = this.#length - read
      if (read > 0) continue
      if (this.#at === this.#length) return Line.end
      return this.#endLine(this.#length, this.#length, limit)
    }
  }

  #endLine(end: number, next: number, limit: number): Line {
    this.#lineStart = this.#at
    this.#lineEnd = end > this.#at && this.buffer[end - 1] === RETURN ? end - 1 : end
    this.#at = next
    this.#line += 1
    return this.#lineEnd - this.#lineStart < limit ? Line.read : Line.tooLong
  }

  /** Reads over the rest of a line without keeping it. */
  #discardLine(): Line {
    this.#line += 1
    for (;;) {
      this.#keep = this.#length
      this.#at = this.#length
      if (this.#fill() === 0) return Line.tooLong
      const newline = this.buffer.indexOf(NEWLINE, this.#at)
      if (newline === -1 || newline >= this.#length) continue
      this.#at = newline + 1
      return Line.tooLong
    }
  }

  /** Reads on, after what is kept. @returns how many bytes; 0 at the end of the file */
  #fill(): number {
    if (this.#ended) return 0
    const { file, onBytes } = this.#options
    if (this.#keep > 0) {
      this.buffer.copyWithin(0, this.#keep, this.#length)
      this.#base += this.#keep
      this.#at -= this.#keep
      this.#length -= this.#keep
      this.#keep = 0
    }
    if (this.#length === this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(2 * this.buffer.length)
      this.buffer.copy(larger, 0, 0, this.#length)
      this.buffer = larger
    }
    const room = this.buffer.length - this.#length
    const read = readSync(file, this.buffer, this.#length, room, this.#base + this.#length)
    if (read === 0) this.#ended = true
    else onBytes?.(this.buffer.subarray(this.#length, this.#length + read))
    this.#length += read
    return read
  }
}

const NO_PATH = "is a body without a path before it: paths begin with '/'"
