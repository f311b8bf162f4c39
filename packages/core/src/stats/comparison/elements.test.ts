import { describe, expect, it } from 'vitest'
import { createRandom } from '../seed.ts'
import { compareElements } from './elements.ts'

const EXACT = { absolute: 0, relative: 0 }
const floats = (...values: number[]): Float64Array => Float64Array.from(values)

describe('compareElements', () => {
  it('has the largest absolute and relative differences', () => {
    const found = compareElements(floats(1.001, -2, 100.5), floats(1, -2, 100), {
      absolute: 1e-3,
      relative: 1e-3,
    })
    expect(found.differing).toBe(1)
    expect(found.first).toBe(2)
    expect(found.maxAbsolute).toBe(0.5)
    expect(found.maxRelative).toBeCloseTo(0.005, 12)
    expect(found.notNumbers).toBe(0)
  })

  it('agrees with the definition of numpy.allclose on random values', () => {
    const random = createRandom({ seed: 'elements', path: [], repeat: 0, stream: '', purpose: 'test' })
    const tolerance = { absolute: 0.01, relative: 0.05 }
    const reference = Float64Array.from({ length: 500 }, () => random.next() * 2 - 1)
    const values = reference.map((value) => value + (random.next() - 0.5) * 0.1)
    const outside = [...reference.keys()].filter(
      (index) =>
        !(
          Math.abs((values[index] as number) - (reference[index] as number)) <=
          tolerance.absolute + tolerance.relative * Math.abs(reference[index] as number)
        ),
    )
    const found = compareElements(values, reference, tolerance)
    expect(outside.length).toBeGreaterThan(0)
    expect(found.differing).toBe(outside.length)
    expect(found.first).toBe(outside[0])
  })

  it('lets NaN agree with NaN only, and counts it', () => {
    expect(compareElements(floats(NaN, 1), floats(NaN, 1), EXACT)).toEqual({
      differing: 0,
      first: null,
      maxAbsolute: 0,
      maxRelative: 0,
      notNumbers: 1,
    })
    expect(compareElements(floats(NaN), floats(1), { absolute: 1e9, relative: 1e9 }).differing).toBe(1)
    expect(compareElements(floats(1), floats(NaN), { absolute: 1e9, relative: 1e9 }).differing).toBe(1)
  })

  it('lets an infinity agree with the same one only, whatever the tolerance', () => {
    const wide = { absolute: 1e308, relative: 1 }
    expect(compareElements(floats(Infinity, -Infinity), floats(Infinity, -Infinity), wide)).toMatchObject({
      differing: 0,
      maxAbsolute: null,
    })
    expect(
      compareElements(floats(Infinity, 1, -Infinity), floats(-Infinity, Infinity, 1), wide).differing,
    ).toBe(3)
  })

  it('has no relative difference from 0, but an absolute one', () => {
    const found = compareElements(floats(1e-6), floats(0), { absolute: 1e-5, relative: 0 })
    expect(found).toMatchObject({ differing: 0, maxAbsolute: 1e-6, maxRelative: null })
    expect(compareElements(floats(-0), floats(0), EXACT).differing).toBe(0)
  })

  it('subtracts whole numbers exactly, and compares them with floats where only one side is whole', () => {
    const large = BigInt64Array.of(9_007_199_254_740_993n)
    expect(compareElements(large, BigInt64Array.of(9_007_199_254_740_992n), EXACT)).toMatchObject({
      differing: 1,
      maxAbsolute: 1,
    })
    expect(compareElements(BigInt64Array.of(3n), floats(3), EXACT).differing).toBe(0)
  })

  it('compares texts, and finds that text is no number', () => {
    expect(compareElements(['a', 'b'], ['a', 'c'], EXACT)).toMatchObject({ differing: 1, first: 1 })
    expect(compareElements(['1'], floats(1), EXACT).differing).toBe(1)
    expect(compareElements([], [], EXACT).differing).toBe(0)
  })
})
