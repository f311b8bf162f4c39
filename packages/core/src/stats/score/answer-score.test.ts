import { describe, expect, it } from 'vitest'
import { bootstrapItems } from '../comparison/bootstrap.ts'
import { wilsonInterval } from '../interval/wilson.ts'
import { createRandom } from '../seed.ts'
import { isAmongBest, macroF1, predictedClass, squaredError } from './answer-score.ts'

const row = (...values: number[]): Float64Array => Float64Array.from(values)

describe('the class of a row', () => {
  it('is where the largest number stands, the first of equals', () => {
    expect(predictedClass(row(0.1, 0.7, 0.2))).toBe(1)
    expect(predictedClass(row(-3, -3, -4))).toBe(0)
    expect(predictedClass(row(Infinity, 5))).toBe(0)
  })
  it('is the value itself where there is one, or what a probability says', () => {
    expect(predictedClass(row(7))).toBe(7)
    expect(predictedClass(row(0.51))).toBe(1)
    expect(predictedClass(row(0.5))).toBe(0)
    expect(predictedClass(BigInt64Array.of(12n))).toBe(12)
    expect(predictedClass(['cat'])).toBe('cat')
  })
  it('is none of what is not a number', () => {
    expect(predictedClass(row(Number.NaN))).toBeNull()
    expect(predictedClass(row(0.2, Number.NaN, 0.9))).toBeNull()
    expect(predictedClass(row())).toBeNull()
  })
})

it('is among the five best by its place, ties in their order', () => {
  const scores = row(9, 8, 7, 6, 5, 5, 1)
  expect([0, 1, 2, 3, 4, 5, 6].map((label) => isAmongBest(scores, label, 5))).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
    false,
  ])
  expect(isAmongBest(scores, 7, 5)).toBe(false)
  expect(isAmongBest(row(Number.NaN, 1), 0, 5)).toBe(false)
})

it('is off by the mean of the squares', () => {
  expect(squaredError(row(1, 2, 3), [1, 4, 6])).toBeCloseTo(13 / 3, 12)
  expect(squaredError(row(1), [1, 2])).toBeNull()
  expect(squaredError(row(Number.NaN), [1])).toBeNull()
})

describe('macro F1', () => {
  it('is that of the example of scikit-learn', () => {
    // f1_score([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1], average='macro') = 0.26…
    expect(macroF1([0, 2, 1, 0, 0, 1], [0, 1, 2, 0, 1, 2])).toBeCloseTo(0.26667, 4)
  })
  it('is 1 when all are right, and counts what names no class as wrong', () => {
    expect(macroF1([0, 1, 1], [0, 1, 1])).toBe(1)
    expect(macroF1([null, 1], [0, 1])).toBe(0.5)
  })
})

describe('Wilson’s interval', () => {
  it('is that of the tables', () => {
    const [low, high] = wilsonInterval(81, 263)
    // Newcombe 1998, table I, method 3.
    expect(low).toBeCloseTo(0.2553, 4)
    expect(high).toBeCloseTo(0.3662, 4)
    const [none, most] = wilsonInterval(0, 20)
    expect(none).toBe(0)
    expect(most).toBeCloseTo(0.1611, 4)
    expect(wilsonInterval(20, 20)[1]).toBe(1)
  })
})

it('resamples items to the interval of a mean', () => {
  const random = createRandom({ seed: 's', path: [], repeat: 0, stream: '', purpose: 'test' })
  const values = Array.from({ length: 400 }, (_, index) => (index % 20) / 20)
  const mean = (chosen: Int32Array): number =>
    chosen.reduce((sum, index) => sum + (values[index] as number), 0) / chosen.length
  const [low, high] = bootstrapItems(values.length, mean, { random }) as [number, number]
  // Mean 0.475, deviation 0.288 ÷ √400 each side times 1.96.
  expect(low).toBeCloseTo(0.475 - 0.0283, 2)
  expect(high).toBeCloseTo(0.475 + 0.0283, 2)
  expect(bootstrapItems(1, mean, { random })).toBeNull()
})
