import { describe, expect, it } from 'vitest'
import { printable, printableLines } from './printable.ts'

describe('printable', () => {
  it.each([
    ['plain µ–漢 text', 'plain µ–漢 text'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u009b2J', '\\x9b2J'],
    ['abc\u202egnp.exe', 'abc\\u202egnp.exe'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['\u2028', '\\u2028'],
    ['lone \ud800 surrogate', 'lone \\ud800 surrogate'],
    ['😀', '😀'],
  ])('%j', (text, safe) => {
    expect(printable(text)).toBe(safe)
  })

  it('leaves no control character of the first 65 536 code points', () => {
    let all = ''
    for (let code = 0; code < 0x1_0000; code++) all += String.fromCharCode(code)
    // oxlint-disable-next-line no-control-regex
    expect(printable(all)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/)
  })

  it('keeps lines apart where lines are wanted', () => {
    expect(printableLines('one\r\n\u001b[2Jtwo  \nthree\n\n')).toEqual(['one', '\\x1b[2Jtwo', 'three'])
  })
})
