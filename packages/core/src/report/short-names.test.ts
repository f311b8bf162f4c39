import { describe, expect, it } from 'vitest'
import { shortenNames } from './short-names.ts'

describe('shortenNames', () => {
  it('keeps what distinguishes cases: the values of the axes that vary', () => {
    expect(
      shortenNames([
        'suite > one > task=a b,device=cpu,batch=1',
        'suite > one > task=a b,device=gpu,batch=8',
      ]),
    ).toEqual({ common: 'suite > one > task=a b', axes: 'device, batch', names: ['cpu, 1', 'gpu, 8'] })
  })

  it('takes off the path alone where axes differ, or values have signs of their own', () => {
    expect(shortenNames(['suite > a > x=1', 'suite > b > y=1'])).toEqual({
      common: 'suite',
      axes: null,
      names: ['a > x=1', 'b > y=1'],
    })
    expect(shortenNames(['s > x=1', 's > y=1']).names).toEqual(['x=1', 'y=1'])
    expect(shortenNames(['s > x=a,b', 's > x=c']).names).toEqual(['x=a,b', 'x=c'])
    expect(shortenNames(['s > x=a=b', 's > x=c']).names).toEqual(['x=a=b', 'x=c'])
  })

  it('leaves alone what has nothing in common, or no company', () => {
    expect(shortenNames(['a > x=1'])).toEqual({ common: '', axes: null, names: ['a > x=1'] })
    expect(shortenNames(['a', 'b'])).toEqual({ common: '', axes: null, names: ['a', 'b'] })
    expect(shortenNames([])).toEqual({ common: '', axes: null, names: [] })
  })

  it('never makes names empty or different ones equal', () => {
    expect(shortenNames(['s > x=1', 's > x=1'])).toEqual({ common: 's', axes: null, names: ['x=1', 'x=1'] })
    expect(shortenNames(['s', 's > x=1'])).toEqual({ common: '', axes: null, names: ['s', 's > x=1'] })
  })
})
