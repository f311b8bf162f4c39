import { describe, expect, it } from 'vitest'
import { drawNormal } from '../draws/normal.ts'
import type { Random } from '../prng.ts'
import { createRandom } from '../seed.ts'
import { scalabilityIntervals } from './scalability-intervals.ts'
import {
  fitScalability,
  kneeSize,
  peakSize,
  peakThroughput,
  scalabilityAt,
  type ScalabilityLaw,
  type ScalabilityPoint,
} from './scalability-law.ts'

const random = (repeat: number): Random =>
  createRandom({ seed: 'scalability', path: [], repeat, stream: 'main', purpose: 'test' })

function pointsOf(
  sizes: readonly number[],
  throughputs: readonly number[],
  error?: number,
): readonly ScalabilityPoint[] {
  return sizes.map((size, index) => ({
    size,
    throughput: throughputs[index] as number,
    ...(error === undefined ? {} : { error }),
  }))
}
function simulate(
  law: ScalabilityLaw,
  sizes: readonly number[],
  noise: number,
  draws: Random,
): readonly ScalabilityPoint[] {
  return pointsOf(
    sizes,
    sizes.map((size) => scalabilityAt(law, size) * (1 + noise * drawNormal(draws))),
  )
}

// SPEC SDM 91 on a Sun SPARCcenter 2000, as in N. Gunther, Guerrilla Capacity Planning (2007), and the R package usl.
const SDM91 = [
  [1, 18, 36, 72, 108, 144, 216],
  [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2],
] as const
// A ray tracer on an SGI Origin 2000, from the same book.
const RAY_TRACER = [
  [1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64],
  [20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310],
] as const

describe('the scalability law', () => {
  it('has the coefficients that R prints for the SPEC benchmark', () => {
    // usl 3.0: alpha 0.0277285, beta 0.0001044, gamma 89.9952330, all points with the same error.
    const law = fitScalability(pointsOf(...SDM91, 1)) as ScalabilityLaw
    expect(law.contention).toBeCloseTo(0.0277285, 6)
    expect(law.coherency).toBeCloseTo(0.0001044, 7)
    expect(law.single).toBeCloseTo(89.995233, 4)
    expect(peakSize(law)).toBeCloseTo(96.52, 2)
  })

  it.each([
    ['the SPEC benchmark', SDM91, 67.7089906193434, 0.013515225713129735, 0.00011509117449639159],
    ['the ray tracer', RAY_TRACER, 21.44469448744552, 0.05605401089597594, 1.6882099133109797e-6],
  ] as const)(
    'agrees with scipy.optimize.curve_fit(sigma=throughput) on %s',
    (_, data, single, sigma, kappa) => {
      const law = fitScalability(pointsOf(data[0], data[1])) as ScalabilityLaw
      expect(law.single / single).toBeCloseTo(1, 5)
      expect(law.contention / sigma).toBeCloseTo(1, 4)
      expect(law.coherency / kappa).toBeCloseTo(1, 2)
    },
  )

  it('does not let a coefficient become negative', () => {
    // Unconstrained, curve_fit has kappa = -2.0e-4 here: faster and faster for ever.
    const law = fitScalability(pointsOf(...RAY_TRACER, 1)) as ScalabilityLaw
    expect(law.coherency).toBe(0)
    expect(law.contention).toBeGreaterThan(0.05)
    const superlinear = fitScalability(pointsOf([1, 2, 4, 8, 16], [10, 22, 48, 104, 220])) as ScalabilityLaw
    expect(superlinear).toMatchObject({ contention: 0, coherency: 0 })
    expect(peakSize(superlinear)).toBe(Infinity)
    expect(kneeSize(superlinear)).toBe(Infinity)
  })

  it('finds known coefficients exactly without noise, whatever their size', () => {
    for (const law of [
      { single: 1000, contention: 0.05, coherency: 0.002 },
      { single: 3.5, contention: 0, coherency: 0.0004 },
      { single: 1e5, contention: 0.3, coherency: 0 },
      { single: 12, contention: 1, coherency: 0 },
    ]) {
      const found = fitScalability(simulate(law, [1, 2, 4, 8, 16, 32, 64], 0, random(0))) as ScalabilityLaw
      expect(found.single / law.single).toBeCloseTo(1, 8)
      expect(found.contention).toBeCloseTo(law.contention, 8)
      expect(found.coherency).toBeCloseTo(law.coherency, 8)
    }
  })

  it('knows its peak and its knee', () => {
    const law = { single: 100, contention: 0.04, coherency: 0.0006 }
    expect(peakSize(law)).toBe(40)
    expect(scalabilityAt(law, 40)).toBeGreaterThan(scalabilityAt(law, 39))
    expect(scalabilityAt(law, 40)).toBeGreaterThan(scalabilityAt(law, 41))
    expect(peakThroughput(law)).toBe(scalabilityAt(law, 40))
    expect(kneeSize(law)).toBeCloseTo(scalabilityAt(law, 40) / 100, 12)
    // Amdahl's law: no peak, but never more than λ/σ.
    expect(peakThroughput({ ...law, coherency: 0 })).toBe(2500)
    expect(kneeSize({ ...law, coherency: 0 })).toBe(25)
    expect(peakSize({ ...law, contention: 1 })).toBe(1)
  })

  it('needs three sizes, and five to say how sure it is', () => {
    expect(fitScalability(pointsOf([1, 2, 2], [10, 20, 19]))).toBeNull()
    const law = { single: 10, contention: 0.1, coherency: 0.01 }
    const four = simulate(law, [1, 2, 4, 8], 0.01, random(1))
    expect(fitScalability(four)).not.toBeNull()
    expect(scalabilityIntervals(four, law, { random: random(2) })).toBeNull()
  })
})

describe('its intervals', () => {
  const sizes = [1, 2, 4, 8, 16, 32, 64]
  const law: ScalabilityLaw = { single: 200, contention: 0.05, coherency: 0.001 }

  it('hold the true coefficients about as often as they say', () => {
    const runs = 150
    const held = { single: 0, contention: 0, coherency: 0, peak: 0 }
    const truth = { ...law, peak: peakSize(law) }
    for (let run = 0; run < runs; run++) {
      const draws = random(100 + run)
      const points = simulate(law, sizes, 0.03, draws)
      const intervals = scalabilityIntervals(points, fitScalability(points) as ScalabilityLaw, {
        random: draws,
        resamples: 300,
      })
      for (const name of ['single', 'contention', 'coherency', 'peak'] as const) {
        const [low, high] = intervals?.[name] ?? [Infinity, 0]
        if (low <= truth[name] && truth[name] <= (high ?? Infinity)) held[name] += 1
      }
    }
    for (const count of Object.values(held)) {
      expect(count / runs).toBeGreaterThan(0.89)
      expect(count / runs).toBeLessThanOrEqual(1)
    }
  })

  it('are open where the data cannot tell: no peak among sizes far below it', () => {
    const points = simulate(law, [1, 2, 3, 4, 5, 6], 0.05, random(7))
    const intervals = scalabilityIntervals(points, fitScalability(points) as ScalabilityLaw, {
      random: random(8),
    })
    expect(intervals?.coherency[0]).toBe(0)
    expect(intervals?.peak[1]).toBeNull()
  })
})
