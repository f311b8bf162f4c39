import { expect, it } from 'vitest'
import { logOddsError } from './log-odds.ts'

it('is the plain difference near the target', () => {
  expect(logOddsError(0.8, 0.8, 1)).toBe(0)
  expect(logOddsError(0.8, 0.799, 1)).toBeCloseTo(0.001, 5)
  expect(logOddsError(1.6, 1.601, 2)).toBeCloseTo(-0.001, 5)
})

it('goes beyond the difference where a gauge has reached its end, and stays finite', () => {
  // By hand: (logit 0.8 − logit 0.98) · 0.16
  expect(logOddsError(0.8, 1, 1)).toBeCloseTo((Math.log(4) - Math.log(49)) * 0.16, 12)
  expect(logOddsError(0.8, 1, 1)).toBeLessThan(-0.2)
  expect(logOddsError(0.8, 0, 1)).toBeCloseTo((Math.log(4) + Math.log(49)) * 0.16, 12)
})

it('is the difference of logarithms without an end', () => {
  expect(logOddsError(3, 6, Infinity)).toBeCloseTo(-3 * Math.log(2), 12)
  expect(logOddsError(3, 3.003, Infinity)).toBeCloseTo(-0.003, 5)
  expect(logOddsError(3, 0, Infinity)).toBeCloseTo(3 * Math.log(50), 12)
})
