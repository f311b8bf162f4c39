import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Sha256 } from './sha256.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const hex = (hash: Sha256): string =>
  Array.from(hash.words(), (word) => word.toString(16).padStart(8, '0')).join('')

describe('Sha256', () => {
  it.each([
    ['nothing', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['one block', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'two blocks',
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    [
      'a million letters',
      'a'.repeat(1_000_000),
      'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
    ],
  ])('hashes %s as FIPS 180-4 says', (_, text, digest) => {
    expect(hex(new Sha256().update(encode(text)))).toBe(digest)
  })

  it('agrees with OpenSSL at every length around block ends, in any pieces', () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, index) => (index * 131) & 255)
    for (let length = 0; length <= bytes.length; length++) {
      const hash = new Sha256()
      for (let at = 0; at < length; at += 7) hash.update(bytes.subarray(at, Math.min(at + 7, length)))
      expect(hex(hash)).toBe(createHash('sha256').update(bytes.subarray(0, length)).digest('hex'))
    }
  })
})
