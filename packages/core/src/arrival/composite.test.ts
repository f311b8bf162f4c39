import { describe, expect, it } from 'vitest'
import {
  distance,
  gapsOf,
  hashOf,
  openLoad,
  rateSegment,
  scheduleOf,
  take,
  withRates,
} from '../../test/support/arrivals.ts'
import { Random } from '../stats/prng.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { compressLoad } from './compress-load.ts'
import type { OpenLoadPlan, ProcessPlan, SlicePlan } from './load-plan.ts'
import { createSchedule } from './schedule.ts'

const POISSON: ProcessPlan = { kind: 'poisson' }
const superpose = (...parts: readonly OpenLoadPlan[]): OpenLoadPlan => openLoad({ kind: 'superpose', parts })
const slice = (of: OpenLoadPlan, low: number, high: number, more: Partial<SlicePlan> = {}): OpenLoadPlan =>
  openLoad({ kind: 'slice', of, low, high, ...more })

describe('superposition', () => {
  it('has the arrivals of all parts, in order', () => {
    const parts = [
      openLoad({ kind: 'constant' }, 100),
      openLoad({ kind: 'burst', count: 5, within: 0, every: SECOND, after: 0.5 * SECOND }),
      openLoad({ kind: 'gamma', cv: 2 }, 300),
    ] as const
    const together = take(scheduleOf(superpose(...parts), 6, { until: 20 * SECOND }), Infinity)
    // The parts draw from generators that are split off the load's own, one after the other.
    const random = new Random([6, 2, 3, 4])
    const apart = parts.flatMap((part) => [
      ...take(createSchedule(part, random.split(), { until: 20 * SECOND }), Infinity),
    ])
    expect([...together]).toEqual(apart.toSorted((a, b) => a - b))
  })

  it('of Poisson processes is a Poisson process', () => {
    const parts = [10, 200, 790].map((rate) => openLoad(POISSON, rate))
    const gaps = gapsOf(take(scheduleOf(superpose(...parts), 3), 60_000))
    expect(distance(gaps, (x) => 1 - Math.exp(-x / MILLISECOND))).toBeLessThan(1.95)
  })

  it('lets parts with a rate warm up, and bursts wait for the beginning', () => {
    const load = superpose(
      openLoad({ kind: 'constant' }, 10),
      openLoad({ kind: 'burst', count: 3, within: 0, every: null, after: SECOND }),
    )
    const schedule = scheduleOf(load, 1, { begin: null })
    expect([...take(schedule, 3)]).toEqual([0, 1e8, 2e8])
    schedule.begin(0.45 * SECOND)
    const instants = [...take(schedule, 20)]
    expect(instants.filter((instant) => instant === 1.45 * SECOND)).toHaveLength(3)
  })

  it('has no rate to change', () => {
    expect(() => scheduleOf(superpose(openLoad(POISSON, 1))).append(rateSegment(0, null, 1))).toThrow(
      'rates of their own',
    )
  })
})

