import { describe, expect, it } from 'vitest'
import { createRandom } from '../seed.ts'
import { anyOf, eachOf, fanOutPercentile } from './fan-out.ts'

describe('a request that asks many servers', () => {
  it('has the known answers of Dean and Barroso', () => {
    expect(anyOf(0.01, 100)).toBeCloseTo(0.633968, 6)
    expect(anyOf(1e-4, 2000)).toBeCloseTo(0.181277, 6)
    expect(eachOf(0.99, 100)).toBeCloseTo(0.9998995, 7)
  })

  it('asks for the percentile of one that the slowest of many has', () => {
    expect(fanOutPercentile(99, 1)).toBe(99)
    expect(fanOutPercentile(99, 10)).toBeCloseTo(99.899547, 6)
    expect(fanOutPercentile(50, 2)).toBeCloseTo(70.710678, 6)
    expect(anyOf(1 - fanOutPercentile(99, 37) / 100, 37)).toBeCloseTo(0.01, 12)
  })

  it('is what drawing the slowest of many gives', () => {
    const random = createRandom({ seed: 'fan-out', path: [], repeat: 0, stream: 'main', purpose: 'test' })
    const [servers, requests] = [10, 20_000]
    // Exponential: F⁻¹(q) = −ln(1 − q).
    const slowest = Array.from({ length: requests }, () =>
      Math.max(...Array.from({ length: servers }, () => -Math.log1p(-random.next()))),
    ).toSorted((a, b) => a - b)
    const expected = -Math.log1p(-fanOutPercentile(99, servers) / 100)
    const found = slowest[Math.ceil(0.99 * requests) - 1] as number
    // Its standard error is √(p (1 − p) ÷ n) ÷ f, about 0.07: four of them.
    expect(Math.abs(found - expected)).toBeLessThan(0.3)
  })

  it('is exact where shares are tiny, and at the ends', () => {
    expect(anyOf(1e-18, 5)).toBe(5e-18)
    expect(anyOf(0, 100)).toBeCloseTo(0, 15)
    expect(anyOf(1, 3)).toBe(1)
  })
})
