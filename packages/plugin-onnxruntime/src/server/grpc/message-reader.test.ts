import { describe, expect, it } from 'vitest'
import { MessageReader } from './message-reader.ts'

function frame(content: string, compressed = 0): Buffer {
  const head = Buffer.alloc(5)
  head[0] = compressed
  head.writeUInt32BE(Buffer.byteLength(content), 1)
  return Buffer.concat([head, Buffer.from(content)])
}

function read(
  chunks: readonly Buffer[],
  limit = 100,
): { messages: (readonly [string, boolean])[]; refused: number[]; partial: boolean } {
  const messages: (readonly [string, boolean])[] = []
  const refused: number[] = []
  const reader = new MessageReader(
    limit,
    (message, compressed) => messages.push([Buffer.from(message).toString(), compressed]),
    (length) => refused.push(length),
  )
  for (const chunk of chunks) reader.push(chunk)
  return { messages, refused, partial: reader.partial }
}

const stream = Buffer.concat([frame('first'), frame(''), frame('third', 1), frame('x'.repeat(90))])
const expected = [
  ['first', false],
  ['', false],
  ['third', true],
  ['x'.repeat(90), false],
]

describe('MessageReader', () => {
  it('finds the messages wherever the stream is cut in two', () => {
    for (let cut = 0; cut <= stream.byteLength; cut++) {
      expect(read([stream.subarray(0, cut), stream.subarray(cut)])).toEqual({
        messages: expected,
        refused: [],
        partial: false,
      })
    }
  })

  it('finds them byte by byte', () => {
    expect(read(Array.from(stream, (byte) => Buffer.of(byte))).messages).toEqual(expected)
  })

  it('knows when a message is incomplete', () => {
    for (let end = 1; end < 10; end++)
      expect(read([stream.subarray(0, end)])).toMatchObject({ messages: [], partial: true })
  })

  it('refuses a message above the limit before it is here, and nothing after it', () => {
    expect(read([frame('ok'), frame('y'.repeat(101)).subarray(0, 6), frame('later')])).toMatchObject({
      messages: [['ok', false]],
      refused: [101],
    })
  })
})
