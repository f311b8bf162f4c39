import { describe, expect, it } from 'vitest'
import { Random } from '../../stats/prng.ts'
import { ConnectionError, ErrorCode } from './frame.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { encodeFields, encodeInteger, encodeReferences, encodeString, tableBytes } from './hpack-encoder.ts'
import { STATIC_TABLE } from './static-table.ts'
import type { Field } from './static-table.ts'

const LIMIT = 65_536

function decode(decoder: HpackDecoder, hex: string, maxListSize = LIMIT): string[] {
  const block = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  return decoder.decode(block, 0, block.length, maxListSize).map(({ name, value }) => `${name}: ${value}`)
}

function errorOf(decoder: HpackDecoder, hex: string): ErrorCode | undefined {
  try {
    decode(decoder, hex)
    return undefined
  } catch (error) {
    if (error instanceof ConnectionError) return error.code
    throw error
  }
}

/** `name` and `value` as a literal that enters the dynamic table. */
function indexed(name: string, value: string): string {
  return Buffer.concat([Buffer.from([0x40]), encodeString(name), encodeString(value)]).toString('hex')
}

describe('static table', () => {
  it('has 61 entries at their places', () => {
    expect(STATIC_TABLE).toHaveLength(61)
    expect(STATIC_TABLE[0]).toEqual({ name: ':authority', value: '' })
    expect(STATIC_TABLE[15]).toEqual({ name: 'accept-encoding', value: 'gzip, deflate' })
    expect(STATIC_TABLE[30]).toEqual({ name: 'content-type', value: '' })
    expect(STATIC_TABLE[60]).toEqual({ name: 'www-authenticate', value: '' })
  })
})

