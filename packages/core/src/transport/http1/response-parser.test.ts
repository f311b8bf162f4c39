import { describe, expect, it } from 'vitest'
import { Random } from '../../stats/prng.ts'
import { HEADER_LIMIT } from './response-head.ts'
import { Parsed, ResponseParser } from './response-parser.ts'

interface Reading {
  readonly parsed: Parsed
  readonly status: number
  readonly head: string
  readonly body: string
  readonly reusable: boolean
  /** Bytes behind the answer. */
  readonly rest: number
  readonly problem: string
}

/** Feeds pieces as they would be read from a socket: in one buffer that the next read overwrites. */
function read(pieces: readonly string[], { head = false, limit = 1_000_000, close = false } = {}): Reading {
  let status = 0
  let lines = ''
  let body = ''
  const text = (buffer: Uint8Array, start: number, end: number): string =>
    Buffer.from(buffer.buffer, buffer.byteOffset + start, end - start).toString('latin1')
  const parser = new ResponseParser(
    {
      onHead(code, buffer, start, end) {
        status = code
        lines = text(buffer, start, end)
        return true
      },
      onBody(buffer, start, end) {
        body += text(buffer, start, end)
      },
    },
    limit,
  )
  parser.begin(head)
  const shared = Buffer.alloc(100_000)
  let parsed: Parsed = Parsed.more
  let rest = 0
  for (const [index, piece] of pieces.entries()) {
    shared.fill(0xee)
    shared.write(piece, 100, 'latin1')
    parsed = parser.feed(shared, 100, 100 + piece.length)
    if (parsed === Parsed.more) continue
    rest = piece.length + 100 - parser.at + pieces.slice(index + 1).join('').length
    break
  }
  if (parsed === Parsed.more && close) parsed = parser.finish()
  return { parsed, status, head: lines, body, reusable: parser.reusable, rest, problem: parser.problem }
}

