import { describe, expect, it } from 'vitest'
import { drawExponential } from '../draws/exponential.ts'
import { drawNormal } from '../draws/normal.ts'
import { Random } from '../prng.ts'
import { OrderStatistics } from '../quantile/order-statistics.ts'
import { steadyQueue, steadyQueuePercentile } from '../../testing/simulation/steady-queue.ts'
import { batchCount, batchMeans, varianceOfMean } from './batch-variance.ts'
import { exceedanceShares } from './exceedance.ts'
import { meanInterval, meanOfIndependent } from './mean-interval.ts'
import { rankOf } from '../quantile/rank.ts'
import { rankInterval } from './order-statistic.ts'
import { percentileIntervals, type PercentileInterval } from './percentile-interval.ts'

const queue = (count: number, utilisation: number, seed: number): Float64Array =>
  steadyQueue(count, utilisation, new Random([seed, 1000 * utilisation, count, 1]))

function intervalOf(samples: Float64Array, percentile: number): PercentileInterval {
  return percentileIntervals(samples, new OrderStatistics(samples), [percentile])[0] as PercentileInterval
}

describe('rankInterval', () => {
  it.each([
    [1000, 50, 469, 532],
    [1000, 95, 936, 964],
    [1000, 99, 983, 997],
    [10_000, 99, 9880, 9920],
    [10_000, 99.9, 9983, 9997],
    [100, 95, 90, 100],
    [100, 50, 40, 61],
  ])('of %d independent samples, p%d: ranks %d to %d', (count, percentile, low, high) => {
    expect(rankInterval(percentile, count)).toEqual({ low, high })
  })

  it('has no upper end where no sample can bound the percentile', () => {
    expect(rankInterval(99, 200)).toEqual({ low: 195, high: null })
  })

  it.each([
    [90, 36],
    [95, 72],
    [99, 368],
    [99.9, 3688],
  ])('p%d needs %d samples for an upper end', (percentile, count) => {
    expect(rankInterval(percentile, count).high).toBe(count)
    expect(rankInterval(percentile, count - 1).high).toBeNull()
  })
})

describe('an interval', () => {
  it('contains its percentile, however the samples clump', () => {
    // Half of them in one slow spell: what a server that stalls once looks like.
    for (const [slow, count] of [
      [30, 100],
      [100, 400],
      [400, 5000],
      [2500, 5000],
    ] as const) {
      const samples = Float64Array.from({ length: count }, (_, index) =>
        index < slow ? 50 + index / count : 1 + index / count,
      )
      const ranked = new OrderStatistics(samples)
      const percentiles = [50, 90, 95, 99, 99.9]
      for (const [index, interval] of percentileIntervals(samples, ranked, percentiles).entries()) {
        const percentile = percentiles[index] as number
        const value = ranked.valueAtRank(rankOf(percentile, count))
        expect(interval?.low, `p${percentile} of ${slow}/${count}`).toBeLessThanOrEqual(value)
        expect(interval?.high ?? Infinity, `p${percentile} of ${slow}/${count}`).toBeGreaterThanOrEqual(value)
      }
    }
  })
})

describe('batches', () => {
  it.each([
    [0, 0],
    [31, 0],
    [32, 8],
    [63, 8],
    [64, 16],
    [1000, 128],
    [1e6, 256],
  ])('%d samples: %d batches', (count, batches) => {
    expect(batchCount(count)).toBe(batches)
  })

  it('average equal parts and leave out the first samples', () => {
    expect([...batchMeans(Float64Array.of(99, 1, 3, 5, 7), 2)]).toEqual([2, 6])
  })

  it('count what exceeds rising thresholds', () => {
    const samples = Float64Array.of(1, 5, 9, 9, 2, Infinity)
    const shares = exceedanceShares(samples, [1, 5, 9], 2)
    expect(shares.map((row) => [...row])).toEqual([
      [2 / 3, 1],
      [1 / 3, 2 / 3],
      [0, 1 / 3],
    ])
  })

  it('know the variance of the mean of an autoregression, and rather overstate it', () => {
    // x' = φ x + noise: the variance of the mean of n is 1 / (n (1 − φ)²).
    for (const phi of [0, 0.5, 0.9, 0.98]) {
      let ratio = 0
      for (let seed = 0; seed < 40; seed++) {
        const random = new Random([seed, 100 * phi, 3, 4])
        let value = 0
        const samples = Float64Array.from(
          { length: 20_000 },
          () => (value = phi * value + drawNormal(random)),
        )
        const { variance } = varianceOfMean(batchMeans(samples, batchCount(samples.length)))
        ratio += (variance * samples.length * (1 - phi) * (1 - phi)) / 40
      }
      expect(ratio).toBeGreaterThan(0.9)
      expect(ratio).toBeLessThan(1.5)
    }
  })
})

