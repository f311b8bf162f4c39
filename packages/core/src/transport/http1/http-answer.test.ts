import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodeContent, parseHeaderLines } from './http-answer.ts'

const text = Buffer.from('{"outputs":[1,2,3]}'.repeat(20))

function decode(encoding: string, ...messages: Uint8Array[]): Buffer {
  return Buffer.from(
    decodeContent({ status: 200, head: Buffer.from(`Content-Encoding: ${encoding}\r\n`), messages }),
  )
}

describe('decodeContent', () => {
  it.each([
    ['identity', text],
    ['', text],
    ['gzip', gzipSync(text)],
    ['X-GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
  ])('undoes %s', (encoding, content) => {
    expect(decode(encoding, content).equals(text)).toBe(true)
  })

  it('joins content that came in parts', () => {
    const content = gzipSync(text)
    expect(decode('gzip', content.subarray(0, 10), content.subarray(10)).equals(text)).toBe(true)
    expect(decode('gzip')).toHaveLength(0)
  })

  it.each([
    ['compress', text],
    ['gzip', text],
    ['br', gzipSync(text).subarray(0, 20)],
  ])('refuses unknown or damaged content: %s', (encoding, content) => {
    expect(() => decode(encoding, content)).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_CONTENT_ENCODING' }),
    )
  })
})

describe('parseHeaderLines', () => {
  it('gives names in lower case, and joins repeated fields', () => {
    const headers = parseHeaderLines(
      Buffer.from('Content-Type: a\r\nX: 1\r\nx:  2 \r\nEmpty:\r\n__proto__: y\r\n'),
    )
    expect({ ...headers }).toEqual({ 'content-type': 'a', x: '1, 2', empty: '', ['__proto__']: 'y' })
  })
})