describe('slices', () => {
  const whole = openLoad({ kind: 'gamma', cv: 1.5 }, 1000)

  it('share the arrivals of one load out among them: each goes to exactly one', () => {
    const bounds = [0, 0.1, 0.55, 1]
    const parts = bounds.slice(1).map((high, index) => {
      const instants = take(
        scheduleOf(slice(whole, bounds[index] as number, high), 8, { until: 50 * SECOND }),
        Infinity,
      )
      const share = high - (bounds[index] as number)
      expect(Math.abs(instants.length - 50_000 * share)).toBeLessThan(5 * Math.sqrt(50_000 * share * 2.25))
      return [...instants]
    })
    const all = take(scheduleOf(slice(whole, 0, 1), 8, { until: 50 * SECOND }), Infinity)
    expect(parts.flat().toSorted((a, b) => a - b)).toEqual([...all])
  })

  it('of a Poisson process are Poisson processes', () => {
    const thinned = gapsOf(take(scheduleOf(slice(openLoad(POISSON, 1000), 0, 0.3), 5), 40_000))
    expect(distance(thinned, (x) => 1 - Math.exp((-x * 0.3) / MILLISECOND))).toBeLessThan(1.95)
  })

  it('move their bounds at instants after the beginning', () => {
    const shifts = [{ from: 10 * SECOND, low: 0, high: 0.5 }]
    const load = slice(openLoad({ kind: 'constant' }, 1000), 0, 0.05, { shifts })
    const schedule = scheduleOf(load, 2, { begin: null })
    schedule.begin(5 * SECOND)
    const instants = take(schedule, 12_000).filter((instant) => instant < 30 * SECOND)
    const before = instants.filter((instant) => instant < 15 * SECOND).length
    expect(Math.abs(before - 750)).toBeLessThan(4 * Math.sqrt(750))
    expect(Math.abs(instants.length - before - 7500)).toBeLessThan(4 * Math.sqrt(7500 * 0.5))
  })

  it('follow a controller’s rate', () => {
    const schedule = scheduleOf(slice(openLoad({ kind: 'constant' }, 100), 0, 0.5), 2)
    take(schedule, 20)
    expect(schedule.append(rateSegment(10, null, 1000))).toBe(10 * SECOND)
    const instants = take(schedule, 5000)
    const count = (from: number, until: number): number =>
      instants.filter((instant) => instant >= from * SECOND && instant < until * SECOND).length
    expect(Math.abs(count(10, 15) - 2500)).toBeLessThan(4 * Math.sqrt(1250))
  })

  describe('that move during the measurement', () => {
    // Two slices that always fill [0, 1): 1 % and 99 %, the other way round by and by, and at last all and nothing.
    const few = (of: OpenLoadPlan): OpenLoadPlan =>
      slice(of, 0, 0.01, {
        shifts: [
          { from: 2 * SECOND, low: 0, high: 0.01, until: 6 * SECOND, lowEnd: 0, highEnd: 0.99 },
          { from: 8 * SECOND, low: 0, high: 1 },
        ],
      })
    const most = (of: OpenLoadPlan): OpenLoadPlan =>
      slice(of, 0.01, 1, {
        shifts: [
          { from: 2 * SECOND, low: 0.01, high: 1, until: 6 * SECOND, lowEnd: 0.99, highEnd: 1 },
          { from: 8 * SECOND, low: 1, high: 1 },
        ],
      })
    const loads: readonly OpenLoadPlan[] = [
      openLoad(POISSON, 20),
      withRates(POISSON, [rateSegment(0, 10, 1, 100), rateSegment(10, null, 50)]),
      superpose(openLoad(POISSON, 10), openLoad({ kind: 'burst', count: 40, within: SECOND, every: SECOND })),
      openLoad({ kind: 'mmpp', rates: [40, 4], dwell: [SECOND, SECOND] }),
      slice(openLoad(POISSON, 100), 0.3, 0.5),
    ]
    /** As an engine walks: what is due up to the end of the warm-up, then the beginning, then the rest. */
    const walk = (load: OpenLoadPlan, seed: number, worker = 0, workers = 1): number[] => {
      const schedule = scheduleOf(load, seed, { begin: null, until: 20 * SECOND, worker, workers })
      const instants: number[] = []
      while (schedule.peek() < 1.5 * SECOND) {
        instants.push(schedule.peek())
        schedule.advance()
      }
      schedule.begin(2 * SECOND)
      return [...instants, ...take(schedule, Infinity)]
    }

    it.each(loads.map((load) => [load.process.kind, load] as const))(
      'still share each arrival of %s out, also those that were looked at before the beginning',
      (_, load) => {
        for (let seed = 1; seed <= 40; seed++) {
          const parts = [...walk(few(load), seed), ...walk(most(load), seed)].toSorted((a, b) => a - b)
          expect(parts).toEqual(walk(slice(load, 0, 1), seed))
        }
      },
    )

    it.each([2, 3])('have one schedule with %d workers', (workers) => {
      for (const load of loads) {
        for (let seed = 1; seed <= 10; seed++) {
          const together = Array.from({ length: workers }, (_, worker) =>
            walk(few(load), seed, worker, workers),
          )
          expect(together.flat().toSorted((a, b) => a - b)).toEqual(walk(few(load), seed))
        }
      }
    })

    it('have their share of the arrivals at all times', () => {
      const whole = openLoad({ kind: 'constant' }, 10_000)
      const instants = take(scheduleOf(few(whole), 4, { until: 10 * SECOND }), Infinity)
      const perSecond = Array.from(
        { length: 10 },
        (_, at) => instants.filter((instant) => Math.floor(instant / SECOND) === at).length,
      )
      // 1 %, then from 2 s to 6 s a line up to 99 %, then 99 %, at last all.
      const expected = [0.01, 0.01, 0.1325, 0.3775, 0.6225, 0.8675, 0.99, 0.99, 1, 1]
      for (const [at, share] of expected.entries()) {
        const deviation = Math.sqrt(10_000 * share * (1 - share))
        expect(Math.abs((perSecond[at] as number) - 10_000 * share)).toBeLessThanOrEqual(4 * deviation)
      }
    })

    it('may be empty: before the beginning, for a while, and for good', () => {
      const late = slice(openLoad(POISSON, 1000), 0, 0, {
        shifts: [
          { from: 100 * SECOND, low: 0, high: 0.5 },
          { from: 101 * SECOND, low: 0, high: 0 },
        ],
      })
      const schedule = scheduleOf(late, 5, { begin: null })
      expect(schedule.peek()).toBe(Infinity)
      schedule.begin(SECOND)
      // A hundred thousand arrivals of others: it takes several looks.
      let looks = 1
      for (; schedule.peek() === Infinity; looks++) expect(looks).toBeLessThan(40)
      expect(looks).toBeGreaterThan(10)
      const instants = take(schedule, Infinity)
      expect(Math.abs(instants.length - 500)).toBeLessThan(4 * Math.sqrt(500))
      expect(instants[0]).toBeGreaterThanOrEqual(101 * SECOND)
      expect(instants.at(-1)).toBeLessThan(102 * SECOND)
      expect(schedule.peek()).toBe(Infinity)
    })
  })

  it('of bursts end with them', () => {
    const load = slice(openLoad({ kind: 'burst', count: 1000, within: 0, every: null }), 0, 0.5)
    const instants = take(scheduleOf(load, 3), Infinity)
    expect(Math.abs(instants.length - 500)).toBeLessThan(4 * Math.sqrt(250))
  })
})

