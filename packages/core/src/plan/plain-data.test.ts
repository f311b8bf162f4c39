import { describe, expect, it } from 'vitest'
import { toPlainData } from './plain-data.ts'

describe('toPlainData', () => {
  it('copies what JSON can hold, and leaves out what is undefined', () => {
    const value = {
      text: 'x',
      number: 1.5,
      flag: true,
      none: null,
      absent: undefined,
      list: [1, { deep: [] }],
    }
    const { value: copy, offences } = toPlainData(value, 'options')
    expect(copy).toEqual({ text: 'x', number: 1.5, flag: true, none: null, list: [1, { deep: [] }] })
    expect(copy).not.toHaveProperty('absent')
    expect(offences).toEqual([])
  })

  it('takes the same object twice, but not inside itself', () => {
    const shared = { a: 1 }
    expect(toPlainData([shared, shared], '').offences).toEqual([])
    const loop: Record<string, unknown> = {}
    loop['self'] = { loop }
    expect(toPlainData(loop, 'options').offences).toEqual([
      { path: 'options.self.loop', message: 'this object contains itself.' },
    ])
  })

  it.each([
    [Number.NaN, 'NaN has no place in JSON'],
    [Infinity, 'Infinity has no place'],
    [10n, "write 10 as text, '10'"],
    [Symbol('s'), 'a symbol is not plain data'],
    [() => 1, 'a function cannot leave the bench file'],
    [new Date(0), 'a Date is not plain data'],
    [new Map(), 'a Map is not plain data'],
    [new URL('http://localhost'), 'a URL is not plain data'],
    [new Float32Array(2), 'a Float32Array is not plain data'],
  ])('refuses %s with its path', (value, message) => {
    const { offences } = toPlainData({ list: ['ok', value] }, 'target.options')
    expect(offences).toEqual([{ path: 'target.options.list.1', message: expect.stringContaining(message) }])
  })

  it('tells all offences', () => {
    expect(toPlainData({ a: 1n, b: { c: new Set() } }, '').offences.map((offence) => offence.path)).toEqual([
      'a',
      'b.c',
    ])
  })

  it('puts something else in the place of functions when told to', () => {
    const { value, offences } = toPlainData({ call: () => 1 }, 'target.options', {
      functionAt: (path) => ({ at: path }),
    })
    expect(value).toEqual({ call: { at: 'target.options.call' } })
    expect(offences).toEqual([])
  })
})
