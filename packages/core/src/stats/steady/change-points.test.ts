import { describe, expect, it } from 'vitest'
import { drawNormal } from '../draws/normal.ts'
import { Random } from '../prng.ts'
import { changePoints } from './change-points.ts'
import { noiseOf, withoutOutliers } from './noise.ts'

/** All segmentations by plain dynamic programming, without pruning: an independent oracle. */
function optimal(values: Float64Array, penalty: number, shortest: number): number {
  const cost = (from: number, until: number): number => {
    const part = values.slice(from, until)
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length
    return part.reduce((sum, value) => sum + (value - mean) * (value - mean), 0)
  }
  const best = [-penalty, ...Array.from({ length: values.length }, () => Infinity)]
  for (let end = shortest; end <= values.length; end++)
    for (let from = 0; from <= end - shortest; from++)
      best[end] = Math.min(best[end] as number, (best[from] as number) + cost(from, end) + penalty)
  return best[values.length] as number
}

function costOf(values: Float64Array, points: readonly number[], penalty: number): number {
  const bounds = [0, ...points, values.length]
  let total = -penalty
  for (let index = 1; index < bounds.length; index++) {
    const part = values.slice(bounds[index - 1], bounds[index])
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length
    total += part.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) + penalty
  }
  return total
}

describe('changePoints', () => {
  /*
   * numpy 2.4, optimal partitioning without pruning:
   *   k=np.arange(60); x=np.where(k<20,5.0,np.where(k<33,8.0,6.5))+((k*37)%11)/11-0.5
   *   segment(x, 3*math.log(60)*0.1, 3) == ([20, 33], 7.408550416549668)
   */
  it('agrees with numpy on three levels', () => {
    const series = Float64Array.from(
      { length: 60 },
      (_, k) => (k < 20 ? 5 : k < 33 ? 8 : 6.5) + ((k * 37) % 11) / 11 - 0.5,
    )
    expect(changePoints(series, { variance: 0.1 })).toEqual([20, 33])
    expect(costOf(series, [20, 33], 3 * Math.log(60) * 0.1)).toBeCloseTo(7.408550416549668, 10)
  })

  it('finds the optimum with pruning as without, at any length of segments', () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = new Random([seed, 1, 2, 3])
      const shortest = 1 + (seed % 5)
      let level = 0
      const raw = Float64Array.from({ length: 20 + (seed % 40) }, () => {
        if (random.next() < 0.1) level = 4 * random.next()
        return level + 0.5 * drawNormal(random)
      })
      const values = withoutOutliers(raw)
      const points = changePoints(raw, { penalty: 6, variance: 0.25, shortest })
      expect(costOf(values, points, 1.5)).toBeCloseTo(optimal(values, 1.5, shortest), 9)
      const bounds = [0, ...points, raw.length]
      for (let index = 1; index < bounds.length; index++)
        expect((bounds[index] as number) - (bounds[index - 1] as number)).toBeGreaterThanOrEqual(shortest)
    }
  })

  it.each([
    [30, 0, 0.1],
    [100, 0, 0.05],
    [100, 0.6, 0.25],
    [400, 0.8, 0.2],
  ])('seldom finds one in %d values without any, correlated by %d', (count, correlation, most) => {
    let alarms = 0
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random([seed, count, 10 * correlation, 9])
      let value = drawNormal(random)
      const series = Float64Array.from({ length: count }, () => {
        value = correlation * value + Math.sqrt(1 - correlation * correlation) * drawNormal(random)
        return 100 + value
      })
      if (changePoints(series).length > 0) alarms += 1
    }
    expect(alarms / 200).toBeLessThan(most)
  })

  it('does not take a single outlier for a level', () => {
    const series = Float64Array.from({ length: 60 }, (_, i) => 10 + ((i * 37) % 11) / 11)
    series[30] = 500
    expect(changePoints(series)).toEqual([])
  })

  it('is exact on values without noise', () => {
    expect(changePoints(new Float64Array(50).fill(3))).toEqual([])
    expect(changePoints(Float64Array.from({ length: 50 }, (_, i) => (i < 17 ? 3 : 4)))).toEqual([17])
    expect(changePoints(new Float64Array(3))).toEqual([])
  })
})

describe('noiseOf', () => {
  it('sees the scatter and correlation around a level that changes', () => {
    const random = new Random([1, 2, 3, 4])
    let value = 0
    const series = Float64Array.from({ length: 4000 }, (_, i) => {
      value = 0.6 * value + 0.8 * drawNormal(random)
      return value + (i < 1500 ? 0 : 20)
    })
    const noise = noiseOf(series)
    expect(Math.abs(noise.deviation - 1)).toBeLessThan(0.1)
    expect(Math.abs(noise.correlation - 0.6)).toBeLessThan(0.1)
    expect(Math.abs(noise.longRun - 2)).toBeLessThan(0.3)
  })

  it('is nothing for constant and for empty series', () => {
    expect(noiseOf(new Float64Array(20).fill(7))).toEqual({ deviation: 0, correlation: 0, longRun: 0 })
    expect(noiseOf(new Float64Array(0))).toMatchObject({ correlation: 0 })
  })
})
