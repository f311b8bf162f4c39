import { expect, it } from 'vitest'
import { openLoad, scheduleOf, take } from '../../test/support/arrivals.ts'
import { SECOND } from '../units/nanos.ts'
import { ArrivalStatistics } from './arrival-statistics.ts'
import type { ProcessPlan } from './load-plan.ts'

function summaryOf(process: ProcessPlan, rate: number | undefined, seconds: number) {
  const statistics = new ArrivalStatistics(seconds * SECOND, 10)
  for (const instant of take(scheduleOf(openLoad(process, rate), 1, { until: seconds * SECOND }), Infinity))
    statistics.add(instant)
  return statistics.summary
}

it('counts what is known: even arrivals', () => {
  const { count, meanRate, gapCv, dispersion, peak, bins } = summaryOf({ kind: 'constant' }, 100, 20)
  expect({ count, meanRate, dispersion, peak }).toEqual({
    count: 2000,
    meanRate: 100,
    dispersion: 0,
    peak: 100,
  })
  expect(gapCv).toBeCloseTo(0, 6)
  expect(bins).toEqual(Array.from({ length: 10 }, () => 200))
})

it('counts what is known: bursts and the silence between them', () => {
  const burst = { kind: 'burst', count: 30, within: 0, every: 3 * SECOND } as const
  const { count, peak, dispersion, bins } = summaryOf(burst, undefined, 9)
  expect({ count, peak }).toEqual({ count: 90, peak: 30 })
  // 30, 0, 0, 30, 0, 0, 30, 0, 0: mean 10, sample variance 9 · 200 / 8.
  expect(dispersion).toBeCloseTo(22.5, 9)
  expect(bins.reduce((sum, value) => sum + value, 0)).toBe(90)
})

it('finds 1 for Poisson arrivals, and more for burstier ones', () => {
  const poisson = summaryOf({ kind: 'poisson' }, 200, 2000)
  expect(poisson.gapCv).toBeCloseTo(1, 1)
  expect(Math.abs((poisson.dispersion as number) - 1)).toBeLessThan(4 * Math.sqrt(2 / 2000))
  expect(summaryOf({ kind: 'gamma', cv: 3 }, 200, 2000).gapCv).toBeCloseTo(3, 0)
})

it('says nothing about what there is too little of', () => {
  const none = new ArrivalStatistics(SECOND, 4)
  expect(none.summary).toEqual({
    count: 0,
    meanRate: 0,
    gapCv: null,
    dispersion: null,
    peak: 0,
    bins: [0, 0, 0, 0],
  })
  none.add(0)
  none.add(0)
  none.add(0)
  expect(none.summary).toMatchObject({ count: 3, gapCv: null, peak: 3 })
})
