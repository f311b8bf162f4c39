import { describe, expect, it } from 'vitest'
import { Random } from '../stats/prng.ts'
import { MILLISECOND } from '../units/nanos.ts'
import { createThinkTime, type DrawnThinkTimePlan } from './think-time.ts'

const pauses = (plan: DrawnThinkTimePlan, count: number): readonly number[] => {
  const thinkTime = createThinkTime(plan, new Random([8, 8, 8, 8]))
  return Array.from({ length: count }, () => thinkTime.next())
}
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

describe('createThinkTime', () => {
  it('none and constant', () => {
    expect(pauses({ kind: 'none' }, 2)).toEqual([0, 0])
    expect(pauses({ kind: 'constant', mean: 40 * MILLISECOND }, 2)).toEqual([4e7, 4e7])
  })

  it('exponential: mean and standard deviation are the mean', () => {
    const values = pauses({ kind: 'exponential', mean: 1000 }, 40_000)
    const mean = meanOf(values)
    expect(Math.abs(mean - 1000)).toBeLessThan(4 * 5)
    expect(Math.abs(Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))) - 1000)).toBeLessThan(
      4 * 7.1,
    )
  })

  it('uniform: between its ends', () => {
    const values = pauses({ kind: 'uniform', low: 10, high: 30 }, 40_000)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(10)
    expect(Math.max(...values)).toBeLessThan(30)
    expect(Math.abs(meanOf(values) - 20)).toBeLessThan(4 * 0.029)
  })

  it('gives the same pauses for the same seed', () => {
    const plan: DrawnThinkTimePlan = { kind: 'exponential', mean: 5 }
    expect(pauses(plan, 10)).toEqual(pauses(plan, 10))
  })

  it.each([
    [{ kind: 'gamma', mean: 1000, cv: 2 }, 2],
    [{ kind: 'lognormal', mean: 1000, cv: 0.5 }, 0.5],
    [{ kind: 'hyperexponential', mean: 1000, cv: 1.5 }, 1.5],
    [{ kind: 'weibull', mean: 1000, shape: 1 }, 1],
  ] as readonly (readonly [DrawnThinkTimePlan, number])[])('%j: its mean and variation', (plan, cv) => {
    const values = pauses(plan, 40_000)
    const mean = meanOf(values)
    expect(Math.abs(mean - 1000)).toBeLessThan((4 * 1000 * cv) / 200)
    const deviation = Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)))
    expect(Math.abs(deviation / 1000 / cv - 1)).toBeLessThan(0.08)
  })
})
