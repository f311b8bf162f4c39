import { describe, expect, it } from 'vitest'
import type { ClosedLoadPlan, LoadPlan, PopulationSegment } from '../arrival/load-plan.ts'
import { SimulatedTarget } from '../testing/simulated-target.ts'
import { runVirtualTrial, type VirtualRow, type VirtualTrialOptions } from '../testing/virtual-trial.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { Outcome } from './outcome.ts'

const closed = (concurrency: number, more: Partial<ClosedLoadPlan> = {}): ClosedLoadPlan => ({
  loop: 'closed',
  concurrency,
  requests: null,
  thinkTime: { kind: 'none' },
  ...more,
})

function run(load: LoadPlan, options: Partial<VirtualTrialOptions> = {}, service = 10 * MILLISECOND) {
  return runVirtualTrial({
    load,
    session: (exchange, clock) => new SimulatedTarget(exchange, clock, { serviceTime: () => service }),
    ...options,
  })
}

const ramp = (from: number, to: number, seconds: number): PopulationSegment[] => [
  { from: 0, until: seconds * SECOND, users: from, usersEnd: to },
]
/** Requests in flight at an instant, in seconds. */
const inFlight = (rows: readonly VirtualRow[], at: number): number =>
  rows.filter((row) => row.dispatched <= at * SECOND && row.completion > at * SECOND).length
const dispatchedIn = (rows: readonly VirtualRow[], from: number, until: number): number =>
  rows.filter((row) => row.dispatched >= from * SECOND && row.dispatched < until * SECOND).length

describe('a population that changes', () => {
  it.each([1, 3])('grows by one user per second, with %d workers', (workers) => {
    const { rows } = run(closed(10, { population: ramp(1, 10, 9) }), { duration: 12 * SECOND, workers })
    for (let second = 0; second < 9; second++) expect(inFlight(rows, second + 0.505)).toBe(second + 1)
    expect(inFlight(rows, 11.505)).toBe(10)
  })

  it('begins with its first users while warming up, and grows from the measurement on', () => {
    const { rows } = run(closed(10, { population: ramp(2, 10, 8) }), {
      warmup: 5 * SECOND,
      duration: 9 * SECOND,
    })
    expect([1, 4.9, 5.5, 6.5, 13.5].map((at) => inFlight(rows, at + 0.0005))).toEqual([2, 2, 2, 3, 10])
  })

  it('shrinks: users leave when their request is settled', () => {
    const { rows } = run(closed(5, { population: ramp(5, 0, 5) }), { duration: 7 * SECOND })
    for (let second = 0; second < 5; second++) expect(inFlight(rows, second + 0.505)).toBe(4 - second)
    expect(dispatchedIn(rows, 5.1, 7)).toBe(0)
    expect(rows.every((row) => row.outcome === Outcome.completed)).toBe(true)
  })

  it('follows a controller: users come, go and come back', () => {
    const moves = [
      [1, 2],
      [2, 0],
      [3, 6],
      [5, 1],
    ] as const
    const { rows } = run(closed(4), {
      duration: 6 * SECOND,
      workers: 2,
      onStart: (streams, clock) => {
        for (const [at, users] of moves) {
          const segment = { from: at * SECOND, until: null, users, usersEnd: users }
          clock.at((at - 0.1) * SECOND, () => {
            for (const { walk } of streams) walk.populate(segment)
          })
        }
      },
    })
    expect([0.5, 1.5, 2.5, 3.5, 4.5, 5.5].map((at) => inFlight(rows, at + 0.0005))).toEqual([
      4, 2, 0, 6, 6, 1,
    ])
  })

  it('starts anew in each stage', () => {
    const load: LoadPlan = {
      loop: 'stages',
      stages: [
        { load: closed(3), duration: 2 * SECOND },
        { load: closed(8, { population: ramp(1, 8, 7) }), duration: 8 * SECOND },
      ],
    }
    const { rows } = run(load, { duration: 10 * SECOND })
    expect([1, 2.5, 5.5, 9.5].map((at) => inFlight(rows, at + 0.0005))).toEqual([3, 1, 4, 8])
  })
})

describe('users', () => {
  it('keep a cycle as long as answers allow it', () => {
    const service = (request: number): number => (request === 3 ? 250 : 10) * MILLISECOND
    const { rows } = runVirtualTrial({
      load: closed(1, { cycle: 100 * MILLISECOND }),
      duration: SECOND,
      session: (exchange, clock) => new SimulatedTarget(exchange, clock, { serviceTime: service }),
    })
    // The fourth answer takes 250 ms: the fifth request is due when it is there, and the cycle starts anew.
    expect(rows.map((row) => row.intended / MILLISECOND)).toEqual([0, 100, 200, 300, 550, 650, 750, 850, 950])
    expect(rows.every((row) => row.dispatched === row.intended)).toBe(true)
  })

  it('pause as long as their request took', () => {
    const { rows } = run(closed(1, { thinkTime: { kind: 'response' } }), { duration: 0.1 * SECOND })
    expect(rows.map((row) => row.intended / MILLISECOND)).toEqual([0, 20, 40, 60, 80, 100])
  })

  it('begin staggered, each at its own instant', () => {
    const load = closed(200, { stagger: SECOND, thinkTime: { kind: 'constant', mean: 10 * SECOND } })
    const starts = (workers: number): number[] =>
      run(load, { duration: 2 * SECOND, workers })
        .rows.map((row) => row.intended)
        .toSorted((a, b) => a - b)
    const alone = starts(1)
    expect(alone).toHaveLength(200)
    expect(alone[0]).toBeGreaterThan(0)
    expect(alone.at(-1)).toBeLessThan(SECOND)
    expect(alone[100]).toBeGreaterThan(0.35 * SECOND)
    expect(alone[100]).toBeLessThan(0.65 * SECOND)
    expect(starts(3)).toEqual(alone)
  })
})

describe('a number of requests within a time', () => {
  it('ends with the last request when there is time', () => {
    const { rows, measureUntil } = run(closed(4, { requests: 1000, within: 10 * SECOND }), {
      duration: 10 * SECOND,
    })
    expect(rows).toHaveLength(1000)
    // 250 turns of 10 ms.
    expect(measureUntil).toBe(2.5 * SECOND + 1)
  })

  it('ends with the time when there is not', () => {
    const { rows, measureUntil } = run(closed(1, { requests: 1000, within: 2 * SECOND }), {
      duration: 2 * SECOND,
    })
    expect(measureUntil).toBe(2 * SECOND)
    expect(rows.filter((row) => row.intended < measureUntil)).toHaveLength(200)
  })

  it('ends after a warm-up, which does not count', () => {
    const { rows, measureFrom, measureUntil } = run(closed(2, { requests: 100 }), {
      warmup: SECOND,
      duration: 60 * SECOND,
    })
    expect(rows.filter((row) => row.intended >= measureFrom)).toHaveLength(100)
    expect(measureUntil).toBe(1.5 * SECOND + 1)
  })
})
