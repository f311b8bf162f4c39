import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Burst } from './burst.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => vi.useRealTimers())

function open(): { burst: Burst; told: string[][] } {
  const told: string[][] = []
  return { told, burst: new Burst((paths) => told.push([...paths])) }
}

describe('Burst', () => {
  it('takes several writes for one change', () => {
    const { burst, told } = open()
    burst.add('a')
    vi.advanceTimersByTime(30)
    burst.add('a')
    burst.add('b')
    vi.advanceTimersByTime(39)
    expect(told).toEqual([])
    vi.advanceTimersByTime(1)
    expect(told).toEqual([['a', 'b']])
  })

  it('does not wait for ever', () => {
    const { burst, told } = open()
    for (let time = 0; time < 400; time += 20) {
      burst.add(`at ${time}`)
      vi.advanceTimersByTime(20)
    }
    expect(told).toHaveLength(1)
    expect(told[0]).toHaveLength(20)
  })

  it('starts anew after each', () => {
    const { burst, told } = open()
    burst.add('a')
    vi.advanceTimersByTime(1000)
    burst.add('b')
    vi.advanceTimersByTime(40)
    expect(told).toEqual([['a'], ['b']])
  })

  it('tells nothing when it is disposed', () => {
    const { burst, told } = open()
    burst.add('a')
    burst[Symbol.dispose]()
    vi.advanceTimersByTime(1000)
    expect(told).toEqual([])
  })
})