describe('compression', () => {
  const loads: readonly OpenLoadPlan[] = [
    openLoad(POISSON, 100),
    withRates(POISSON, [rateSegment(0, 10, 0, 100), rateSegment(10, null, 50)]),
    openLoad({ kind: 'lognormal', cv: 2 }, 100, { kind: 'sine', period: SECOND, amplitude: 0.5, phase: 0 }),
    openLoad({ kind: 'constant' }, 100, {
      kind: 'pieces',
      pieces: [
        { length: SECOND, factor: 1, factorEnd: 1 },
        { length: SECOND, factor: 0, factorEnd: 0 },
      ],
    }),
    openLoad({ kind: 'burst', count: 7, within: SECOND, every: 3 * SECOND, after: SECOND }),
    openLoad({ kind: 'mmpp', rates: [100, 0], dwell: [SECOND, SECOND] }),
    openLoad({ kind: 'selfSimilar', rate: 100, hurst: 0.7, sources: 8, on: SECOND, off: SECOND }),
    superpose(openLoad(POISSON, 50), openLoad(POISSON, 50)),
    slice(openLoad(POISSON, 100), 0.2, 0.7, { shifts: [{ from: 4 * SECOND, low: 0, high: 1 }] }),
    slice(openLoad(POISSON, 100), 0.2, 0.7, {
      shifts: [{ from: SECOND, low: 0.2, high: 0.7, until: 4 * SECOND, lowEnd: 0, highEnd: 1 }],
    }),
  ]

  it.each(loads.map((load) => [load.process.kind, load] as const))(
    'of %s divides all instants',
    (_, load) => {
      const normal = take(scheduleOf(load, 9), 500)
      const fast = take(scheduleOf(compressLoad(load, 8), 9), 500)
      // A power of two: nothing is rounded differently, but for the odd last digit of a square root.
      for (const [index, instant] of normal.entries()) expect(fast[index]).toBeCloseTo(instant / 8, 3)
      expect(fast).toHaveLength(normal.length)
    },
  )
})

describe('workers of composite loads', () => {
  it.each([2, 3])('%d together have exactly the schedule of one', (workers) => {
    for (const load of [
      superpose(
        openLoad({ kind: 'gamma', cv: 2 }, 300),
        openLoad({ kind: 'burst', count: 9, within: 0, every: SECOND }),
      ),
      slice(openLoad({ kind: 'mmpp', rates: [900, 100], dwell: [SECOND, SECOND] }), 0.25, 0.75),
      openLoad({ kind: 'weibull', shape: 0.6 }, 400, {
        kind: 'sine',
        period: SECOND,
        amplitude: 1,
        phase: 0,
      }),
    ]) {
      const alone = take(scheduleOf(load), 3000)
      const merged = new Float64Array(3000)
      for (let worker = 0; worker < workers; worker++) {
        const schedule = scheduleOf(load, 1, { worker, workers })
        while (schedule.unit < 3000) {
          merged[schedule.unit] = schedule.peek()
          schedule.advance()
        }
      }
      expect(hashOf(merged)).toBe(hashOf(alone))
    }
  })
})