const PLAIN = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello'
const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a="b"\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n'
const FOLDED = 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\tc\r\nContent-Length:\r\n 5\r\n\r\nhello'
const INTERIM = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${PLAIN}`

describe('ResponseParser', () => {
  it('gives the status, the header lines and the content', () => {
    expect(read([PLAIN])).toEqual({
      parsed: Parsed.complete,
      status: 200,
      head: 'Content-Type: text/plain\r\nContent-Length: 5\r\n',
      body: 'hello',
      reusable: true,
      rest: 0,
      problem: '',
    })
  })

  it('says where the answer ended', () => {
    expect(read([`${PLAIN}xyz`])).toMatchObject({ parsed: Parsed.complete, body: 'hello', rest: 3 })
    expect(read([`${CHUNKED}xyz`])).toMatchObject({ parsed: Parsed.complete, body: 'hello', rest: 3 })
    expect(read(['HTTP/1.1 204 No Content\r\n\r\nxyz'])).toMatchObject({ parsed: Parsed.complete, rest: 3 })
  })

  it('joins folded lines with spaces', () => {
    expect(read([FOLDED])).toMatchObject({ parsed: Parsed.complete, body: 'hello' })
    expect(read([FOLDED]).head).toBe('X: a   b  \tc\r\nContent-Length:   5\r\n')
  })

  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', true],
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n', false],
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: closed\r\n\r\n', true],
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: foo\r\nConnection: CLOSE\r\n\r\n', false],
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive, close\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n', true],
    ['HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n', true],
    ['HTTP/1.1 204 No Content\r\nContent-Length: 10\r\n\r\n', false],
    ['HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n', false],
  ])('decides whether the connection may be used again: %j', (answer, reusable) => {
    expect(read([answer])).toMatchObject({ parsed: Parsed.complete, reusable })
  })

  it('does not use a connection again after chunks over HTTP/1.0', () => {
    const answer = 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    expect(read([answer])).toMatchObject({ parsed: Parsed.complete, reusable: false })
  })

  it('reads until the close without a length', () => {
    const answer = 'HTTP/1.1 200 OK\r\n\r\nhello'
    expect(read([answer])).toMatchObject({ parsed: Parsed.more, body: 'hello' })
    expect(read([answer], { close: true })).toMatchObject({
      parsed: Parsed.complete,
      body: 'hello',
      reusable: false,
    })
  })

  it('limits the content', () => {
    expect(read([PLAIN], { limit: 5 })).toMatchObject({ parsed: Parsed.complete })
    expect(read([PLAIN], { limit: 4 })).toMatchObject({ parsed: Parsed.tooLarge, body: '' })
    expect(read([CHUNKED], { limit: 5 })).toMatchObject({ parsed: Parsed.complete })
    expect(read([CHUNKED], { limit: 4 })).toMatchObject({ parsed: Parsed.tooLarge, body: 'he' })
    expect(read(['HTTP/1.1 200 OK\r\n\r\nhello'], { limit: 4 })).toMatchObject({ parsed: Parsed.tooLarge })
    expect(read([PLAIN], { head: true, limit: 0 }).parsed).toBe(Parsed.complete)
  })

  it('limits the head, the trailers and chunk extensions', () => {
    const head = (size: number): string => {
      const begin = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: '
      return `${begin}${'a'.repeat(size - begin.length - 4)}\r\n\r\n`
    }
    expect(read([head(HEADER_LIMIT)]).parsed).toBe(Parsed.complete)
    expect(read([head(HEADER_LIMIT + 1)])).toMatchObject({
      parsed: Parsed.invalid,
      problem: 'the head is too large',
    })
    const pieces = (text: string): string[] => text.match(/[^]{1,1000}/g) ?? []
    expect(read(pieces(head(HEADER_LIMIT))).parsed).toBe(Parsed.complete)
    expect(read(pieces(head(HEADER_LIMIT + 1)))).toMatchObject({
      parsed: Parsed.invalid,
      problem: 'the head is too large',
    })
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
    expect(read([`${chunked}1;${'e'.repeat(60_000)}\r\nx\r\n0;${'e'.repeat(30_000)}\r\n\r\n`]).parsed).toBe(
      Parsed.complete,
    )
    expect(read([`${chunked}1;${'e'.repeat(70_000)}`])).toMatchObject({ parsed: Parsed.invalid })
    expect(read([`${chunked}0\r\n${`x: ${'e'.repeat(100)}\r\n`.repeat(700)}`])).toMatchObject({
      parsed: Parsed.invalid,
    })
    expect(read([`${chunked}${'0'.repeat(70_000)}`])).toMatchObject({ parsed: Parsed.invalid })
  })

  it('names what is wrong', () => {
    const problem = (text: string): string => read([text]).problem
    expect(problem('HTTP/1.1 200 OK\nX: y\n\n')).toContain('bare LF')
    expect(problem('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n')).toContain(
      'more than one Content-Length',
    )
    expect(problem('HTTP/1.1 101 Switching Protocols\r\n\r\n')).toContain('switched protocols')
  })

  it.each([
    ['a length', PLAIN],
    ['chunks', CHUNKED],
    ['folded lines', FOLDED],
    ['interim answers', INTERIM],
    ['line ends before the answer', `\r\n\r\n${PLAIN}`],
  ])('reads the same wherever it is split: %s', (_name, answer) => {
    const whole = read([answer])
    expect(whole.parsed).toBe(Parsed.complete)
    for (let at = 1; at < answer.length; at++)
      expect(read([answer.slice(0, at), answer.slice(at)])).toEqual(whole)
    expect(read(answer.split(''))).toEqual(whole)
  })

  it('recognises garbage before a line is complete', () => {
    expect(read(['H', 'T', 'T', 'Q']).parsed).toBe(Parsed.invalid)
    expect(read(['HTTP/1.1 200 OK', '\n']).parsed).toBe(Parsed.invalid)
  })

  it('reads one answer after another', () => {
    const bodies: number[] = []
    const parser = new ResponseParser({ onHead: () => false, onBody: () => {} }, 1_000_000)
    for (const answer of [PLAIN, CHUNKED, INTERIM, 'HTTP/1.1 204 No Content\r\n\r\n', PLAIN]) {
      parser.begin(false)
      const bytes = Buffer.from(answer, 'latin1')
      expect(parser.feed(bytes, 0, bytes.length)).toBe(Parsed.complete)
      bodies.push(parser.bodyBytes)
    }
    expect(bodies).toEqual([5, 5, 5, 0, 5])
  })

  it('decides the same about damaged answers however they are split, and never throws', () => {
    const random = new Random([1, 2, 3, 4])
    const below = (bound: number): number => Math.floor(random.next() * bound)
    const answers = [PLAIN, CHUNKED, FOLDED, INTERIM]
    let complete = 0
    for (let round = 0; round < 20_000; round++) {
      let text = answers.at(below(answers.length)) as string
      for (let count = 1 + below(3); count > 0; count--) {
        const at = below(text.length + 1)
        const inserted =
          below(2) === 0 ? '' : String.fromCharCode(...Array.from({ length: below(6) }, () => below(256)))
        text = text.slice(0, at) + inserted + text.slice(at + below(4))
      }
      const pieces: string[] = []
      for (let at = 0; at < text.length;) {
        const length = 1 + below(40)
        pieces.push(text.slice(at, at + length))
        at += length
      }
      const whole = read([text], { close: true })
      const split = read(pieces, { close: true })
      if (whole.parsed === Parsed.complete) {
        complete += 1
        expect(split).toEqual(whole)
      } else {
        expect(split.parsed).toBe(whole.parsed)
      }
    }
    // The damage must leave both kinds of answers, or nothing was tried.
    expect(complete).toBeGreaterThan(2_000)
    expect(complete).toBeLessThan(18_000)
  })
})
