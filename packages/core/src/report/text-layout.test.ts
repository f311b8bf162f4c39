import { describe, expect, it } from 'vitest'
import { displayWidth, flow, padEnd, padStart, truncate, truncateMiddle, wrap } from './text-layout.ts'

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['µs ±5 %', 7],
    ['漢字', 4],
    ['한국어', 6],
    ['e\u0301', 1],
    ['😀', 2],
    ['[8.75,\u00a0∞)', 9],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })
})

describe('padding and truncation', () => {
  it('counts columns, not characters', () => {
    expect(padEnd('漢', 4)).toBe('漢  ')
    expect(padStart('漢', 4)).toBe('  漢')
    expect(truncate('漢字名前', 5)).toBe('漢字…')
    expect(truncate('abcdef', 4)).toBe('abc…')
    expect(truncate('abcd', 4)).toBe('abcd')
    expect(truncate('abc', 0)).toBe('')
  })
})

describe('names of cases', () => {
  it('are shortened in the middle, and keep more of their ends', () => {
    expect(truncateMiddle('batching=false,users=16', 16)).toBe('batch…e,users=16')
    expect(truncateMiddle('short', 5)).toBe('short')
    expect(truncateMiddle('漢字名前漢字名前', 7)).toBe('漢…名前')
    for (let width = 0; width < 30; width++) {
      const text = 'a 漢字名前 😀 b > protocol=http,batch=16'
      expect(displayWidth(truncateMiddle(text, width))).toBeLessThanOrEqual(width)
    }
  })
})

describe('flow', () => {
  it('breaks between items and keeps them whole', () => {
    expect(flow(['aaa bbb', 'ccc ddd', 'ee'], 12, '  ')).toEqual(['aaa bbb', 'ccc ddd  ee'])
  })

  it('breaks an item that is longer than a line at its spaces, and a longer word anywhere', () => {
    expect(flow(['one two three'], 7, '  ')).toEqual(['one two', 'three'])
    expect(flow(['abcdefghij'], 4, '  ')).toEqual(['abcd', 'efgh', 'ij'])
  })

  it('never exceeds the width, whatever it is given', () => {
    const words = ['漢字漢字漢字', 'a', 'bb ccc', 'x'.repeat(90), '', '😀😀😀']
    for (let width = 2; width < 40; width++) {
      for (const line of [...flow(words, width, '   '), ...wrap(words.join(' '), width)]) {
        expect(displayWidth(line)).toBeLessThanOrEqual(width)
      }
    }
  })
})
