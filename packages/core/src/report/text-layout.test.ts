import { describe, expect, it } from 'vitest'
import { displayWidth, flow, padEnd, padStart, shortenNames, truncate, wrap } from './text-layout.ts'

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
  const names = ['http', 'grpc'].map(
    (protocol) => `MLP on a server > closed loop > protocol=${protocol},users=16`,
  )

  it('stay as they are where there is room', () => {
    expect(shortenNames(names, 55)).toEqual(names)
    expect(shortenNames([], 5)).toEqual([])
  })

  it('lose the parts that all of them begin with, and never all of them', () => {
    expect(shortenNames(names, 53)).toEqual(['…protocol=http,users=16', '…protocol=grpc,users=16'])
    expect(shortenNames(['a > b > x=1,y=1', 'a > b > x=1,y=2'], 8)).toEqual(['…y=1', '…y=2'])
    expect(shortenNames(['alpha > b', 'alpha > b > c'], 8)).toEqual(['…b', '…b > c'])
    expect(shortenNames(['alpha > ', 'alpha > b'], 8)).toEqual(['a…ha > ', 'a…ha > b'])
  })

  it('lose the names of axes before their values', () => {
    expect(shortenNames(names, 19)).toEqual(['…pro…=http,users=16', '…pro…=grpc,users=16'])
    const like = ['off', 'on'].map((batching) => `batching=${batching},concurrency=16`)
    for (const width of [22, 18, 14, 12]) {
      const short = shortenNames(like, width)
      expect(new Set(short).size).toBe(2)
      for (const name of short) {
        expect(displayWidth(name)).toBeLessThanOrEqual(width)
        expect(name).toMatch(/^b\p{L}*…?=(off|on),c\p{L}*…?=16$/u)
      }
    }
  })

  it('are cut in the middle where nothing else helps, and keep more of their ends', () => {
    expect(shortenNames(['a-very-long-name-without-parts-16'], 16)).toEqual(['a-ver…t-parts-16'])
    expect(shortenNames(['漢字名前漢字名前'], 7)).toEqual(['漢…名前'])
    for (let width = 0; width < 40; width++) {
      for (const name of shortenNames([...names, 'a 漢字名前 😀 b > c=16'], width)) {
        expect(displayWidth(name)).toBeLessThanOrEqual(width)
      }
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
