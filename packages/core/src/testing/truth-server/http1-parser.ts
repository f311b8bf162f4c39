import { METHODS } from 'node:http'
import type { Nanos } from '../../units/nanos.ts'

/** A parsed header block. Names are in lower case; repeated fields are joined by a comma. */
export interface Http1Head {
  readonly method: string
  readonly path: string
  readonly minor: 0 | 1
  readonly headers: ReadonlyMap<string, string>
  readonly keepAlive: boolean
  readonly expectsContinue: boolean
}

/** What a parser finds. All calls are synchronous, inside {@link Http1Parser.push}. */
export interface Http1Events {
  head(head: Http1Head, arrival: Nanos): void
  body(chunk: Buffer): void
  complete(at: Nanos): void
  /** The client violates the protocol; nothing further is parsed. */
  malformed(sentence: string): void
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const REQUEST_LINE = /^([A-Z-]+) (\S+) HTTP\/1\.([01])$/
/** Any token is a legal method, but an unknown one is much more likely the end of a body that is too long. */
const KNOWN_METHODS = new Set(METHODS)
const HEAD_LIMIT = 64 * 1024
const LINE_LIMIT = 4096

type State = 'head' | 'sized-body' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'failed'

/**
 * Reads HTTP/1.1 requests from pieces of any size, pipelined ones included. It is strict on purpose: it is there to
 * notice what a client does wrong (RFC 9112; no bare line feeds, no folded fields, one way to tell the length).
 */
export class Http1Parser {
  readonly #events: Http1Events
  #state: State = 'head'
  #text: Buffer = Buffer.alloc(0)
  #left = 0
  #trailerBytes = 0
  #arrival: Nanos = 0

  constructor(events: Http1Events) {
    this.#events = events
  }

  /** @param at when these bytes were read */
  push(input: Buffer, at: Nanos): void {
    let chunk = input
    while (chunk.length > 0 && this.#state !== 'failed') {
      switch (this.#state) {
        case 'head':
          chunk = this.#head(chunk, at)
          break
        case 'sized-body':
        case 'chunk-data':
          chunk = this.#data(chunk, at)
          break
        default:
          chunk = this.#line(chunk, at)
      }
    }
  }

  /** Parses nothing further. */
  stop(): void {
    this.#state = 'failed'
  }

  #head(chunk: Buffer, at: Nanos): Buffer {
    if (this.#text.length === 0) this.#arrival = at
    const known = this.#text.length
    const text = known === 0 ? chunk : Buffer.concat([this.#text, chunk])
    // An empty line before the request line is allowed.
    if (text.length >= 2 && text[0] === 13 && text[1] === 10) {
      this.#text = Buffer.alloc(0)
      return text.subarray(2)
    }
    const end = text.indexOf('\r\n\r\n', Math.max(0, known - 3), 'latin1')
    if (end < 0) {
      this.#text = text
      if (text.length > HEAD_LIMIT) this.#fail(`The header block is longer than ${HEAD_LIMIT} bytes.`)
      return chunk.subarray(chunk.length)
    }
    this.#text = Buffer.alloc(0)
    this.#block(text.toString('latin1', 0, end), at)
    return text.subarray(end + 4)
  }

  #block(text: string, at: Nanos): void {
    const [start, ...lines] = text.split('\r\n')
    const match = REQUEST_LINE.exec(start as string)
    if (!match || !KNOWN_METHODS.has(match[1] as string)) {
      return this.#fail(`The request line is malformed: ${JSON.stringify((start as string).slice(0, 80))}`)
    }
    const headers = new Map<string, string>()
    for (const line of lines) {
      const colon = line.indexOf(':')
      const name = line.slice(0, Math.max(0, colon))
      if (!TOKEN.test(name) || /[\r\n\0]/.test(line)) {
        return this.#fail(`A header field is malformed: ${JSON.stringify(line.slice(0, 80))}`)
      }
      const lower = name.toLowerCase()
      const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')
      const known = headers.get(lower)
      if (known !== undefined && (lower === 'content-length' || lower === 'host')) {
        return this.#fail(`The field ${lower} is there twice.`)
      }
      headers.set(lower, known === undefined ? value : `${known}, ${value}`)
    }
    const minor = match[3] === '1' ? 1 : 0
    if (minor === 1 && !headers.has('host')) return this.#fail('The request has no Host field.')
    const length = headers.get('content-length')
    const coding = headers.get('transfer-encoding')
    if (length !== undefined && coding !== undefined) return this.#fail('The request has two lengths.')
    if (length !== undefined && !/^\d{1,15}$/.test(length)) return this.#fail(`'${length}' is not a length.`)
    if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
      return this.#fail(`The transfer coding '${coding}' is unknown.`)
    }
    const connection = (headers.get('connection') ?? '').toLowerCase()
    const keepAlive = minor === 1 ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection)
    const expectsContinue = minor === 1 && headers.get('expect')?.toLowerCase() === '100-continue'
    this.#left = Number(length ?? 0)
    this.#state = coding !== undefined ? 'chunk-size' : this.#left > 0 ? 'sized-body' : 'head'
    this.#events.head(
      { method: match[1] as string, path: match[2] as string, minor, headers, keepAlive, expectsContinue },
      this.#arrival,
    )
    if (this.#state === 'head') this.#events.complete(at)
  }

  #data(chunk: Buffer, at: Nanos): Buffer {
    const length = Math.min(this.#left, chunk.length)
    this.#left -= length
    this.#events.body(chunk.subarray(0, length))
    if (this.#left === 0) {
      if (this.#state === 'chunk-data') this.#state = 'chunk-end'
      else {
        this.#state = 'head'
        this.#events.complete(at)
      }
    }
    return chunk.subarray(length)
  }

  #line(chunk: Buffer, at: Nanos): Buffer {
    const text = this.#text.length === 0 ? chunk : Buffer.concat([this.#text, chunk])
    const end = text.indexOf('\r\n', 0, 'latin1')
    if (end < 0 || end > LINE_LIMIT) {
      this.#text = text
      if (text.length > LINE_LIMIT) this.#fail('A line of the chunked body is too long.')
      return chunk.subarray(chunk.length)
    }
    this.#text = Buffer.alloc(0)
    this.#chunked(text.toString('latin1', 0, end), at)
    return text.subarray(end + 2)
  }

  #chunked(line: string, at: Nanos): void {
    if (this.#state === 'chunk-end') {
      if (line !== '') return this.#fail('A chunk is longer than it says.')
      this.#state = 'chunk-size'
    } else if (this.#state === 'chunk-size') {
      const size = /^([0-9a-fA-F]{1,12})(?:[ \t]*;.*)?$/.exec(line)
      if (!size) return this.#fail(`'${line.slice(0, 40)}' is not the size of a chunk.`)
      this.#left = Number.parseInt(size[1] as string, 16)
      this.#state = this.#left === 0 ? 'trailers' : 'chunk-data'
      this.#trailerBytes = 0
    } else if (line === '') {
      this.#state = 'head'
      this.#events.complete(at)
    } else {
      this.#trailerBytes += line.length
      if (!line.includes(':') || this.#trailerBytes > HEAD_LIMIT) this.#fail('A trailer field is malformed.')
    }
  }

  #fail(sentence: string): void {
    this.#state = 'failed'
    this.#events.malformed(sentence)
  }
}
