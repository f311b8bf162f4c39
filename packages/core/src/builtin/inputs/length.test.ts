import { describe, expect, it } from 'vitest'
import { momentsOf } from '../../../test/support/inputs.ts'
import { Random } from '../../plugin.ts'
import { readLength, type Length, type Lengths } from './length.ts'
import { OptionReader } from './option-reader.ts'

const DRAWS = 40_000

function lengths(length: unknown, unit?: number): Lengths {
  const reader = new OptionReader('tokens', { length })
  const read = readLength(reader, 'length', 1, unit === undefined ? {} : { unit })
  reader.done()
  return read
}

function draw(length: Length): number[] {
  const random = new Random([3, 1, 4, 1])
  const read = lengths(length)
  return Array.from({ length: DRAWS }, () => read.draw(random))
}

/** Sample mean and variance are this close in all but 1 of 10 000 cases, for tails no heavier than a lognormal's. */
function expectMoments(values: readonly number[], mean: number, variance: number): void {
  const found = momentsOf(values)
  expect(Math.abs(found.mean - mean)).toBeLessThan(4 * Math.sqrt(variance / DRAWS))
  expect(Math.abs(found.variance / variance - 1)).toBeLessThan(0.1)
}

describe('lengths', () => {
  it('are uniform between two numbers', () => {
    // Of n equally likely whole numbers: (n² − 1) / 12.
    expectMoments(draw([5, 24]), 14.5, (20 * 20 - 1) / 12)
    expect(new Set(draw([5, 8]))).toEqual(new Set([5, 6, 7, 8]))
  })

  it('are lognormal with the mean and coefficient of variation that are given', () => {
    // Rounding to whole numbers adds 1/12 to the variance.
    expectMoments(draw({ mean: 500, cv: 0.5, most: 1_000_000 }), 500, (500 * 0.5) ** 2 + 1 / 12)
    expectMoments(draw({ mean: 100, cv: 0.2, most: 1_000_000 }), 100, (100 * 0.2) ** 2 + 1 / 12)
  })

  it('keep to their limits without piling up there', () => {
    const values = draw({ mean: 100, cv: 1, least: 20, most: 120 })
    expect(Math.min(...values)).toBe(20)
    expect(Math.max(...values)).toBe(120)
    expect(values.filter((value) => value === 120).length / DRAWS).toBeLessThan(0.02)
    expect(draw({ mean: 1000, cv: 0.01, most: 5 })[0]).toBe(5)
  })

  it('are as frequent as they were observed', () => {
    const values = draw({ observed: [1, 10, 100], weights: [1, 0, 3] })
    const share = values.filter((value) => value === 100).length / DRAWS
    expect(Math.abs(share - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / DRAWS))
    expect(values).not.toContain(10)
  })

  it('are multiples of a unit', () => {
    const { least, most } = lengths([0.5, 1.25], 16_000)
    expect([least, most]).toEqual([8000, 20_000])
  })

  it.each([
    0,
    -1,
    1.5,
    Number.NaN,
    '5',
    [5, 4],
    [1],
    { mean: 5 },
    { mean: 5, most: 0 },
    { observed: [] },
    { observed: [1], weights: [0] },
    { observed: [1, 2], weights: [1] },
  ])('refuse %j', (length) => {
    expect(() => lengths(length)).toThrow('length: must be a length')
  })
})