describe('meanInterval', () => {
  it('covers the mean response time of queues', () => {
    for (const utilisation of [0.5, 0.7, 0.9]) {
      let covered = 0
      for (let seed = 0; seed < 200; seed++) {
        const [low, high] = meanInterval(queue(10_000, utilisation, seed)) as readonly [number, number]
        if (low <= 1 / (1 - utilisation) && high >= 1 / (1 - utilisation)) covered += 1
      }
      expect(covered).toBeGreaterThanOrEqual(180)
    }
  })

  it('is a point for constant samples, and nothing for few', () => {
    expect(meanInterval(new Float64Array(100).fill(5))).toEqual([5, 5])
    expect(meanInterval(new Float64Array(31).fill(5))).toBeNull()
  })

  it('of independent values is Student’s', () => {
    // scipy: t.interval(0.95, 4, mean, sem) of [1, 2, 3, 4, 10]
    const [low, high] = meanOfIndependent([1, 2, 3, 4, 10]) as readonly [number, number]
    expect([low, high]).toEqual([expect.closeTo(-0.3899451654, 9), expect.closeTo(8.3899451654, 9)])
    expect(meanOfIndependent([4])).toBeNull()
  })
})

describe('percentileIntervals', () => {
  describe.each([0.5, 0.7, 0.9])('of an M/M/1 queue at utilisation %d, 10 000 samples', (utilisation) => {
    const runs = Array.from({ length: 200 }, (_, seed) => queue(10_000, utilisation, seed))
    it.each([50, 95, 99])('cover p%d in at least 90 % of 200 runs', (percentile) => {
      const truth = steadyQueuePercentile(percentile, utilisation)
      const intervals = runs.map((run) => intervalOf(run, percentile))
      const covered = intervals.filter(({ low, high }) => low <= truth && truth <= (high ?? Infinity)).length
      expect(covered).toBeGreaterThanOrEqual(180)
      const open = intervals.filter(({ high }) => high === null).length
      if (utilisation <= 0.7) expect(open).toBeLessThan(80)
    })
  })

  it('are the exact binomial ones for independent samples', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = new Random([seed, 9, 9, 9])
      const samples = Float64Array.from({ length: 10_000 }, () => drawExponential(random))
      const sorted = samples.slice().sort()
      const { low, high, effectiveCount } = intervalOf(samples, 99)
      if (effectiveCount !== 10_000) continue
      const ranks = rankInterval(99, 10_000)
      expect([low, high]).toEqual([sorted[ranks.low - 1], sorted[(ranks.high as number) - 1]])
      return
    }
    expect.fail('independent samples never looked independent')
  })

  it('estimate the effective sample size of a queue', () => {
    // Long simulations: 10 000 response times are worth 1 000 for p50 and 297 for p99 at 70 %, 2 680 and 1 100 at 50 %.
    const mean = (utilisation: number, percentile: number): number => {
      let sum = 0
      for (let seed = 0; seed < 20; seed++) {
        sum += 10_000 / intervalOf(queue(10_000, utilisation, 500 + seed), percentile).effectiveCount
      }
      return 10_000 / (sum / 20)
    }
    for (const [utilisation, percentile, expected] of [
      [0.5, 50, 2680],
      [0.5, 99, 1100],
      [0.7, 50, 1000],
      [0.7, 99, 297],
    ] as const) {
      const found = mean(utilisation, percentile)
      expect(found).toBeGreaterThan(expected * 0.6)
      expect(found).toBeLessThan(expected * 1.4)
    }
  })

  it('widen for a few long stalls as they should', () => {
    // 2 % of 20 000 requests are slow: one by one, or in eight stalls.
    const random = new Random([2, 4, 6, 8])
    const time = (slow: boolean): number => (slow ? 1e9 : 1e6) * (1 + random.next())
    const spread = Float64Array.from({ length: 20_000 }, () => time(random.int(50) === 0))
    const stalls = Float64Array.from({ length: 20_000 }, (_, index) => time(index % 2500 < 50))
    const effective = (samples: Float64Array): number => intervalOf(samples, 99).effectiveCount
    expect(effective(spread)).toBeGreaterThan(10_000)
    expect(effective(stalls)).toBeLessThan(2000)
  })

  it('leave the upper end open where few spells were seen, and give none below 32 samples', () => {
    expect(intervalOf(queue(2000, 0.9, 1), 99).high).toBeNull()
    const few = Float64Array.of(3, 1, 2)
    expect(percentileIntervals(few, new OrderStatistics(few), [50, 99])).toEqual([null, null])
  })

  it('are points for constant samples, and stand ties and +∞', () => {
    expect(intervalOf(new Float64Array(500).fill(8), 50)).toEqual({ low: 8, high: 8, effectiveCount: 500 })
    const lost = Float64Array.from({ length: 1000 }, (_, index) =>
      index % 10 === 0 ? Infinity : 1 + (index % 3),
    )
    expect(intervalOf(lost, 95)).toMatchObject({ low: Infinity, high: Infinity })
    expect(intervalOf(lost, 50)).toMatchObject({ low: 2, high: 2 })
  })
})
