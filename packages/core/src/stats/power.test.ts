import { describe, expect, it } from 'vitest'
import { power } from './power.ts'

describe('power', () => {
  it.each([
    [2, 10, 1024],
    [9, 0.5, 3],
    [10, -3, 0.001],
    [0.25, 1.5, 0.125],
    [7, 0, 1],
    [0, 2, 0],
    [0, 0, 1],
  ])('%d to the power of %d', (base, exponent, expected) => {
    expect(power(base, exponent)).toBeCloseTo(expected, 12)
  })
})
