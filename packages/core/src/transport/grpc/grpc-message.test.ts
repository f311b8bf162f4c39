import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Prepared, RawMessage } from '../../engine/session.ts'
import { grpcMessage } from '../../testing/http2-frames.ts'
import { prepare } from '../../testing/prepare.ts'
import { decodeGrpcMessages, encodeGrpcMessage, isGrpcMessage } from './grpc-message.ts'

describe('encodeGrpcMessage', () => {
  it('puts the length before the message and moves patch points', () => {
    const patches = [{ offset: 3, length: 4, field: 'unit', encoding: 'decimal' } as const]
    const [prepared] = prepare([
      encodeGrpcMessage(Buffer.from('abcdefg'), { patches, items: 8, meta: { a: 1 } }),
    ])
    expect(prepared?.bytes.toString('hex')).toBe(`0000000007${Buffer.from('abcdefg').toString('hex')}`)
    expect(prepared).toMatchObject({ items: 8, meta: { a: 1 }, patches: [{ offset: 8, length: 4 }] })
  })

  it('compresses', () => {
    const text = 'x'.repeat(1000)
    const [prepared] = prepare([encodeGrpcMessage(Buffer.from(text), { compress: 'gzip' })]) as [Prepared]
    expect(prepared.bytes[0]).toBe(1)
    expect(prepared.bytes.length).toBeLessThan(100)
    expect(isGrpcMessage(prepared.bytes)).toBe(true)
  })

  it('refuses to patch what is compressed', () => {
    const patches = [{ offset: 0, length: 4, field: 'unit', encoding: 'decimal' } as const]
    expect(() => encodeGrpcMessage(Buffer.from('abcd'), { compress: 'gzip', patches })).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_GRPC_PATCH' }),
    )
  })
})

it.each([
  ['nothing', '', false],
  ['a prefix that is cut off', '00000000', false],
  ['an empty message', '0000000000', true],
  ['a message', '0000000002abcd', true],
  ['a message that is too short', '0000000003abcd', false],
  ['a message that is too long', '0000000001abcd', false],
  ['a wrong flag', '0200000000', false],
])('isGrpcMessage: %s', (_, hex, expected) => {
  expect(isGrpcMessage(Buffer.from(hex, 'hex'))).toBe(expected)
})

describe('decodeGrpcMessages', () => {
  const raw = (head: string, ...messages: Buffer[]): RawMessage => ({
    status: 200,
    head: Buffer.from(head),
    messages,
  })
  const plain = Buffer.from([0x0a, 1, 2])
  const GZIP = ':status: 200\r\ngrpc-encoding: gzip\r\n'

  it('leaves messages alone that are not compressed', () => {
    for (const head of ['', ':status: 200\r\ngrpc-encoding: identity\r\n']) {
      const answer = raw(head, plain)
      expect(decodeGrpcMessages(answer, 100)).toBe(answer.messages)
    }
    expect(decodeGrpcMessages(raw(GZIP, plain, Buffer.alloc(0)), 100)).toEqual([plain, Buffer.alloc(0)])
  })

  it('decompresses those that are', () => {
    expect(decodeGrpcMessages(raw(GZIP, gzipSync(plain), plain), 100)).toEqual([plain, plain])
  })

  it.each([
    ['an unknown compression', raw('grpc-encoding: snappy\r\n', plain), 'SERVEBENCH_GRPC_ENCODING'],
    ['damaged data', raw(GZIP, gzipSync(Buffer.alloc(50)).subarray(0, 12)), 'SERVEBENCH_GRPC_MESSAGE'],
    [
      'data that grows beyond the limit',
      raw(GZIP, gzipSync(Buffer.alloc(1_000_000))),
      'SERVEBENCH_GRPC_MESSAGE',
    ],
  ])('refuses %s', (_, answer, code) => {
    expect(() => decodeGrpcMessages(answer, 100_000)).toThrow(expect.objectContaining({ code }))
  })

  it('has the same idea of a message as the wire', () => {
    expect(grpcMessage('ab').toString('hex')).toBe('00000000026162')
  })
})
