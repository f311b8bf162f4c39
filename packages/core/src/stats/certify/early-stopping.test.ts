import { describe, expect, it } from 'vitest'
import { Random } from '../prng.ts'
import {
  certifiedRank,
  certifyLimit,
  chanceOfFewOver,
  chanceOfManyOver,
  fewestToEstimate,
  queryCount,
  requestsNeeded,
  withinNeeded,
} from './early-stopping.ts'
import { LOOK_GROWTH, lookConfidence } from './look-confidence.ts'

describe('early stopping', () => {
  /* scipy 1.17: the smallest h with scipy.special.betainc(h, t + 1, p) <= 0.01. */
  it.each([
    [50, [7, 10, 12, 17, 25, 137, 1108]],
    [90, [44, 63, 79, 122, 187, 1146, 9722]],
    [95, [90, 129, 163, 254, 388, 2404, 20_483]],
    [97, [152, 218, 275, 428, 657, 4082, 34_831]],
    [99, [459, 661, 836, 1302, 2000, 12_471, 106_569]],
    [99.9, [4603, 6635, 8401, 13_100, 20_130, 125_726, 1_075_032]],
  ])(
    'p%d at 99 %%: requests within the limit for 0, 1, 2, 5, 10, 100 and 1000 over it',
    (percentile, counts) => {
      expect([0, 1, 2, 5, 10, 100, 1000].map((over) => withinNeeded(percentile, over, 0.99))).toEqual(counts)
    },
  )

  it('at 95 %: 299 without any over the limit for p99', () => {
    expect([0, 1, 2, 10].map((over) => withinNeeded(99, over, 0.95))).toEqual([299, 472, 626, 1683])
  })

  /* scipy 1.17: stats.binom.cdf(5, 995, .01) and stats.binom.sf(19, 1000, .01). */
  it('uses the tails of the binomial distribution', () => {
    expect(chanceOfFewOver(990, 5, 99)).toBeCloseTo(0.06804069399770354, 14)
    expect(chanceOfManyOver(980, 20, 99)).toBeCloseTo(0.003288359787727457, 14)
    expect(chanceOfFewOver(0, 0, 99)).toBe(1)
    expect(chanceOfManyOver(100, 0, 99)).toBe(1)
  })

  it('judges a limit', () => {
    const at = { percentile: 99, confidence: 0.99 }
    expect(certifyLimit({ ...at, within: 459, over: 0 })).toBe('pass')
    expect(certifyLimit({ ...at, within: 458, over: 0 })).toBe('undecided')
    expect(certifyLimit({ ...at, within: 661, over: 1 })).toBe('pass')
    expect(certifyLimit({ ...at, within: 660, over: 1 })).toBe('undecided')
    expect(certifyLimit({ ...at, within: 980, over: 20 })).toBe('fail')
    expect(certifyLimit({ ...at, within: 0, over: 0 })).toBe('undecided')
  })

  it.each([
    [0.25, 662, 64],
    [0.5, 1596, 156],
    [0.75, 7592, 693],
    [0.9, 51_110, 4666],
  ])(
    'needs, with %d of the allowed share over the limit, %d requests for p99 and %d for p90',
    (part, p99, p90) => {
      expect(requestsNeeded(99, part * 0.01, 0.99)).toBe(p99)
      expect(requestsNeeded(90, part * 0.1, 0.99)).toBe(p90)
    },
  )

  it('needs no end of requests when the share over the limit is no smaller than allowed', () => {
    expect(requestsNeeded(99, 0.01, 0.99)).toBeNull()
    expect(requestsNeeded(99, 0.5, 0.99)).toBeNull()
    expect(requestsNeeded(99, 0, 0.99)).toBe(459)
  })

  it.each([
    [50, 11],
    [90, 64],
    [95, 130],
    [99, 662],
    [99.9, 6636],
  ])('p%d can be estimated from %d samples on', (percentile, fewest) => {
    expect(fewestToEstimate(percentile, 0.99)).toBe(fewest)
    expect(certifiedRank(fewest, percentile, 0.99)).toBe(1)
    expect(certifiedRank(fewest - 1, percentile, 0.99)).toBeNull()
  })

  /* scipy 1.17: the largest t with betainc(n - t, t + 1, p) <= 0.01. */
  it.each([
    [1000, 90, 78],
    [10_000, 99, 77],
    [270_336, 99, 2583],
    [1000, 50, 462],
  ])('of %d samples, p%d is certified by the %d-th largest', (count, percentile, rank) => {
    expect(certifiedRank(count, percentile, 0.99)).toBe(rank)
  })

  it('errs in no more than 1 % of looks at a number fixed in advance', () => {
    let wrong = 0
    for (let seed = 0; seed < 4000; seed++) {
      const random = new Random([seed, 7, 7, 7])
      let over = 0
      for (let request = 0; request < 662; request++) if (random.next() < 0.01) over += 1
      if (certifyLimit({ percentile: 99, confidence: 0.99, within: 662 - over, over }) === 'pass') wrong += 1
    }
    // P(Bin(662, 0.01) <= 1) = 0.0099.
    expect(wrong / 4000).toBeLessThan(0.0099 + 4 * Math.sqrt((0.0099 * 0.99) / 4000))
    expect(wrong).toBeGreaterThan(0)
  })
})

describe('queryCount', () => {
  it.each([
    [90, 23_886, 24_576],
    [95, 50_425, 57_344],
    [97, 85_811, 90_112],
    [99, 262_742, 270_336],
  ])('p%d: %d queries, rounded up to %d', (percentile, exact, rounded) => {
    expect(queryCount(percentile, 0.99)).toEqual({ exact, rounded })
  })
})

describe('lookConfidence', () => {
  it('spends no more than the whole over any number of looks', () => {
    let spent = 0
    for (let look = 0; look < 1000; look++) spent += 1 - lookConfidence(0.99, look)
    expect(spent).toBeLessThan(0.01)
    expect(spent).toBeCloseTo(0.01, 4)
  })

  /** How often a rule that looks again and again passes a system that just misses its limit. */
  function falsePasses(confidenceAt: (look: number) => number): number {
    let wrong = 0
    for (let seed = 0; seed < 1000; seed++) {
      const random = new Random([seed, 3, 1, 4])
      let over = 0
      let look = 0
      let next = 500
      for (let count = 1; count <= 50_000; count++) {
        if (random.next() < 0.01) over += 1
        if (count < next) continue
        next = Math.ceil(count * LOOK_GROWTH)
        if (chanceOfFewOver(count - over, over, 99) <= 1 - confidenceAt(look++)) {
          wrong += 1
          break
        }
      }
    }
    return wrong / 1000
  }

  it('keeps the promise that looking again at plain confidence breaks', () => {
    expect(falsePasses(() => 0.99)).toBeGreaterThan(0.03)
    expect(falsePasses((look) => lookConfidence(0.99, look))).toBeLessThan(0.013)
  })
})
