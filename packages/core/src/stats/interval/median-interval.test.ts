import { describe, expect, it } from 'vitest'
import { createRandom } from '../seed.ts'
import { medianInterval } from './median-interval.ts'

describe('medianInterval', () => {
  it('is the whole range where few values hold no 95 %, with the coverage that it has', () => {
    expect(medianInterval([3, 1, 2, 5, 4])).toEqual({
      median: 3,
      low: 1,
      high: 5,
      coverage: expect.closeTo(0.9375, 12),
    })
    expect(medianInterval([7])).toMatchObject({ median: 7, low: 7, high: 7 })
    expect(medianInterval([7])?.coverage).toBeCloseTo(0, 12)
    expect(medianInterval([1, 3])).toMatchObject({ median: 2, low: 1, high: 3 })
    expect(medianInterval([1, 3])?.coverage).toBeCloseTo(0.5, 12)
    expect(medianInterval([])).toBeNull()
  })

  it('takes the ranks of the tables: 1 of 6, 2 of 9, 6 of 20', () => {
    const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
    // Conover, Practical Nonparametric Statistics: ranks of the sign test at 95 %.
    for (const [count, rank] of [
      [6, 1],
      [8, 1],
      [9, 2],
      [12, 3],
      [15, 4],
      [20, 6],
      [25, 8],
    ] as const)
      expect(medianInterval(upTo(count)), `${count} values`).toMatchObject({
        low: rank,
        high: count + 1 - rank,
      })
  })

  it('holds the median of a skewed distribution as often as it says', () => {
    const random = createRandom({ seed: 'median', path: [], repeat: 0, stream: '', purpose: 'test' })
    let held = 0
    const rounds = 20_000
    for (let round = 0; round < rounds; round++) {
      const found = medianInterval(Array.from({ length: 5 }, () => -Math.log1p(-random.next())))
      if (found !== null && found.low <= Math.LN2 && found.high >= Math.LN2) held += 1
    }
    expect(Math.abs(held / rounds - 0.9375)).toBeLessThan(0.01)
  })
})
