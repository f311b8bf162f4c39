import { describe, expect, it } from 'vitest'
import type { Distribution } from '../report/result.ts'
import { drawExponential } from '../stats/draws/exponential.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { Random } from '../stats/prng.ts'
import { distributionOfHistogram } from './distribution-of-histogram.ts'
import { buildDistribution, emptyDistribution, EXACT_SAMPLES, type HdrEncoder } from './distribution.ts'

/** Stands in for the real encoder, which belongs to `report`. */
const encode: HdrEncoder = (entries) => JSON.stringify([...entries])

/** 1, 2, … count in a shuffled order. */
function shuffled(count: number): Float64Array {
  const random = new Random([count, 1, 1, 1])
  const values = Float64Array.from({ length: count }, (_, index) => index + 1)
  for (let index = count - 1; index > 0; index--) {
    const other = random.int(index + 1)
    const value = values[index] as number
    values[index] = values[other] as number
    values[other] = value
  }
  return values
}

describe('buildDistribution', () => {
  it('has nearest-rank percentiles, extremes and the mean', () => {
    const distribution = buildDistribution({ samples: shuffled(100) })
    expect(distribution).toMatchObject({
      unit: 'ns',
      count: 100,
      mean: 50.5,
      min: 1,
      max: 100,
      p50: 50,
      p90: 90,
      p95: 95,
      p99: 99,
      'p99.9': 100,
      method: 'exact',
      hdr: null,
    })
    expect(distribution).not.toHaveProperty('p99.99')
  })

  it('leaves the samples as they were', () => {
    const samples = shuffled(50)
    const before = samples.slice()
    buildDistribution({ samples })
    expect(samples).toEqual(before)
  })

  it('has intervals around their values, rising with the percentile', () => {
    const random = new Random([5, 5, 5, 5])
    const distribution = buildDistribution({
      samples: Float64Array.from({ length: 20_000 }, () => 1e6 * drawExponential(random)),
    })
    expect(Object.keys(distribution.intervals)).toEqual([
      'p50',
      'p90',
      'p95',
      'p99',
      'p99.9',
      'p99.99',
      'mean',
    ])
    let last = 0
    for (const key of ['p50', 'p90', 'p95', 'p99', 'p99.9'] as const) {
      const [low, high] = distribution.intervals[key] as readonly [number, number | null]
      expect(low).toBeLessThan(distribution[key] as number)
      expect(high === null || high > (distribution[key] as number)).toBe(true)
      expect(low).toBeGreaterThan(last)
      last = low
    }
    const [low, high] = distribution.intervals.mean as readonly [number, number]
    expect(low < 1e6 && 1e6 < high).toBe(true)
    expect(distribution.effectiveCount).toBeGreaterThan(5000)
    // Two samples in 20 000 lie above p99.99: too few for an upper end.
    expect(distribution.intervals['p99.99']?.[1]).toBeNull()
    expect(distribution.why).toEqual({ 'p99.99': 'too-few' })
  })

  it('gives the value of the rank where samples are too few for a bound, and says so', () => {
    const distribution = buildDistribution({ samples: shuffled(200) })
    expect(distribution['p99.9']).toBe(200)
    expect(distribution.intervals['p99.9']?.[1]).toBeNull()
    expect(distribution.why).toMatchObject({ 'p99.9': 'too-few', p99: 'too-few' })
    expect(distribution.why).not.toHaveProperty('p50')
  })

  it('has values but no intervals for a handful of samples', () => {
    const distribution = buildDistribution({ samples: Float64Array.of(3, 1, 2) })
    expect(distribution).toMatchObject({ count: 3, p50: 2, p99: 3, effectiveCount: null })
    expect(distribution.intervals).toEqual({
      p50: null,
      p90: null,
      p95: null,
      p99: null,
      'p99.9': null,
      mean: null,
    })
    expect(new Set(Object.values(distribution.why))).toEqual(new Set(['too-few']))
  })

  it('is all null without samples', () => {
    const empty = emptyDistribution()
    expect(empty).toMatchObject({
      count: 0,
      mean: null,
      min: null,
      max: null,
      p50: null,
      'p99.9': null,
      method: 'none',
      hdr: null,
    })
    expect(empty.why.p50).toBe('too-few')
    expect(emptyDistribution(3, 0).why.p50).toBe('failures')
    expect(emptyDistribution(0, 3).why.p50).toBe('censored')
  })

  it('adds the percentiles that are asked for', () => {
    const distribution = buildDistribution({ samples: shuffled(1000), percentiles: [97.5, 99] })
    expect(distribution['p97.5']).toBe(975)
    expect(distribution.intervals['p97.5']).not.toBeNull()
  })

  it('hands its buckets to the encoder', () => {
    const samples = shuffled(5000).map((value) => value * 1000)
    const entries = JSON.parse(buildDistribution({ samples, hdr: encode }).hdr as string) as [
      number,
      number,
    ][]
    expect(entries.reduce((sum, [, count]) => sum + count, 0)).toBe(5000)
    expect(entries[0]).toEqual([1000, 1])
    expect(entries.map(([value]) => value)).toEqual(entries.map(([value]) => value).toSorted((a, b) => a - b))
    expect(buildDistribution({ samples: Float64Array.of(Infinity), hdr: encode }).hdr).toBeNull()
  })

  describe('when requests did not complete', () => {
    /** 1000 requests, of which the given ones are lost: evenly spread over the order. */
    const lost = (count: number): Float64Array =>
      shuffled(1000).map((value, index) => (count > 0 && index % (1000 / count) === 0 ? Infinity : value))

    it('counts them as +∞: percentiles among them are null and say why', () => {
      const distribution = buildDistribution({ samples: lost(50), failures: 50 })
      expect(distribution).toMatchObject({ count: 1000, mean: null, max: null, p99: null, 'p99.9': null })
      expect(distribution.min).toBeLessThan(10)
      expect(distribution.p50).toBeGreaterThan(500)
      expect(distribution.why).toMatchObject({ p99: 'failures', 'p99.9': 'failures' })
      expect(distribution.why).not.toHaveProperty('p90')
      expect(distribution.intervals.p99).toBeNull()
      expect(distribution.intervals.mean).toBeNull()
    })

    it('takes unexplained ones for failures', () => {
      expect(buildDistribution({ samples: lost(50) }).why.p99).toBe('failures')
    })

    it('blames censoring only for what failures alone leave finite', () => {
      // 20 of 1000: 5 failed and 15 were still open. p99 has 10 above it, p99.9 has 1.
      const { why } = buildDistribution({ samples: lost(20), failures: 5, censored: 15 })
      expect(why).toMatchObject({ p99: 'censored', 'p99.9': 'failures' })
      expect(why).not.toHaveProperty('p95')
    })

    it('marks percentiles of the completed ones that are only lower bounds', () => {
      const distribution = buildDistribution({ samples: shuffled(950), failures: 50 })
      expect(distribution).toMatchObject({ count: 950, p99: 941, max: 950 })
      expect(distribution.why).toMatchObject({ p99: 'failures', 'p99.9': 'failures' })
      expect(distribution.why).not.toHaveProperty('p90')
    })

    it('stays finite in all its numbers', () => {
      for (const samples of [lost(20), lost(500), new Float64Array(100).fill(Infinity)]) {
        const text = JSON.stringify(buildDistribution({ samples, hdr: encode }), (_, value: unknown) => {
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
          return value
        })
        expect(JSON.parse(text)).toHaveProperty('why')
      }
    })
  })

  it('turns to a histogram above its limit, within 0.1 %', () => {
    const random = new Random([6, 6, 6, 6])
    const samples = Float64Array.from({ length: EXACT_SAMPLES + 1 }, () => 1e6 * (1 + random.next()))
    const distribution = buildDistribution({ samples })
    expect(distribution).toMatchObject({ method: 'histogram', count: EXACT_SAMPLES + 1 })
    for (const [key, expected] of [
      ['p50', 1.5e6],
      ['p99', 1.99e6],
    ] as const) {
      expect(Math.abs((distribution[key] as number) / expected - 1)).toBeLessThan(0.0015)
      expect(distribution.intervals[key]?.[1]).not.toBeNull()
    }
    expect(distribution.mean).toBeCloseTo(1.5e6, -3)
  })
})

describe('distributionOfHistogram', () => {
  it('has percentiles within 0.1 % and no intervals', () => {
    const histogram = new LogLinearHistogram()
    for (const value of shuffled(1000)) histogram.record(value * 1000)
    const distribution: Distribution = distributionOfHistogram({
      histogram,
      percentiles: [75],
      hdr: encode,
    })
    expect(distribution).toMatchObject({
      method: 'histogram',
      count: 1000,
      min: 1000,
      max: 1e6,
      mean: 500_500,
      effectiveCount: null,
    })
    expect(distribution['p75']).toBeGreaterThanOrEqual(750_000)
    expect(distribution['p75']).toBeLessThan(750_000 * 1.001)
    expect(distribution.intervals.p50).toBeNull()
    expect(distribution.why.p50).toBe('too-few')
    expect(distribution.hdr).not.toBeNull()
  })
})