describe('HPACK decoder: RFC 7541, appendix C', () => {
  it('C.2: single fields', () => {
    const literal = '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572'
    expect(decode(new HpackDecoder(), literal)).toEqual(['custom-key: custom-header'])
    expect(decode(new HpackDecoder(), '040c 2f73 616d 706c 652f 7061 7468')).toEqual([':path: /sample/path'])
    const never = '1008 7061 7373 776f 7264 0673 6563 7265 74'
    expect(decode(new HpackDecoder(), never)).toEqual(['password: secret'])
    expect(decode(new HpackDecoder(), '82')).toEqual([':method: GET'])
  })

  const first = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com']
  const second = [...first, 'cache-control: no-cache']
  const third = [
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ]

  it('C.3: requests without Huffman coding', () => {
    const decoder = new HpackDecoder()
    expect(decode(decoder, '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d')).toEqual(first)
    expect(decode(decoder, '8286 84be 5808 6e6f 2d63 6163 6865')).toEqual(second)
    const last = '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65'
    expect(decode(decoder, last)).toEqual(third)
  })

  it('C.4: requests with Huffman coding', () => {
    const decoder = new HpackDecoder()
    expect(decode(decoder, '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')).toEqual(first)
    expect(decode(decoder, '8286 84be 5886 a8eb 1064 9cbf')).toEqual(second)
    expect(decode(decoder, '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf')).toEqual(third)
  })

  const answer = (status: string, time: string): string[] => [
    `:status: ${status}`,
    'cache-control: private',
    `date: Mon, 21 Oct 2013 20:13:${time} GMT`,
    'location: https://www.example.com',
  ]
  const last = [
    ':status: 200',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:22 GMT',
    'location: https://www.example.com',
    'content-encoding: gzip',
    'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ]

  it('C.5: answers without Huffman coding, in a table of 256 bytes', () => {
    // The table size update to 256 comes first here; in the RFC the size was agreed on before.
    const decoder = new HpackDecoder()
    decode(decoder, '3fe1 01')
    expect(
      decode(
        decoder,
        `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32
         3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`.replaceAll(/\s/g, ''),
      ),
    ).toEqual(answer('302', '21'))
    expect(decode(decoder, '4803 3330 37c1 c0bf')).toEqual(answer('307', '21'))
    expect(
      decode(
        decoder,
        `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970
         7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61
         6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`.replaceAll(/\s/g, ''),
      ),
    ).toEqual(last)
  })

  it('C.6: answers with Huffman coding, in a table of 256 bytes', () => {
    const decoder = new HpackDecoder()
    decode(decoder, '3fe1 01')
    expect(
      decode(
        decoder,
        `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad
         1718 63c7 8f0b 97c8 e9ae 82ae 43d3`.replaceAll(/\s/g, ''),
      ),
    ).toEqual(answer('302', '21'))
    expect(decode(decoder, '4883 640e ffc1 c0bf')).toEqual(answer('307', '21'))
    expect(
      decode(
        decoder,
        `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2
         e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`.replaceAll(
          /\s/g,
          '',
        ),
      ),
    ).toEqual(last)
  })
})

describe('HPACK integers: RFC 7541, appendix C.1', () => {
  it.each([
    [5, 10, '0a'],
    [5, 1337, '1f9a0a'],
    [8, 42, '2a'],
  ])('with a prefix of %i bits, %i is %s', (prefix, value, hex) => {
    expect(encodeInteger(0, prefix, value).toString('hex')).toBe(hex)
  })
})

describe('HPACK decoder: the dynamic table', () => {
  it('evicts the oldest entries when it is full', () => {
    const decoder = new HpackDecoder()
    // Each entry has 32 + 1 + 31 = 64 bytes: a table of 128 holds two.
    decode(decoder, '3f61')
    for (const letter of ['a', 'b', 'c']) decode(decoder, indexed(letter, letter.repeat(31)))
    expect(decode(decoder, 'be')).toEqual([`c: ${'c'.repeat(31)}`])
    expect(decode(decoder, 'bf')).toEqual([`b: ${'b'.repeat(31)}`])
    expect(errorOf(decoder, 'c0')).toBe(ErrorCode.compressionError)
  })

  it('is emptied by an entry that is larger than the table', () => {
    const decoder = new HpackDecoder()
    decode(decoder, indexed('a', 'a'))
    expect(decode(decoder, indexed('b', '\u0001'.repeat(4096)))).toHaveLength(1)
    expect(errorOf(decoder, 'be')).toBe(ErrorCode.compressionError)
  })

  it('takes names from the dynamic table', () => {
    const decoder = new HpackDecoder()
    decode(decoder, indexed('name', 'one'))
    expect(decode(decoder, `7e03${Buffer.from('two').toString('hex')}`)).toEqual(['name: two'])
    expect(decode(decoder, 'bebf')).toEqual(['name: two', 'name: one'])
  })

  it('is stateless once the limit of 0 holds', () => {
    const decoder = new HpackDecoder()
    expect(decoder.stateless).toBe(false)
    decoder.setLimit(0)
    expect(decoder.stateless).toBe(true)
    expect(decode(decoder, indexed('name', 'one'))).toEqual(['name: one'])
    expect(errorOf(decoder, 'be')).toBe(ErrorCode.compressionError)
  })

  it('expects a table that must shrink to say so at the start of the next block', () => {
    const silent = new HpackDecoder()
    decode(silent, indexed('name', 'one'))
    silent.setLimit(0)
    expect(silent.stateless).toBe(false)
    expect(errorOf(silent, '82')).toBe(ErrorCode.compressionError)

    const conforming = new HpackDecoder()
    decode(conforming, indexed('name', 'one'))
    conforming.setLimit(0)
    expect(decode(conforming, '2082')).toEqual([':method: GET'])
    expect(conforming.stateless).toBe(true)
    expect(errorOf(conforming, 'be')).toBe(ErrorCode.compressionError)
  })

  it('accepts several size updates at the start of a block, and none elsewhere', () => {
    const decoder = new HpackDecoder()
    expect(decode(decoder, '20 3fe11f 82')).toEqual([':method: GET'])
    expect(errorOf(decoder, '82 20')).toBe(ErrorCode.compressionError)
  })
})

describe('HPACK decoder: malformed blocks', () => {
  it.each([
    ['index 0', '80'],
    ['an index beyond both tables', 'be'],
    ['a large index', 'ffffffff07'],
    ['an integer that is too large', 'ffffffffff0f'],
    ['an integer that does not end', 'ff80'],
    ['a table above the limit', '3fe23f'],
    ['a literal without a name', '40'],
    ['a literal without a value', '4001 61'],
    ['a name that is cut off', '4005 6161'],
    ['a value that is cut off', '4001 61 05 6161'],
    ['a string longer than any block', '4001 61 7fffffff07'],
    ['a name from beyond the tables', '7f01 0161'],
    ['Huffman padding with zeros', '4001 61 8118'],
    ['a Huffman end symbol', '4001 61 84ffffffff'],
  ])('%s is a compression error', (_, hex) => {
    expect(errorOf(new HpackDecoder(), hex)).toBe(ErrorCode.compressionError)
  })

  it('drops fields above the list size, and goes on decoding', () => {
    const decoder = new HpackDecoder()
    const block = `${indexed('a', 'x'.repeat(100))}${indexed('b', 'y'.repeat(100))}`
    expect(decode(decoder, block, 200)).toEqual([`a: ${'x'.repeat(100)}`])
    expect(decoder.oversized).toBe(true)
    expect(decode(decoder, 'be')).toEqual([`b: ${'y'.repeat(100)}`])
    expect(decoder.oversized).toBe(false)
  })

  it('does not expand a small block into more than the list size', () => {
    const decoder = new HpackDecoder()
    decode(decoder, indexed('a', 'x'.repeat(4000)))
    const fields = decode(decoder, 'be'.repeat(20_000))
    expect(decoder.oversized).toBe(true)
    expect(fields.length).toBeLessThanOrEqual(16)
  })

  it('survives random bytes', () => {
    const random = new Random([7, 7, 7, 7])
    let decoder = new HpackDecoder()
    let refused = 0
    for (let round = 0; round < 5000; round++) {
      const block = Buffer.from(Array.from({ length: random.int(40) }, () => random.int(256)))
      try {
        decoder.decode(block, 0, block.length, LIMIT)
      } catch (error) {
        expect(error).toBeInstanceOf(ConnectionError)
        decoder = new HpackDecoder()
        refused += 1
      }
    }
    expect(refused).toBeGreaterThan(1000)
  })
})

describe('HPACK encoder', () => {
  it('uses the static table, and Huffman coding where it is shorter', () => {
    expect(encodeFields([{ name: ':method', value: 'POST' }], 'plain').toString('hex')).toBe('83')
    expect(encodeFields([{ name: ':authority', value: 'www.example.com' }], 'plain').toString('hex')).toBe(
      '018cf1e3c2e5f23a6ba0ab90f4ff',
    )
    expect(encodeString('\u0001').toString('hex')).toBe('0101')
  })

  it('marks credentials so that nobody on the way keeps them', () => {
    expect(encodeFields([{ name: 'authorization', value: 'x' }], 'plain')[0]).toBe(0x1f)
    expect(encodeFields([{ name: 'x-other', value: 'x' }], 'plain')[0]).toBe(0x00)
  })

  it('is undone by the decoder, for any fields', () => {
    const random = new Random([1, 1, 2, 3])
    const decoder = new HpackDecoder()
    decoder.setLimit(0)
    for (let round = 0; round < 300; round++) {
      const fields = Array.from({ length: random.int(12) }, () => randomField(random))
      const block = encodeFields(fields, 'plain')
      expect(decoder.decode(block, 0, block.length, LIMIT)).toEqual(fields)
    }
  })
})

describe('HPACK encoder with a table', () => {
  const fields: readonly Field[] = [
    { name: ':method', value: 'POST' },
    { name: ':path', value: '/a.B/C' },
    { name: 'te', value: 'trailers' },
    { name: 'authorization', value: 'secret' },
    { name: 'content-type', value: 'application/grpc' },
  ]

  it('teaches fields and then refers to them, but never to credentials', () => {
    const teaching = encodeFields(fields, 'teaching')
    expect(teaching.toString('hex')).toBe(
      [
        '83',
        `44${hex('/a.B/C')}`,
        `40${hex('te')}${hex('trailers')}`,
        `1f08${hex('secret')}`,
        `5f${hex('application/grpc')}`,
      ].join(''),
    )
    expect(encodeReferences(fields).toString('hex')).toBe(`83c0bf1f08${hex('secret')}be`)
    expect(tableBytes(fields)).toBe(5 + 6 + 2 + 8 + 12 + 16 + 3 * 32)
  })

  it('is undone by the decoder, for any fields, time and again', () => {
    const random = new Random([4, 3, 2, 1])
    for (let round = 0; round < 300; round++) {
      const some = Array.from({ length: random.int(12) }, () => randomField(random))
      const decoder = new HpackDecoder()
      expect(tableBytes(some)).toBeLessThan(4096)
      for (const block of [encodeFields(some, 'teaching'), encodeReferences(some), encodeReferences(some)])
        expect(decoder.decode(block, 0, block.length, LIMIT)).toEqual(some)
    }
  })

  function hex(text: string): string {
    return encodeString(text).toString('hex')
  }
})

function randomField(random: Random): Field {
  const [pick] = STATIC_TABLE.slice(random.int(STATIC_TABLE.length)) as [Field]
  const text = (): string =>
    String.fromCharCode(...Array.from({ length: random.int(60) }, () => random.int(256)))
  switch (random.int(3)) {
    case 0:
      return pick
    case 1:
      return { name: pick.name, value: text() }
    default:
      return { name: text(), value: text() }
  }
}
