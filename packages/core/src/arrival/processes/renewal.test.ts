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
import { logGamma } from '../../stats/special/log-gamma.ts'
import { normalCdf } from '../../stats/special/normal.ts'
import { SECOND } from '../../units/nanos.ts'
import type { ProcessPlan } from '../load-plan.ts'

const RATE = 1000
const DRAWS = 60_000
/** Gaps as multiples of their mean. */
const gaps = (process: ProcessPlan, seed: number): Float64Array =>
  gapsOf(take(scheduleOf(openLoad(process, RATE), seed), DRAWS)).map((gap) => (gap * RATE) / SECOND)

const weibullScale = (shape: number): number => Math.exp(-logGamma(1 + 1 / shape))
/** H2 with balanced means at a coefficient of variation of 3: p = ½ (1 + √(8/10)). */
const P = 0.5 * (1 + Math.sqrt(0.8))

describe('gaps of renewal processes', () => {
  it.each([
    // Gamma of shape 4 is Erlang; of shape ½ it is the square of a normal.
    [
      { kind: 'gamma', cv: 0.5 },
      (x: number) => 1 - Math.exp(-4 * x) * (1 + 4 * x + 8 * x * x + (32 * x * x * x) / 3),
      0.25,
    ],
    [{ kind: 'gamma', cv: Math.SQRT2 }, (x: number) => 2 * normalCdf(Math.sqrt(x)) - 1, 2],
    [{ kind: 'weibull', shape: 1 }, (x: number) => 1 - Math.exp(-x), 1],
    [
      { kind: 'weibull', shape: 0.7 },
      (x: number) => 1 - Math.exp(-Math.exp(0.7 * Math.log(x / weibullScale(0.7)))),
      Math.exp(logGamma(1 + 2 / 0.7) - 2 * logGamma(1 + 1 / 0.7)) - 1,
    ],
    [
      { kind: 'lognormal', cv: 1.5 },
      (x: number) => normalCdf((Math.log(x) + Math.log(3.25) / 2) / Math.sqrt(Math.log(3.25))),
      2.25,
    ],
    [
      { kind: 'hyperexponential', cv: 3 },
      (x: number) => 1 - P * Math.exp(-2 * P * x) - (1 - P) * Math.exp(-2 * (1 - P) * x),
      9,
    ],
  ] as readonly (readonly [ProcessPlan, (x: number) => number, number])[])(
    '%j: distribution, mean 1, squared variation',
    (process, cdf, squaredVariation) => {
      const values = gaps(process, 7)
      expect(distance(values, cdf)).toBeLessThan(1.95)
      const { mean, variance } = momentsOf(values)
      expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(squaredVariation / DRAWS))
      // Heavy tails make the sample's variance vary widely: a tenth either way.
      expect(variance / squaredVariation).toBeGreaterThan(0.85)
      expect(variance / squaredVariation).toBeLessThan(1.15)
    },
  )

  it.each([
    [{ kind: 'gamma', cv: 2 }, 4],
    [{ kind: 'gamma', cv: 0.5 }, 0.25],
    [{ kind: 'hyperexponential', cv: 2 }, 4],
  ] as readonly (readonly [ProcessPlan, number])[])(
    '%j: counts of long windows disperse as the gaps do',
    (process, squaredVariation) => {
      // IDC(∞) of a renewal process is the squared variation of its gaps.
      const instants = take(scheduleOf(openLoad(process, RATE), 3), 400_000)
      const { mean, variance } = momentsOf(countsPer(instants, 0.2 * SECOND, 1900))
      expect(Math.abs(mean - 200)).toBeLessThan(4 * Math.sqrt((200 * squaredVariation) / 1900))
      expect(Math.abs(variance / mean / squaredVariation - 1)).toBeLessThan(4 * Math.sqrt(2 / 1900) + 0.05)
    },
  )
})

describe('jittered arrivals', () => {
  it('are late by a uniform part of the spacing, in order', () => {
    const instants = take(scheduleOf(openLoad({ kind: 'jittered', jitter: 0.5 }, RATE)), DRAWS)
    const late = instants.map((instant, index) => (instant * RATE) / SECOND - index)
    expect(distance(late, (x) => x / 0.5)).toBeLessThan(1.95)
    expect(gapsOf(instants).every((gap) => gap >= 0)).toBe(true)
  })

  it('without jitter are even', () => {
    const load = (process: ProcessPlan): Float64Array => take(scheduleOf(openLoad(process, 300)), 1000)
    expect(load({ kind: 'jittered', jitter: 0 })).toEqual(load({ kind: 'constant' }))
  })
})
