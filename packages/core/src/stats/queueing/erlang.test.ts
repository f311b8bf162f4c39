import { describe, expect, it } from 'vitest'
import { erlangB, erlangC, meanResponseTime, responseTail } from './erlang.ts'

describe('Erlang', () => {
  it.each([
    [2, 1.4, 0.57647, 0.96078],
    [4, 2.8, 0.428654, 0.357212],
    [8, 6.4, 0.457645, 0.286028],
    [16, 14.4, 0.591343, 0.36959],
  ])('C of %d servers at a load of %d: the tables of the textbooks', (servers, load, waits, wait) => {
    expect(erlangC(servers, load)).toBeCloseTo(waits, 5)
    expect(meanResponseTime({ servers, arrivals: load, services: 1 }) - 1).toBeCloseTo(wait, 5)
  })

  it('B of 4 servers at 2.8 is 0.183724', () => {
    expect(erlangB(4, 2.8)).toBeCloseTo(0.183724, 6)
    expect(erlangB(0, 2.8)).toBe(1)
  })

  // Quantiles by scipy.optimize.brentq on the tail, and of M/M/1 in closed form: 15.3506, 2.3105.
  it.each([
    [1, 0.7, 15.350567286626967, 2.310490601866486],
    [2, 1.4, 8.265576495392455, 1.4511449668161633],
    [4, 2.8, 5.492557496409516, 1.028546905622136],
    [16, 14.4, 5.269834601084461, 1.0780097730950007],
  ])('the response times of M/M/%d at a load of %d', (servers, arrivals, p99, p50) => {
    const queue = { servers, arrivals, services: 1 }
    expect(responseTail(queue, p99)).toBeCloseTo(0.01, 10)
    expect(responseTail(queue, p50)).toBeCloseTo(0.5, 10)
    expect(responseTail(queue, 0)).toBe(1)
  })

  it('is continuous where both rates are equal', () => {
    // c·μ − λ = μ.
    const at = (arrivals: number): number => responseTail({ servers: 3, arrivals, services: 1 }, 2)
    expect(at(2)).toBeCloseTo((at(2 - 1e-4) + at(2 + 1e-4)) / 2, 7)
    expect(at(2 + 1e-9)).toBeCloseTo(at(2), 7)
  })

  it('says that an overloaded queue never ends', () => {
    const queue = { servers: 2, arrivals: 2, services: 1 }
    expect(erlangC(2, 2)).toBe(1)
    expect(meanResponseTime(queue)).toBe(Infinity)
    expect(responseTail(queue, 1e9)).toBe(1)
  })

  it('takes thousands of servers', () => {
    expect(erlangC(5000, 4900)).toBeGreaterThan(0.05)
    expect(erlangC(5000, 4900)).toBeLessThan(0.2)
  })
})
