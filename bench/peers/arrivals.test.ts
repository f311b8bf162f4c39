import { describe, expect, it } from 'vitest'
import { afterWarmup, punctuality, quantiles, wireTimes } from './arrivals.ts'

const grid = (count: number, period: number) =>
  Float64Array.from({ length: count }, (_, index) => 5e9 + index * period)

describe('quantiles', () => {
  it('are nearest ranks', () => {
    const values = Float64Array.from({ length: 100 }, (_, index) => 100 - index)
    expect(quantiles(values)).toEqual({ p50: 50, p90: 90, p99: 99, max: 100 })
    expect(quantiles(Float64Array.of(7))).toEqual({ p50: 7, p90: 7, p99: 7, max: 7 })
  })
})

describe('punctuality', () => {
  it('finds nothing wrong with an even grid', () => {
    expect(punctuality(grid(1001, 1e6), 1000)).toEqual({
      count: 1001,
      rate: 1000,
      late: { p50: 0, p90: 0, p99: 0, max: 0 },
      gapVariation: 0,
    })
  })

  it('measures lateness against the earliest grid that fits, in any order of arrival', () => {
    const late = grid(1000, 1e6)
      .map((at, index) => at + (index % 10 === 3 ? 200_000 : 0) + 40_000)
      .toReversed()
    expect(punctuality(late, 1000)?.late).toEqual({ p50: 0, p90: 0, p99: 200_000, max: 200_000 })
  })

  it('makes a tool pay for what it leaves out', () => {
    const missing = grid(1000, 1e6).filter((_, index) => index < 400 || index >= 500)
    expect(punctuality(missing, 1000)?.late).toMatchObject({ p90: 100e6, max: 100e6 })
  })

  it('sees a lower rate as growing lateness', () => {
    const slow = punctuality(grid(1001, 1.01e6), 1000)
    expect(slow?.rate).toBeCloseTo(990.1, 1)
    expect(slow?.late.max).toBeCloseTo(10e6, -1)
  })

  it('tells bursts from an even flow', () => {
    const bursts = grid(1000, 1e6).map((_, index) => Math.floor(index / 10) * 10e6)
    expect(punctuality(bursts, 1000)?.gapVariation).toBeGreaterThan(2.9)
  })

  it('says nothing about a handful of requests', () => {
    expect(punctuality(grid(99, 1e6), 1000)).toBeNull()
  })
})

describe('afterWarmup and wireTimes', () => {
  it('leave the start out, and requests without an answer', () => {
    const received = grid(10, 1e9)
    const sent = received.map((at, index) => (index === 9 ? 0 : at + 2000))
    const warm = afterWarmup({ received, parsed: received, sent }, 3e9)
    expect(warm.received.length).toBe(7)
    expect(wireTimes(warm)).toEqual({ p50: 2000, p90: 2000, p99: 2000, max: 2000 })
  })
})
