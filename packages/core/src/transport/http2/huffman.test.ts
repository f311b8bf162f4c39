import { describe, expect, it } from 'vitest'
import { Random } from '../../stats/prng.ts'
import { huffmanDecode, huffmanEncode, huffmanLength } from './huffman.ts'

function encode(bytes: Uint8Array): Buffer {
  const coded = Buffer.alloc(huffmanLength(bytes))
  huffmanEncode(bytes, coded, 0)
  return coded
}

function decode(coded: Uint8Array): Buffer | undefined {
  const target = Buffer.alloc(coded.length * 2)
  const length = huffmanDecode(coded, 0, coded.length, target)
  return length < 0 ? undefined : target.subarray(0, length)
}

describe('Huffman code', () => {
  it.each([
    ['www.example.com', 'f1e3c2e5f23a6ba0ab90f4ff'],
    ['no-cache', 'a8eb10649cbf'],
    ['custom-key', '25a849e95ba97d7f'],
    ['custom-value', '25a849e95bb8e8b4bf'],
    ['Mon, 21 Oct 2013 20:13:21 GMT', 'd07abe941054d444a8200595040b8166e082a62d1bff'],
    ['', ''],
  ])('codes %j as RFC 7541 does in appendix C', (text, hex) => {
    expect(encode(Buffer.from(text)).toString('hex')).toBe(hex)
    expect(decode(Buffer.from(hex, 'hex'))?.toString()).toBe(text)
  })

  it('gets every byte back', () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    expect(decode(encode(all))).toEqual(Buffer.from(all))
  })

  it('gets random bytes back', () => {
    const random = new Random([1, 2, 3, 4])
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(Array.from({ length: random.int(80) }, () => random.int(256)))
      expect(decode(encode(bytes))).toEqual(bytes)
    }
  })

  it('refuses padding that is not the beginning of the end symbol', () => {
    // 'a' is 00011, padded with ones: 0x1f.
    expect(decode(Buffer.from([0x1f]))?.toString()).toBe('a')
    for (const wrong of [0x18, 0x1e, 0x1b]) expect(decode(Buffer.from([wrong]))).toBeUndefined()
  })

  it('refuses a whole byte of padding', () => {
    expect(decode(Buffer.from([0x1f, 0xff]))).toBeUndefined()
    expect(decode(Buffer.from([0xff]))).toBeUndefined()
  })

  it('refuses the end symbol', () => {
    expect(decode(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toBeUndefined()
  })
})
