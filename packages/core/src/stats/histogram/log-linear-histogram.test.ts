import { build, decodeFromCompressedBase64 } from 'hdr-histogram-js'
import { describe, expect, it } from 'vitest'
import { encodeHdr } from '../../report/hdr.ts'
import { drawLognormal } from '../draws/lognormal.ts'
import { Random } from '../prng.ts'
import { nearestRank } from '../quantile/percentile.ts'
import { COARSE_LAYOUT, FINE_LAYOUT } from './layout.ts'
import { LogLinearHistogram } from './log-linear-histogram.ts'

function histogramOf(values: Iterable<number>, layout = FINE_LAYOUT): LogLinearHistogram {
  const histogram = new LogLinearHistogram(layout)
  for (const value of values) histogram.record(value)
  return histogram
}

/** Values around every power of two, and in between. */
const EDGES = Array.from({ length: 42 }, (_, exponent) => exponent).flatMap((exponent) => {
  const power = Math.exp(exponent * Math.LN2)
  const whole = Math.round(power)
  return [whole - 1, whole, whole + 1, Math.round(whole * 1.37)].filter((value) => value >= 0)
})

describe('LogLinearHistogram', () => {
  it('has the buckets of an HdrHistogram with three digits', () => {
    const hdr = build({ highestTrackableValue: 5e12, numberOfSignificantValueDigits: 3 })
    const highest = (value: number): number => {
      hdr.reset()
      hdr.recordValue(value)
      return hdr.getValueAtPercentile(100)
    }
    for (const value of EDGES) {
      const histogram = histogramOf([value, 4.3e12])
      const lowest = histogram.entries()[0]![0]
      expect(histogram.valueAtRank(1)).toBe(highest(value))
      expect(highest(lowest)).toBe(highest(value))
      if (lowest > 0) expect(highest(lowest - 1)).toBe(lowest - 1)
    }
  })

  it('puts 10 000 into [10 000, 10 007] and a million into [999 936, 1 000 447]', () => {
    // The extremes are exact, so the bucket's ends show only between others.
    const values = [1, 10_000, 1_000_000, 1e9]
    expect(histogramOf(values).entries().slice(1, 3)).toEqual([
      [10_000, 1],
      [999_936, 1],
    ])
    expect(histogramOf(values).percentile(50)).toBe(10_007)
    expect(histogramOf(values).percentile(75)).toBe(1_000_447)
  })

  it.each([
    ['fine', FINE_LAYOUT, 2048, 1 / 1024],
    ['coarse', COARSE_LAYOUT, 8192, 1 / 64],
  ] as const)(
    '%s: is off by no more than its promise over the whole range',
    (_, layout, exactBelow, relative) => {
      const random = new Random([1, 1, 2, 3])
      for (let index = 0; index < 20_000; index++) {
        const value = Math.floor(Math.exp(random.next() * Math.log(3.6e12)))
        const found = histogramOf([0, value, 4e12], layout).valueAtRank(2) as number
        const step = layout.unit === 0 ? 0 : 63
        const bound = value < exactBelow ? step : value * relative
        if (found < value || found - value > bound) expect.fail(`${value} came out as ${found}`)
      }
    },
  )

  it('keeps count, sum and extremes exact, for fractions too', () => {
    const histogram = histogramOf([2.5, 1e12, 0.25, 7])
    expect([histogram.count, histogram.sum, histogram.min, histogram.max, histogram.mean]).toEqual([
      4,
      1e12 + 9.75,
      0.25,
      1e12,
      (1e12 + 9.75) / 4,
    ])
    expect(histogram.percentile(100)).toBe(1e12)
    expect(histogram.percentile(1)).toBe(0.25)
  })

  it('says nothing of nothing', () => {
    const empty = new LogLinearHistogram()
    expect([
      empty.count,
      empty.mean,
      empty.min,
      empty.max,
      empty.percentile(50),
      empty.valueAtRank(1),
    ]).toEqual([0, null, null, null, null, null])
    expect(empty.entries()).toEqual([])
  })

  it('takes negative and enormous values without losing them', () => {
    const histogram = histogramOf([-5, 1e15, 1e300])
    expect([histogram.count, histogram.min, histogram.max]).toEqual([3, -5, 1e300])
    expect(histogram.percentile(10)).toBe(0)
    expect(histogram.percentile(99)).toBe(1e300)
  })

  it('agrees with a sort within its promise', () => {
    const random = new Random([9, 8, 7, 6])
    const values = Float64Array.from({ length: 50_000 }, () => drawLognormal(random, 15, 2))
    const sorted = values.slice().sort()
    const histogram = histogramOf(values)
    for (const percentile of [0.01, 1, 50, 90, 99, 99.9, 99.99, 100]) {
      const exact = nearestRank(sorted, percentile) as number
      const found = histogram.percentile(percentile) as number
      expect(found).toBeGreaterThanOrEqual(Math.floor(exact))
      expect(found).toBeLessThanOrEqual(exact * (1 + 1 / 1024))
    }
  })

  it('merges shards into the histogram of the union', () => {
    const random = new Random([4, 4, 4, 4])
    const values = Array.from({ length: 9000 }, () => drawLognormal(random, 14, 1))
    const merged = new LogLinearHistogram()
    for (let shard = 0; shard < 3; shard++)
      merged.add(histogramOf(values.filter((_, index) => index % 3 === shard)))
    merged.add(new LogLinearHistogram())
    const union = histogramOf(values)
    expect(merged.entries()).toEqual(union.entries())
    expect([merged.count, merged.min, merged.max]).toEqual([union.count, union.min, union.max])
    expect(merged.sum).toBeCloseTo(union.sum, 0)
  })

  it('gives the window since an earlier copy', () => {
    const histogram = histogramOf([100, 5000, 1e9])
    const earlier = histogram.copy()
    expect(histogram.since(earlier).count).toBe(0)
    for (const value of [300, 300, 7e6]) histogram.record(value)
    const window = histogram.since(earlier)
    expect([window.count, window.sum, window.min, window.percentile(50)]).toEqual([3, 7e6 + 600, 300, 300])
    expect(window.max).toBeGreaterThanOrEqual(7e6)
    expect(window.max).toBeLessThan(7e6 * (1 + 1 / 1024))
    expect(earlier.count).toBe(3)
  })

  it('lives on a shared buffer that another histogram reads', () => {
    const size = LogLinearHistogram.byteLength(COARSE_LAYOUT)
    expect(size).toBeLessThanOrEqual(8192)
    expect(size % 8).toBe(0)
    const buffer = new SharedArrayBuffer(2 * size)
    const writer = new LogLinearHistogram(COARSE_LAYOUT, buffer, size)
    const reader = new LogLinearHistogram(COARSE_LAYOUT, buffer, size)
    writer.record(123_456)
    expect([reader.count, reader.max]).toEqual([1, 123_456])
    expect(new LogLinearHistogram(COARSE_LAYOUT, buffer).count).toBe(0)
    reader.reset()
    expect(writer.count).toBe(0)
  })

  it('encodes to what HdrHistogram readers decode to the same percentiles', () => {
    const random = new Random([2, 7, 1, 8])
    const histogram = histogramOf(
      Array.from({ length: 5000 }, () => Math.round(drawLognormal(random, 17, 1))),
    )
    const decoded = decodeFromCompressedBase64(encodeHdr(histogram.entries()) as string)
    expect(decoded.totalCount).toBe(5000)
    for (const percentile of [10, 50, 90, 99, 99.9]) {
      expect(decoded.getValueAtPercentile(percentile)).toBe(histogram.percentile(percentile))
    }
  })
})
