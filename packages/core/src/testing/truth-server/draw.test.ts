import { describe, expect, it } from 'vitest'
import { normal, randomBytes, uniform } from './draw.ts'

const COUNT = 100_000

describe('uniform', () => {
  it('depends on seed, purpose and index only', () => {
    expect(uniform(1, 2, 3)).toBe(uniform(1, 2, 3))
    expect(new Set([uniform(1, 2, 3), uniform(2, 2, 3), uniform(1, 3, 3), uniform(1, 2, 4)]).size).toBe(4)
  })

  it('fills [0, 1) evenly (χ² over 100 cells)', () => {
    const cells = Array.from({ length: 100 }, () => 0)
    for (let index = 0; index < COUNT; index++) {
      const value = uniform(7, 100, index)
      cells[Math.floor(value * 100)] = (cells[Math.floor(value * 100)] as number) + 1
    }
    const expected = COUNT / 100
    const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 99.9 % point of χ² with 99 degrees of freedom: 148.2.
    expect(chiSquare).toBeLessThan(148.2)
  })

  it('has no correlation between neighbours', () => {
    let sum = 0
    for (let index = 0; index < COUNT; index++) {
      sum += (uniform(7, 100, index) - 0.5) * (uniform(7, 100, index + 1) - 0.5)
    }
    // Standard error of the mean product: (1/12) / √n.
    expect(Math.abs(sum / COUNT)).toBeLessThan(4 / 12 / Math.sqrt(COUNT))
  })
})

describe('normal', () => {
  it('has mean 0, variance 1 and 2.275 % beyond two sigma', () => {
    let sum = 0
    let squares = 0
    let beyond = 0
    for (let index = 0; index < COUNT; index++) {
      const value = normal(3, 100, index)
      sum += value
      squares += value * value
      if (value > 2) beyond += 1
    }
    expect(Math.abs(sum / COUNT)).toBeLessThan(4 / Math.sqrt(COUNT))
    expect(Math.abs(squares / COUNT - 1)).toBeLessThan(4 * Math.sqrt(2 / COUNT))
    expect(Math.abs(beyond / COUNT - 0.02275)).toBeLessThan(4 * Math.sqrt(0.02275 / COUNT))
  })
})

describe('randomBytes', () => {
  it('repeats itself and never begins like text', () => {
    expect(randomBytes(1, 5, 64)).toEqual(randomBytes(1, 5, 64))
    for (let index = 0; index < 100; index++) expect(randomBytes(1, index, 8)[0]).toBeGreaterThanOrEqual(0x80)
  })
})
