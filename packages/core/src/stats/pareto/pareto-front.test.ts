import { describe, expect, it } from 'vitest'
import { createRandom } from '../seed.ts'
import { dominates, dominators, type Measure } from './pareto-front.ts'

const exact = (value: number): Measure => ({ value, low: value, high: value })
const about = (value: number, by: number): Measure => ({ value, low: value - by, high: value + by })
const LESS = [true, true]

describe('dominates', () => {
  it('is better in something and worse in nothing', () => {
    expect(dominates([exact(1), exact(2)], [exact(1), exact(3)], LESS)).toBe(true)
    expect(dominates([exact(1), exact(3)], [exact(2), exact(2)], LESS)).toBe(false)
    expect(dominates([exact(1), exact(2)], [exact(1), exact(2)], LESS)).toBe(false)
  })

  it('follows the direction of each measure', () => {
    const fast = [exact(100), exact(5)]
    const slow = [exact(50), exact(5)]
    expect(dominates(fast, slow, [false, true])).toBe(true)
    expect(dominates(slow, fast, [false, true])).toBe(false)
  })

  it('takes what overlaps for equal', () => {
    expect(dominates([about(10, 1), exact(1)], [about(11, 1), exact(1)], LESS)).toBe(false)
    expect(dominates([about(11, 1), exact(1)], [about(10, 1), exact(2)], LESS)).toBe(true)
    expect(dominates([about(10, 1), exact(1)], [about(13, 1), exact(1)], LESS)).toBe(true)
  })

  it('ties nothing with what nothing bounds', () => {
    const open = { value: 10, low: 9, high: Infinity }
    // It may be worse than 90 as well: that is no reason to call it better, nor to call what is worse equal.
    expect(dominates([open, exact(1)], [about(90, 1), exact(1)], LESS)).toBe(false)
    expect(dominates([open, exact(1)], [about(90, 1), exact(2)], LESS)).toBe(true)
    expect(dominates([about(90, 1), exact(1)], [open, exact(2)], LESS)).toBe(false)
  })

  it('does not hold against a candidate what nobody knows of the other', () => {
    expect(dominates([exact(1), null], [exact(2), exact(9)], LESS)).toBe(false)
    expect(dominates([exact(1), exact(9)], [exact(2), null], LESS)).toBe(true)
    expect(dominates([exact(2), exact(9)], [exact(1), null], LESS)).toBe(false)
    expect(dominates([null, null], [null, null], LESS)).toBe(false)
  })
})

describe('dominators', () => {
  it('leaves the front: what a search through all pairs leaves', () => {
    const random = createRandom({ seed: 'front', path: [], repeat: 0, stream: 'main', purpose: 'test' })
    const points = Array.from({ length: 60 }, () => [exact(random.next()), exact(random.next())])
    const found = dominators(points, LESS)
    const isFront = points.map(([x, y]) =>
      points.every(
        ([u, v]) =>
          (u as Measure).value >= (x as Measure).value || (v as Measure).value >= (y as Measure).value,
      ),
    )
    expect(found.map((list) => list.length === 0)).toEqual(isFront)
    // Sorted by one measure, the front falls in the other.
    const front = points
      .filter((_, index) => found[index]?.length === 0)
      .toSorted(([a], [b]) => (a as Measure).value - (b as Measure).value)
    for (const [index, point] of front.entries()) {
      const before = front[index - 1]
      if (before !== undefined) expect((point[1] as Measure).value).toBeLessThan((before[1] as Measure).value)
    }
  })

  it('is nothing of nothing, and of one alone', () => {
    expect(dominators([], LESS)).toEqual([])
    expect(dominators([[exact(1), null]], LESS)).toEqual([[]])
  })
})
