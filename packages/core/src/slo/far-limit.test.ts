import { describe, expect, it } from 'vitest'
import { buildDistribution } from '../metrics/distribution.ts'
import { drawExponential } from '../stats/draws/exponential.ts'
import { drawNormal } from '../stats/draws/normal.ts'
import { Random } from '../stats/prng.ts'
import { steadyQueue, steadyQueuePercentile } from '../testing/simulation/steady-queue.ts'
import { evaluateSlo } from './evaluate-slo.ts'
import { isFarWithin } from './far-limit.ts'
import type { SloPlan } from './slo-plan.ts'

const RUNS = 120
const MS = 1e6

describe('a limit far away', () => {
  const flat = { rmsBound: 2 * MS, count: 1000, max: 3 * MS }

  it('is ten times the root mean square at p99, by Chebyshev’s inequality', () => {
    expect(isFarWithin(flat, 99, 20 * MS)).toBe(true)
    expect(isFarWithin(flat, 99, 19.9 * MS)).toBe(false)
    expect(isFarWithin(flat, 75, 4 * MS)).toBe(true)
    expect(isFarWithin(flat, 75, 3.9 * MS)).toBe(false)
  })

  it('is none where too few requests show that single slow ones are rare', () => {
    // 0.99^299 is the first power below 5 %; 0.999^2995.
    expect(isFarWithin({ ...flat, count: 299 }, 99, 1e9)).toBe(true)
    expect(isFarWithin({ ...flat, count: 298 }, 99, 1e9)).toBe(false)
    expect(isFarWithin({ ...flat, count: 2994 }, 99.9, 1e9)).toBe(false)
    expect(isFarWithin({ ...flat, count: 2995 }, 99.9, 1e9)).toBe(true)
  })

  it('is none that a request was beyond, nor one that nothing is known about', () => {
    expect(isFarWithin({ ...flat, max: 21 * MS }, 99, 20 * MS)).toBe(false)
    expect(isFarWithin({ ...flat, max: null }, 99, 1e9)).toBe(false)
    expect(isFarWithin({ count: 1000, max: MS }, 99, 1e9)).toBe(false)
  })

  it('is unknown where a request was lost', () => {
    const samples = new Float64Array(1000).fill(MS)
    expect(buildDistribution({ samples }).rmsBound).toBe(MS)
    samples[7] = Infinity
    expect(buildDistribution({ samples }).rmsBound).toBeUndefined()
    expect(buildDistribution({ samples: samples.subarray(0, 5) }).rmsBound).toBeUndefined()
  })
})

/** Response times whose level drifts slowly: an autoregression of its logarithm, with exponential noise on top. */
function drifting(count: number, phi: number, random: Random): Float64Array {
  const step = Math.sqrt(1 - phi * phi)
  let level = drawNormal(random)
  return Float64Array.from({ length: count }, () => {
    level = phi * level + step * drawNormal(random)
    return Math.exp(level / 2) * drawExponential(random)
  })
}

/** Spells in which all requests take 1000, a share of 2 % of them, that last ten requests on average. */
function stalling(count: number, random: Random): Float64Array {
  const [begins, ends] = [0.02 / 0.98 / 10, 1 / 10]
  let stalls = random.next() < 0.02
  return Float64Array.from({ length: count }, () => {
    const sample = stalls ? 1000 : 1 + random.next()
    stalls = stalls ? random.next() >= ends : random.next() < begins
    return sample
  })
}

const slo = (limit: number): SloPlan => ({
  terms: [{ metric: 'responseTime', statistic: { percentile: 99 }, limit }],
  deadline: null,
})

/** How often p99 is found within each limit, over seeded runs. */
function passes(limits: readonly number[], draw: (random: Random) => Float64Array): readonly number[] {
  const counts = limits.map(() => 0)
  for (let run = 0; run < RUNS; run++) {
    const responseTimeWithFailures = buildDistribution({ samples: draw(new Random([run, 7, 1, 2])) })
    const metrics = {
      responseTime: responseTimeWithFailures,
      responseTimeWithFailures,
      counts: { due: 1, completed: 1 },
    }
    for (const [index, limit] of limits.entries()) {
      const { verdict } = evaluateSlo(slo(limit), { metrics: metrics as never })
      if (verdict === 'pass') counts[index] = (counts[index] as number) + 1
    }
  }
  return counts.map((count) => count / RUNS)
}

describe('verdicts on dependent requests', () => {
  it.each([0.7, 0.9])('pass a limit far beyond p99 of a queue at %d, and not one at p99', (utilisation) => {
    const p99 = steadyQueuePercentile(99, utilisation)
    const [at, near, far] = passes([p99, 1.5 * p99, 10 * p99], (random) =>
      steadyQueue(4000, utilisation, random),
    )
    expect(at).toBeLessThanOrEqual(0.07)
    expect(near).toBeLessThan(0.2)
    expect(far).toBeGreaterThanOrEqual(0.95)
  })

  it('pass a limit far beyond all that a drifting server does, and not one at its p99', () => {
    // p99 of exp(z/2)·E is 6.76, by quadrature.
    const [at, far] = passes([6.76, 67.6], (random) => drifting(4000, 0.995, random))
    expect(at).toBeLessThanOrEqual(0.05)
    expect(far).toBeGreaterThanOrEqual(0.95)
  })

  it('do not pass a server that stalls, unless it did not while it was looked at', () => {
    const [beyond] = passes([500], (random) => stalling(4000, random))
    expect(beyond).toBeLessThanOrEqual(0.05)
  })
})
