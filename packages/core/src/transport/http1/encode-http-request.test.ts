import { describe, expect, it } from 'vitest'
import type { Encoded } from '../../engine/session.ts'
import { encodeHttpRequest } from './encode-http-request.ts'
import type { HttpRequestParts } from './encode-http-request.ts'
import { resolveHeaders } from './http-headers.ts'

function text({ bytes }: Encoded): string {
  return Buffer.concat(bytes instanceof Uint8Array ? [bytes] : bytes).toString('latin1')
}

const URL = 'http://127.0.0.1:8000/v1/infer?a=b#fragment'

describe('encodeHttpRequest', () => {
  it('writes a request exactly as it goes over the wire', () => {
    const encoded = encodeHttpRequest({
      method: 'POST',
      url: URL,
      headers: [['Content-Type', 'application/json']],
      body: Buffer.from('{}'),
      items: 4,
      label: 'a',
      meta: { x: 1 },
    })
    expect(text(encoded)).toBe(
      'POST /v1/infer?a=b HTTP/1.1\r\nhost: 127.0.0.1:8000\r\nContent-Type: application/json\r\ncontent-length: 2\r\n\r\n{}',
    )
    expect(encoded).toMatchObject({ items: 4, label: 'a', meta: { x: 1 } })
  })

  it.each<[Partial<HttpRequestParts>, string]>([
    [{ method: 'GET' }, 'GET /v1/infer?a=b HTTP/1.1\r\nhost: 127.0.0.1:8000\r\n\r\n'],
    [{ method: 'POST' }, 'POST /v1/infer?a=b HTTP/1.1\r\nhost: 127.0.0.1:8000\r\ncontent-length: 0\r\n\r\n'],
    [{ method: 'GET', url: 'https://example.org:443' }, 'GET / HTTP/1.1\r\nhost: example.org\r\n\r\n'],
    [{ method: 'GET', url: 'http://[::1]:8000/ä b' }, 'GET /%C3%A4%20b HTTP/1.1\r\nhost: [::1]:8000\r\n\r\n'],
    [
      { method: 'GET', headers: [['Host', 'model.test']] },
      'GET /v1/infer?a=b HTTP/1.1\r\nHost: model.test\r\n\r\n',
    ],
    [
      { method: 'GET', close: true },
      'GET /v1/infer?a=b HTTP/1.1\r\nhost: 127.0.0.1:8000\r\nconnection: close\r\n\r\n',
    ],
    [
      { method: 'GET', close: true, headers: [['Connection', 'keep-alive']] },
      'GET /v1/infer?a=b HTTP/1.1\r\nhost: 127.0.0.1:8000\r\nConnection: keep-alive\r\n\r\n',
    ],
  ])('%j', (parts, expected) => {
    expect(text(encodeHttpRequest({ url: URL, method: 'GET', ...parts }))).toBe(expected)
  })

  it('counts the offsets of patches from the beginning of the request', () => {
    const body = Buffer.from('{"id":"________"}')
    const encoded = encodeHttpRequest({
      method: 'POST',
      url: URL,
      body,
      patches: [{ offset: 7, length: 8, field: 'unit', encoding: 'hex' }],
    })
    const [point] = encoded.patches ?? []
    expect(text(encoded).slice(point?.offset, (point?.offset ?? 0) + 8)).toBe('________')
  })

  it.each<[string, Partial<HttpRequestParts>]>([
    ['a method with a space', { method: 'GET /' }],
    ['CONNECT', { method: 'CONNECT' }],
    ['an empty method', { method: '' }],
    ['a header name with a colon', { headers: [['a:b', 'c']] }],
    ['an empty header name', { headers: [['', 'c']] }],
    ['a line break in a value', { headers: [['a', 'b\r\nc: d']] }],
    ['characters outside Latin-1', { headers: [['a', '€']] }],
    ['Content-Length', { headers: [['Content-Length', '5']] }],
    ['Transfer-Encoding', { headers: [['transfer-encoding', 'chunked']] }],
    ['Expect', { headers: [['Expect', '100-continue']] }],
    ['Upgrade', { headers: [['upgrade', 'h2c']] }],
    ['an odd Connection', { headers: [['connection', 'x-hop']] }],
  ])('refuses %s', (_name, parts) => {
    expect(() => encodeHttpRequest({ url: URL, method: 'GET', ...parts })).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_HTTP_REQUEST', advice: expect.any(String) }),
    )
  })
})

describe('resolveHeaders', () => {
  it('lets later sources override earlier ones, whatever the case', () => {
    process.env['SERVEBENCH_TEST_HEADER'] = 'planted'
    expect(
      resolveHeaders({ Accept: 'a', 'X-A': 'b' }, undefined, {
        accept: 'c',
        authorization: ['Bearer ', { secret: 'env', name: 'SERVEBENCH_TEST_HEADER' }],
      }),
    ).toEqual([
      ['accept', 'c'],
      ['X-A', 'b'],
      ['authorization', 'Bearer planted'],
    ])
    delete process.env['SERVEBENCH_TEST_HEADER']
  })
})
