import { describe, expect, it } from 'vitest'
import { batchForShare, batchTime, closedBatchThroughput, type ClosedBatching } from './batch-service.ts'

const SERVICE = { fixed: 4, perItem: 1 }

describe('a server of batches', () => {
  it('reaches half of its limit at a ÷ c, and four fifths at four times that', () => {
    expect(batchForShare(SERVICE, 0.5)).toBe(4)
    expect(batchForShare(SERVICE, 0.8)).toBeCloseTo(16, 12)
    for (const share of [0.1, 0.5, 0.8, 0.95]) {
      const batch = batchForShare(SERVICE, share)
      expect(batch / batchTime(SERVICE, batch)).toBeCloseTo(share / SERVICE.perItem, 12)
    }
  })

  const at = (users: number, rest: Partial<ClosedBatching> = {}): number =>
    closedBatchThroughput(SERVICE, { users, most: 8, delay: 0, outside: 0, ...rest })

  it('has the known throughputs of a closed loop: a = 4 ms, c = 1 ms, batches up to 8', () => {
    expect(at(1) * 1000).toBe(200)
    expect(at(8) * 1000).toBeCloseTo(666.667, 3)
    expect(8 / at(8)).toBe(12)
    expect(at(16) * 1000).toBeCloseTo(666.667, 3)
    expect(16 / at(16)).toBeCloseTo(24, 12)
  })

  it('gains nothing from users where it executes requests one by one', () => {
    for (const users of [1, 2, 16]) expect(at(users, { most: 1 })).toBeCloseTo(1 / 5, 12)
    expect(at(1, { most: 1, outside: 5 })).toBeCloseTo(1 / 10, 12)
    expect(at(2, { most: 1, outside: 5 })).toBeCloseTo(1 / 5, 12)
  })

  it('waits for its delay until a batch is full', () => {
    expect(at(4, { delay: 2 })).toBeCloseTo(4 / 10, 12)
    expect(at(8, { delay: 2 })).toBeCloseTo(8 / 12, 12)
    expect(at(4, { delay: 2, ready: 4 })).toBeCloseTo(4 / 8, 12)
  })

  it.each([1, 2, 3, 5, 8, 9, 12, 16, 40])('agrees with a simulation of %i users', (users) => {
    expect(at(users)).toBeCloseTo(simulate(users, 8), 2)
    expect(at(users, { most: 1 })).toBeCloseTo(simulate(users, 1), 2)
  })
})

/** Users who are back at once; the server takes what waits when it is free. */
function simulate(users: number, most: number): number {
  let waiting = users
  let now = 0
  let served = 0
  while (served < 20_000) {
    const batch = Math.min(waiting, most)
    waiting -= batch
    now += batchTime(SERVICE, batch)
    served += batch
    waiting += batch
  }
  return served / now
}
