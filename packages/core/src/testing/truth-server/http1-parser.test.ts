import { describe, expect, it } from 'vitest'
import { Http1Parser, type Http1Head } from './http1-parser.ts'

interface Seen {
  method: string
  path: string
  headers: Record<string, string>
  body: string
  keepAlive: boolean
  arrival: number
  complete: number
}

/** Pushes the pieces one by one, the n-th at instant n. */
function parse(pieces: readonly string[]): { requests: Seen[]; errors: string[] } {
  const requests: Seen[] = []
  const errors: string[] = []
  let open: { head: Http1Head; arrival: number; body: string } | undefined
  const parser = new Http1Parser({
    head(head, arrival) {
      open = { head, arrival, body: '' }
    },
    body(chunk) {
      if (open) open.body += chunk.toString('latin1')
    },
    complete(at) {
      if (!open) throw new Error('A request ended without having begun.')
      const { head, arrival, body } = open
      const { method, path, keepAlive } = head
      requests.push({
        method,
        path,
        keepAlive,
        headers: Object.fromEntries(head.headers),
        body,
        arrival,
        complete: at,
      })
      open = undefined
    },
    malformed: (sentence) => errors.push(sentence),
  })
  for (const [at, piece] of pieces.entries()) parser.push(Buffer.from(piece, 'latin1'), at)
  return { requests, errors }
}

const SIZED = 'POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello'
const CHUNKED =
  'PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;note=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 7\r\n\r\n'
const BARE = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
const ALL = SIZED + CHUNKED + BARE

describe('Http1Parser', () => {
  it('reads pipelined requests', () => {
    const { requests, errors } = parse([ALL])
    expect(errors).toEqual([])
    expect(requests.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/a?b=c', 'hello'],
      ['PUT', '/c', 'abc0123456789'],
      ['GET', '/', ''],
    ])
  })

  it('gives the same wherever the bytes are split', () => {
    const whole = parse([ALL]).requests.map(({ method, path, headers, body }) => ({
      method,
      path,
      headers,
      body,
    }))
    for (let split = 1; split < ALL.length; split++) {
      const { requests, errors } = parse([ALL.slice(0, split), ALL.slice(split)])
      expect(errors).toEqual([])
      expect(requests.map(({ method, path, headers, body }) => ({ method, path, headers, body }))).toEqual(
        whole,
      )
    }
    const bytes = parse(ALL.match(/./gs) ?? [])
    expect(bytes.requests.map(({ body }) => body)).toEqual(whole.map(({ body }) => body))
  })

  it('knows when the first and the last byte of each request came', () => {
    const { requests } = parse(['PO', SIZED.slice(2), 'GET /', ' HTTP/1.1\r\nHost: x\r\n\r', '\n'])
    expect(requests.map(({ arrival, complete }) => [arrival, complete])).toEqual([
      [0, 1],
      [2, 4],
    ])
  })

  it('joins repeated fields and trims values', () => {
    const [request] = parse(['GET / HTTP/1.1\r\nHost: x\r\nA:  1 \t\r\na: 2\r\n\r\n']).requests
    expect(request?.headers['a']).toBe('1, 2')
  })

  it('tolerates an empty line in front of a request', () => {
    expect(parse([`\r\n${BARE}`]).requests).toHaveLength(1)
  })

  it.each([
    ['HTTP/1.1', '', true],
    ['HTTP/1.1', 'Connection: Close\r\n', false],
    ['HTTP/1.0', '', false],
    ['HTTP/1.0', 'Connection: keep-alive\r\n', true],
  ])('takes persistence from %s with %j', (version, field, keepAlive) => {
    expect(parse([`GET / ${version}\r\nHost: x\r\n${field}\r\n`]).requests[0]?.keepAlive).toBe(keepAlive)
  })

  it.each([
    ['a body longer than its length', `${SIZED}!${BARE}`],
    ['bare line feeds', 'GET / HTTP/1.1\nHost: x\r\n\r\n'],
    ['a bare line feed between fields', 'GET / HTTP/1.1\r\nHost: x\nA: 1\r\n\r\n'],
    ['a folded field', 'GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\n 2\r\n\r\n'],
    ['a space in front of the colon', 'GET / HTTP/1.1\r\nHost : x\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\nA: 1\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a length twice', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx'],
    ['a length that is none', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
    ['an unknown coding', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/2.0\r\nHost: x\r\n\r\n'],
    ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a chunk size that is none', CHUNKED.replace('3;note=1', '0x3')],
    ['a chunk longer than it says', CHUNKED.replace('abc', 'abcd')],
    ['an endless header', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'1'.repeat(70_000)}`],
    ['an endless chunk extension', CHUNKED.replace('note=1', 'n'.repeat(5000))],
  ])('refuses %s, once', (_, text) => {
    expect(parse([text]).errors).toHaveLength(1)
    expect(parse(text.match(/.{1,9}/gs) ?? []).errors).toHaveLength(1)
  })
})
