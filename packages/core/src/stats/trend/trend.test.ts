import { describe, expect, it } from 'vitest'
import { drawNormal } from '../draws/normal.ts'
import { Random } from '../prng.ts'
import { trendOf, type Trend } from './trend.ts'

const series = (length: number, value: (index: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, index) => value(index))
const trend = (values: Float64Array): Trend => trendOf(values) as Trend

describe('trendOf', () => {
  it('reads a line', () => {
    expect(trend(series(20, (index) => 3 + 2 * index))).toMatchObject({
      count: 20,
      tau: 1,
      slope: 2,
      slopeInterval: [2, 2],
    })
    expect(trend(series(20, (index) => -index)).tau).toBe(-1)
    expect(trend(series(20, (index) => -index)).p).toBeLessThan(1e-6)
  })

  it('agrees with the Mann–Kendall test and Theil–Sen slope of others', () => {
    // scipy: kendalltau's S with the normal approximation and continuity; theilslopes(x, range(10), 0.95).
    const values = Float64Array.of(5.1, 4.9, 5.6, 5.0, 5.8, 5.3, 6.1, 5.7, 5.2, 6.0)
    const { tau, p, slope, slopeInterval } = trend(values)
    expect(tau).toBeCloseTo(19 / 45, 10)
    expect(p).toBeCloseTo(0.10740463633025372, 10)
    expect(slope).toBeCloseTo(0.1, 10)
    expect(slopeInterval[0]).toBeCloseTo(-1 / 30, 10)
    expect(slopeInterval[1]).toBeCloseTo(0.175, 10)
  })

  it('finds none in a constant, and gives none for few values', () => {
    expect(trend(series(30, () => 7))).toMatchObject({ tau: 0, p: 1, slope: 0, slopeInterval: [0, 0] })
    expect(trendOf(series(7, (index) => index))).toBeNull()
  })

  it.each([0, 0.3, 0.6])('raises few false alarms when neighbours correlate by %d', (correlation) => {
    let alarms = 0
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random([seed, correlation * 10, 5, 5])
      let value = 0
      const noise = series(40, () => (value = correlation * value + drawNormal(random)))
      if (trend(noise).p < 0.05) alarms += 1
    }
    expect(alarms).toBeLessThan(36)
  })

  it('sees a drift of 20 % through noise of 5 %', () => {
    let seen = 0
    for (let seed = 0; seed < 100; seed++) {
      const random = new Random([seed, 6, 6, 6])
      const { p, slopeInterval } = trend(
        series(30, (index) => 100 + (20 * index) / 29 + 5 * drawNormal(random)),
      )
      if (p < 0.05 && slopeInterval[0] > 0) seen += 1
    }
    expect(seen).toBeGreaterThan(95)
  })

  it('joins long series without changing the slope per step', () => {
    const random = new Random([1, 2, 3, 5])
    const { count, slope } = trend(series(5000, (index) => index / 100 + drawNormal(random)))
    expect(count).toBeLessThanOrEqual(512)
    expect(slope).toBeCloseTo(0.01, 4)
  })
})
