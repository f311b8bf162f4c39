import { describe, expect, it } from 'vitest'
import { createSchedule } from '../arrival/schedule.ts'
import { Random } from '../stats/prng.ts'
import { SECOND } from '../units/nanos.ts'
import { littlesLawGap } from './littles-law.ts'
import { estimateGoodput, RateCounter } from './rates.ts'

describe('RateCounter', () => {
  it('counts what lies in [A, B), per second', () => {
    const counter = new RateCounter(10 * SECOND, 20 * SECOND)
    for (const seconds of [9.999, 10, 15, 19.999, 20]) counter.add(seconds * SECOND)
    counter.add(12 * SECOND, 7)
    counter.add(NaN)
    expect(counter.total).toBe(10)
    expect(counter.rate().value).toBe(1)
  })

  it('has an interval that covers the rate of a Poisson process, of its relative width', () => {
    let covered = 0
    let widths = 0
    for (let seed = 0; seed < 200; seed++) {
      const schedule = createSchedule(
        {
          loop: 'open',
          process: { kind: 'poisson' },
          rate: [{ from: 0, until: null, rate: 100, rateEnd: 100 }],
        },
        new Random([seed, 8, 8, 8]),
        { until: 100 * SECOND },
      )
      const counter = new RateCounter(0, 100 * SECOND)
      for (; schedule.peek() < Infinity; schedule.advance()) counter.add(schedule.peek())
      const { value, interval } = counter.rate()
      const [low, high] = interval as readonly [number, number]
      expect(value).toBe(counter.total / 100)
      // 10 000 arrivals: a relative standard deviation of 1 %, so 4 wide in the mean.
      widths += high - low
      if (low <= 100 && 100 <= high) covered += 1
    }
    expect(covered).toBeGreaterThanOrEqual(180)
    expect(widths / 200).toBeLessThan(5)
  })

  it('is certain of a steady rate, and knows no negative one', () => {
    const steady = new RateCounter(0, 64 * SECOND)
    for (let index = 0; index < 640; index++) steady.add(index * 0.1 * SECOND)
    const { value, interval } = steady.rate()
    expect(value).toBe(10)
    expect(
      (interval as readonly [number, number])[1] - (interval as readonly [number, number])[0],
    ).toBeLessThan(0.4)
    const rare = new RateCounter(0, 64 * SECOND)
    rare.add(SECOND)
    expect(rare.rate().interval?.[0]).toBe(0)
  })

  it('is null for an empty measurement', () => {
    expect(new RateCounter(5, 5).rate()).toEqual({ value: null, interval: null })
  })
})

describe('estimateGoodput', () => {
  it('scales by the share of correct answers among the checked', () => {
    const rate = { value: 100, interval: [90, 110] as const }
    const { value, interval } = estimateGoodput(rate, 1000, 100)
    expect(value).toBe(90)
    const [low, high] = interval as readonly [number, number]
    expect(low).toBeLessThan(90 * 0.9)
    expect(high).toBeGreaterThan(110 * 0.9)
    expect(estimateGoodput(rate, 0, 0)).toBe(rate)
    expect(estimateGoodput({ value: 10, interval: null }, 10, 5)).toEqual({ value: 5, interval: null })
  })
})

describe('littlesLawGap', () => {
  it('is the relative gap between L and X · W', () => {
    expect(littlesLawGap(4, 100, 40e6)).toBe(0)
    expect(littlesLawGap(4, 100, 30e6)).toBeCloseTo(0.25, 12)
    expect(littlesLawGap(0, 100, 1)).toBeNull()
    expect(littlesLawGap(null, 100, 1)).toBeNull()
    expect(littlesLawGap(1, 100, null)).toBeNull()
  })
})
