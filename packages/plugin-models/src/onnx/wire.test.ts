import { describe, expect, it } from 'vitest'
import { blocksOf, deferred, embedded, float, int, message, packed, text } from './wire.ts'

const hex = (value: ReturnType<typeof message>): string =>
  Buffer.concat([...blocksOf(value)].map((block) => Buffer.from(block))).toString('hex')

describe('protobuf wire format', () => {
  // Examples of the protobuf encoding guide, and the rules for negative numbers.
  it.each([
    ['a varint', int(1, 150), '089601'],
    ['zero', int(1, 0), '0800'],
    ['a negative number in ten bytes', int(1, -1), '08ffffffffffffffffff01'],
    ['a number beyond 32 bits', int(2, 2 ** 40), '10808080808020'],
    ['a field number above 15', int(20, 7), 'a00107'],
    ['a string', text(2, 'testing'), '120774657374696e67'],
    ['a string beyond ASCII', text(2, 'é'), '1202c3a9'],
    ['an embedded message', embedded(3, int(1, 150)), '1a03089601'],
    ['packed numbers', packed(6, [3, 270, 86_942]), '3206038e029ea705'],
    ['a float', float(2, 1), '150000803f'],
    ['nothing', message(), ''],
  ])('%s', (_what, field, expected) => {
    expect(hex(message(field))).toBe(expected)
  })

  it('knows lengths beyond 4 GiB without the content, and writes it in order', () => {
    const size = 5 * 1024 ** 3
    const huge = message(
      text(1, 'a'),
      embedded(
        2,
        message(
          deferred(9, {
            byteLength: size,
            *blocks() {
              yield Uint8Array.of(1)
            },
          }),
          int(3, 1),
        ),
      ),
    )
    expect(huge.byteLength).toBe(3 + 1 + 5 + (1 + 5 + size) + 2)
    expect([...blocksOf(huge)].map((block) => block.byteLength)).toContain(1)
  })

  it('has as many bytes as it says', () => {
    const parts = [int(1, 2 ** 31), text(7, 'x'.repeat(300)), packed(4, [1, 2, 3]), float(3, 0.1)]
    const nested = message(parts, embedded(200, message(parts)))
    expect(hex(nested).length / 2).toBe(nested.byteLength)
  })
})
