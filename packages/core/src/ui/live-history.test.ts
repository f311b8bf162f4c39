import { describe, expect, it } from 'vitest'
import { liveTrial } from '../../test/support/live-trial.ts'
import { LiveHistory } from './live-history.ts'

const MS = 1e6

describe('LiveHistory', () => {
  it('keeps two values a second, the newest of each half', () => {
    const history = new LiveHistory()
    for (const [elapsed, throughput] of [
      [0, 1],
      [100, 2],
      [499, 3],
      [500, 4],
      [900, 5],
      [1000, 6],
    ] as const) {
      history.add(liveTrial({ elapsed: elapsed * MS, throughput, p99: throughput * MS }))
    }
    expect(history.throughput).toEqual([3, 5, 6])
    expect(history.p99).toEqual([3 * MS, 5 * MS, 6 * MS])
  })

  it('starts anew with another trial, and when the same one starts anew', () => {
    const history = new LiveHistory()
    history.add(liveTrial({ elapsed: 3000 * MS, throughput: 1 }))
    history.add(liveTrial({ elapsed: 100 * MS, throughput: 2 }))
    expect(history.throughput).toEqual([2])
    history.add(liveTrial({ id: 'ba9876543210', elapsed: 200 * MS, throughput: 3 }))
    expect(history.throughput).toEqual([3])
  })

  it('has nothing to say about a trial that is not measured yet or any more', () => {
    const history = new LiveHistory()
    history.add(liveTrial({ phase: 'preparing', elapsed: 0 }))
    history.add(liveTrial({ elapsed: 0, throughput: 7 }))
    history.add(liveTrial({ phase: 'finishing', elapsed: 9000 * MS }))
    expect(history.throughput).toEqual([7])
  })

  it('forgets the oldest', () => {
    const history = new LiveHistory()
    for (let step = 0; step < 1000; step++)
      history.add(liveTrial({ elapsed: step * 500 * MS, throughput: step }))
    expect(history.throughput).toHaveLength(120)
    expect(history.throughput.at(-1)).toBe(999)
    expect(history.p99).toHaveLength(120)
  })
})
