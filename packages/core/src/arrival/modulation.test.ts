import { describe, expect, it } from 'vitest'
import { distance, openLoad, rateSegment, scheduleOf, take } from '../../test/support/arrivals.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import type { ModulationPlan, OpenLoadPlan } from './load-plan.ts'
import { Modulation } from './modulation.ts'

const SINE: ModulationPlan = { kind: 'sine', period: 10 * SECOND, amplitude: 0.8, phase: 0.1 }
const PIECES: ModulationPlan = {
  kind: 'pieces',
  pieces: [
    { length: 2 * SECOND, factor: 1, factorEnd: 3 },
    { length: 1 * SECOND, factor: 0, factorEnd: 0 },
    { length: 1 * SECOND, factor: 2, factorEnd: 0 },
  ],
}

/** ∫ of the sine's factor from 0 to t seconds, exactly. */
function sineIntegral(t: number): number {
  const w = (2 * Math.PI) / 10
  const shift = 2 * Math.PI * 0.1
  return t + (0.8 / w) * (Math.cos(shift) - Math.cos(w * t + shift))
}

describe('Modulation', () => {
  it('is the inverse of its integral, over many periods', () => {
    for (const plan of [SINE, PIECES]) {
      const modulation = new Modulation(plan, 7 * SECOND)
      for (let instant = 0; instant < 60 * SECOND; instant += 37.7 * MILLISECOND) {
        const warped = modulation.warp(instant)
        const back = modulation.unwarp(warped)
        // Where the factor is 0 many instants have the same integral: the end of the gap stands for all.
        expect(modulation.warp(back) - warped).toBeLessThan(1)
        if (plan === SINE) expect(Math.abs(back - instant)).toBeLessThan(1)
      }
    }
  })

  it('integrates the sine to within 5 millionths', () => {
    const modulation = new Modulation(SINE, 0)
    for (let t = 0; t < 30; t += 0.0173) {
      expect(Math.abs(modulation.warp(t * SECOND) / SECOND - sineIntegral(t))).toBeLessThan(1e-5)
    }
    // Whole periods are exact.
    expect(modulation.warp(30 * SECOND)).toBeCloseTo(30 * SECOND, 0)
  })

  it('integrates pieces: 4, nothing, 1', () => {
    const modulation = new Modulation(PIECES, 0)
    const at = (t: number): number => modulation.warp(t * SECOND) / SECOND
    expect([1, 2, 2.5, 3, 3.5, 4, 8].map(at)).toEqual([1.5, 4, 4, 4, 4.75, 5, 10])
    const back = (u: number): number => modulation.unwarp(u * SECOND) / SECOND
    expect([1.5, 3.9999, 4, 4.75, 9].map(back)).toEqual([1, expect.closeTo(2, 4), 3, 3.5, 7])
    // Backwards too: a segment that comes in may bring a pending arrival forward.
    expect(back(1.5)).toBe(1)
  })

  it('leaves alone what lies before its origin', () => {
    const modulation = new Modulation(SINE, 5 * SECOND)
    expect(modulation.warp(3 * SECOND)).toBe(3 * SECOND)
    expect(modulation.unwarp(3 * SECOND)).toBe(3 * SECOND)
    expect(modulation.unwarp(Infinity)).toBe(Infinity)
  })
})

describe('arrivals at a modulated rate', () => {
  it('constant: the i-th is due when the integral reaches i', () => {
    const instants = take(scheduleOf(openLoad({ kind: 'constant' }, 100, SINE)), 5000)
    for (const [index, instant] of instants.entries()) {
      expect(Math.abs(100 * sineIntegral(instant / SECOND) - index)).toBeLessThan(1e-3)
    }
  })

  it('Poisson: instants are uniform on the scale of the integral', () => {
    const until = 50 * SECOND
    const instants = take(scheduleOf(openLoad({ kind: 'poisson' }, 1000, SINE), 4, { until }), Infinity)
    const expected = 1000 * sineIntegral(50)
    expect(Math.abs(instants.length - expected)).toBeLessThan(4 * Math.sqrt(expected))
    expect(distance(instants, (t) => sineIntegral(t / SECOND) / sineIntegral(50))).toBeLessThan(1.95)
  })

  it('an amplitude of 1 touches 0 and goes on', () => {
    const load = openLoad({ kind: 'constant' }, 10, { ...SINE, amplitude: 1 } as ModulationPlan)
    const instants = take(scheduleOf(load, 1, { until: 100 * SECOND }), Infinity)
    expect(instants.length).toBeGreaterThanOrEqual(999)
    expect(instants.length).toBeLessThanOrEqual(1001)
  })

  it('before the beginning keeps the initial rate', () => {
    const schedule = scheduleOf(
      openLoad({ kind: 'constant' }, 100, { ...SINE, phase: 0.25 } as ModulationPlan),
      1,
      {
        begin: null,
      },
    )
    schedule.begin(2 * SECOND)
    const instants = take(schedule, 2000)
    // 180 per second until 2 s, where the wave is at its top as well.
    expect(instants[180]).toBeCloseTo(SECOND, -3)
    const first = instants.findIndex((instant) => instant >= 2 * SECOND)
    expect(first).toBe(360)
    const afterPeriod = instants.findIndex((instant) => instant >= 12 * SECOND)
    expect(Math.abs(afterPeriod - 1360)).toBeLessThanOrEqual(1)
  })

  it('takes a controller’s segment under the wave', () => {
    const load: OpenLoadPlan = openLoad({ kind: 'constant' }, 100, SINE)
    const schedule = scheduleOf(load)
    take(schedule, 50)
    schedule.append(rateSegment(10, null, 200))
    const instants = take(schedule, 5000)
    const count = (from: number, until: number): number =>
      instants.filter((instant) => instant >= from * SECOND && instant < until * SECOND).length
    expect(Math.abs(count(1, 10) - 100 * (sineIntegral(10) - sineIntegral(1)))).toBeLessThan(2)
    expect(Math.abs(count(10, 20) - 2000)).toBeLessThan(2)
  })
})
