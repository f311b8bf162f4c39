import { describe, expect, it } from 'vitest'
import { richResult } from '../../../core/test/result-fixture.ts'
import { pack, unpack } from './pack.ts'

describe('packed JSON', () => {
  it.each([
    ['scalars', [null, true, false, 0, -1.5e300, '', 'text']],
    ['nothing', {}],
    ['a key that looks like a reference', { '\u0001': 0, '\u0001\u0001': 1 }],
    [
      'only a key that looks like a reference',
      [{ '\u0001': 3 }, { '\u0001': 3 }, { '\u0001': { '\u0001': 1 } }],
    ],
    ['keys of objects', JSON.parse('{"__proto__":{"constructor":1},"toString":2}') as unknown],
    ['text that looks like a reference', ['\u00010\u0001', '{"\\u0001":0}', '"],"root":1']],
    [
      'what repeats itself',
      Array.from({ length: 50 }, (_, at) => ({
        at: at % 3,
        same: { text: 'x'.repeat(60), list: [1, 2, 3] },
      })),
    ],
    ['a result', JSON.parse(JSON.stringify(richResult())) as unknown],
  ])('gives back %s', (_, value) => {
    expect(unpack(pack(value))).toEqual(value)
  })

  it('leaves out what JSON leaves out', () => {
    expect(unpack(pack({ a: undefined, b: [undefined], c: NaN }))).toEqual({ b: [null], c: null })
  })

  it('writes equal parts once, and nothing twice', () => {
    const part = { text: 'only once, please, since it is long enough for that' }
    const text = pack([part, { ...part }, { deeper: [{ ...part }] }])
    expect(text.split('only once')).toHaveLength(2)
  })

  it('makes no reference to what stands once', () => {
    const value = { first: { text: 'a'.repeat(100) }, second: { text: 'b'.repeat(100) } }
    expect(pack(value)).toBe(JSON.stringify({ parts: [], root: value }))
  })

  it('never sets what objects inherit', () => {
    const back = unpack(pack(JSON.parse('[{"__proto__":{"polluted":true}}]'))) as readonly object[]
    expect(Object.getPrototypeOf(back[0])).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
