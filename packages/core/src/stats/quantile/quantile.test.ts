import { describe, expect, it } from 'vitest'
import { drawLognormal } from '../draws/lognormal.ts'
import { Random } from '../prng.ts'
import { OrderStatistics } from './order-statistics.ts'
import { HistogramRanks } from './histogram-ranks.ts'
import { interpolated, nearestRank } from './percentile.ts'
import { rankOf } from './rank.ts'

describe('rankOf', () => {
  it.each([
    [50, 100, 50],
    [50, 101, 51],
    [99.9, 1000, 999],
    [99.99, 10_000, 9999],
    [7, 100, 7],
    [0.1, 5, 1],
    [100, 5, 5],
    [99, 1, 1],
  ])('p%d of %d is rank %d', (percentile, count, rank) => {
    expect(rankOf(percentile, count)).toBe(rank)
  })

  it('is the smallest rank with at least the share, for all whole percentiles and counts', () => {
    for (let count = 1; count <= 300; count++) {
      for (let percentile = 1; percentile <= 100; percentile++) {
        const rank = rankOf(percentile, count)
        expect(rank * 100 >= percentile * count && (rank - 1) * 100 < percentile * count).toBe(true)
      }
    }
  })
})

describe('percentiles of 1 to 100', () => {
  const values = Float64Array.from({ length: 100 }, (_, index) => index + 1)
  it.each([
    [50, 50, 50.5],
    [95, 95, 95.05],
    [99, 99, 99.01],
    [100, 100, 100],
  ])('p%d: nearest rank %d, type 7 %d', (percentile, nearest, type7) => {
    expect(nearestRank(values, percentile)).toBe(nearest)
    expect(interpolated(values, percentile)).toBeCloseTo(type7, 10)
  })

  it('are null without samples, and infinite only between infinite neighbours', () => {
    expect([nearestRank(new Float64Array(0), 50), interpolated(new Float64Array(0), 50)]).toEqual([
      null,
      null,
    ])
    const some = Float64Array.of(1, 2, Infinity, Infinity)
    expect([interpolated(some, 30), interpolated(some, 100)]).toEqual([1.9, Infinity])
  })
})

describe('OrderStatistics', () => {
  const random = new Random([5, 6, 7, 8])
  const cases: readonly (readonly [name: string, samples: Float64Array])[] = [
    ['one sample', Float64Array.of(12.5)],
    ['equal samples', new Float64Array(1000).fill(7_000_000)],
    ['a lognormal', Float64Array.from({ length: 30_000 }, () => drawLognormal(random, 16, 1.5))],
    ['small whole numbers', Float64Array.from({ length: 5000 }, () => random.int(9))],
    [
      'infinite ones',
      Float64Array.from({ length: 999 }, (_, index) => (index % 3 === 0 ? Infinity : index * 1e5)),
    ],
    ['beyond the histogram', Float64Array.from({ length: 400 }, () => 1e13 * random.next())],
  ]

  it.each(cases)('equals a sort for %s, at every rank and in any order of asking', (_, samples) => {
    const before = samples.slice()
    const sorted = samples.slice().sort()
    const statistics = new OrderStatistics(samples)
    const ranks = Array.from({ length: Math.min(samples.length, 500) }, () => 1 + random.int(samples.length))
    for (const rank of [...ranks, 1, samples.length])
      expect(statistics.valueAtRank(rank)).toBe(sorted[rank - 1])
    expect(statistics.count).toBe(samples.length)
    expect(statistics.histogram.count).toBe(samples.filter((sample) => sample < Infinity).length)
    expect(samples).toEqual(before)
  })

  it.each(cases)('is met by HistogramRanks within 0.1 % for %s', (_, samples) => {
    const exact = new OrderStatistics(samples)
    const near = HistogramRanks.of(samples)
    expect(near.count).toBe(exact.count)
    for (let rank = 1; rank <= samples.length; rank += 1 + Math.floor(samples.length / 97)) {
      const value = exact.valueAtRank(rank)
      if (value < 4e12)
        expect(Math.abs(near.valueAtRank(rank) - value)).toBeLessThanOrEqual(Math.max(1, value / 1024))
      else expect(near.valueAtRank(rank)).toBeGreaterThanOrEqual(value)
    }
  })
})
