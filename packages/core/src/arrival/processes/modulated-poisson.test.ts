import { describe, expect, it } from 'vitest'
import {
  countsPer,
  distance,
  gapsOf,
  momentsOf,
  openLoad,
  scheduleOf,
  take,
} from '../../../test/support/arrivals.ts'
import { MILLISECOND, SECOND } from '../../units/nanos.ts'

describe('mmpp', () => {
  it('has the mean and the dispersion of its closed forms', () => {
    // λ 500 and 50 per second, left at 2 and 0.5 per second.
    const plan = { kind: 'mmpp', rates: [500, 50], dwell: [0.5 * SECOND, 2 * SECOND] } as const
    const mean = (500 * 0.5 + 50 * 2) / 2.5
    const idc = 1 + (2 * 2 * 0.5 * 450 ** 2) / (2.5 ** 2 * (500 * 0.5 + 50 * 2))
    const window = 40
    const windows = 1500
    const instants = take(scheduleOf(openLoad(plan), 5, { until: window * windows * SECOND }), Infinity)
    const counts = momentsOf(countsPer(instants, window * SECOND, windows))
    expect(Math.abs(counts.mean / window - mean)).toBeLessThan(
      4 * Math.sqrt((mean * idc) / (window * windows)),
    )
    // A window of 100 relaxation times shows all but 1 % of the limit.
    expect(Math.abs(counts.variance / counts.mean / idc - 1)).toBeLessThan(4 * Math.sqrt(2 / windows) + 0.01)
  })

  it('with one rate for both states is Poisson', () => {
    const plan = { kind: 'mmpp', rates: [400, 400], dwell: [MILLISECOND, 10 * MILLISECOND] } as const
    const gaps = gapsOf(take(scheduleOf(openLoad(plan)), 50_000))
    expect(distance(gaps, (x) => 1 - Math.exp(-x * 400e-9))).toBeLessThan(1.95)
  })

  it('is silent while it is off', () => {
    const plan = { kind: 'mmpp', rates: [10_000, 0], dwell: [100 * MILLISECOND, 300 * MILLISECOND] } as const
    const instants = take(scheduleOf(openLoad(plan), 2, { until: 400 * SECOND }), Infinity)
    // IDC(∞) is 1127, so a count of 400 s has a standard deviation of 84 per second.
    // The long gaps are the off times (and a gap of 0.1 ms): exponential, whatever is cut off below.
    const off = gapsOf(instants).filter((gap) => gap > 5 * MILLISECOND)
    expect(off.length).toBeGreaterThan(800)
    expect(distance(off, (x) => 1 - Math.exp(-(x - 5e6) / 3e8))).toBeLessThan(1.95)
    expect(Math.abs(instants.length / 400 - 2500)).toBeLessThan(340)
  })
})

describe('self-similar arrivals', () => {
  const plan = {
    kind: 'selfSimilar',
    rate: 1000,
    hurst: 0.8,
    sources: 32,
    on: 200 * MILLISECOND,
    off: 800 * MILLISECOND,
  } as const

  it('have their mean rate', () => {
    const rates = Array.from(
      { length: 20 },
      (_, seed) => take(scheduleOf(openLoad(plan), seed, { until: 200 * SECOND }), Infinity).length / 200,
    )
    const { mean, variance } = momentsOf(rates)
    expect(Math.abs(mean - 1000)).toBeLessThan(4 * Math.sqrt(variance / rates.length))
    expect(Math.sqrt(variance / rates.length)).toBeLessThan(40)
  })

  it('keep their bursts on longer scales: the variance of window means falls as m^(2H − 2)', () => {
    const slopes = [0.65, 0.9].map((hurst) => {
      const length = 8192
      const variances = Array.from({ length: 6 }, (_, seed) => {
        const schedule = scheduleOf(openLoad({ ...plan, hurst }), seed + 1, { until: length * SECOND })
        const counts = countsPer(take(schedule, Infinity), SECOND, length)
        return [2, 8, 32].map((scale) => {
          const means = Array.from(
            { length: length / scale },
            (_, window) => momentsOf(counts.subarray(window * scale, (window + 1) * scale)).mean,
          )
          return momentsOf(means).variance
        })
      })
      const at = (index: number): number =>
        variances.reduce((sum, values) => sum + (values[index] as number), 0) / variances.length
      return Math.log(at(2) / at(0)) / Math.log(16)
    })
    // 2H − 2 = −0.7 and −0.2; Poisson arrivals have −1. The estimate is biased and noisy, its order is not.
    expect(slopes[0]).toBeGreaterThan(-0.95)
    expect(slopes[0]).toBeLessThan(-0.5)
    expect(slopes[1]).toBeGreaterThan(-0.45)
    expect(slopes[1]).toBeLessThan(-0.05)
  }, 60_000)
})
