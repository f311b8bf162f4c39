import { describe, expect, it } from 'vitest'
import type { ClosedLoadPlan } from '../arrival/load-plan.ts'
import { SimulatedTarget } from '../testing/simulated-target.ts'
import { runVirtualTrial, type VirtualTrialOptions } from '../testing/virtual-trial.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { FailureKind, Outcome } from './outcome.ts'
import { failureCode } from '../report/record-block.ts'

const CLOSED: ClosedLoadPlan = { loop: 'closed', concurrency: 3, requests: null, thinkTime: { kind: 'none' } }

function run(options: Partial<VirtualTrialOptions>, service = (): number => 10 * MILLISECOND) {
  return runVirtualTrial({
    load: CLOSED,
    duration: 10 * SECOND,
    session: (exchange, clock) => new SimulatedTarget(exchange, clock, { serviceTime: service, bytesIn: 8 }),
    ...options,
  })
}

describe('inputs that end', () => {
  it.each([1, 2, 3])('let each user go on for as long as it has some, with %d workers', (workers) => {
    const { rows, finishedAt } = run({ userUnits: [5, 2, 9], workers })
    expect(rows).toHaveLength(16)
    const inFlight = (at: number): number =>
      rows.filter((row) => row.dispatched <= at && row.completion > at).length
    expect([5, 25, 55, 85, 95].map((at) => inFlight(at * MILLISECOND))).toEqual([3, 2, 1, 1, 0])
    expect(finishedAt).toBeLessThan(SECOND)
  })

  it.each([1, 2, 3])('are shared by all users, with %d workers', (workers) => {
    const { rows } = run({ userUnits: [100], workers })
    expect(rows).toHaveLength(100)
    expect(new Set(rows.map((row) => row.unit)).size).toBe(100)
  })

  it('are used up by the warm-up too', () => {
    const { rows } = run({ userUnits: [20, 20, 20], warmup: 100 * MILLISECOND })
    expect(rows).toHaveLength(60)
    expect(rows.filter((row) => row.intended >= 100 * MILLISECOND)).toHaveLength(30)
  })

  it('leave the rest of the load as it is when they are more than it needs', () => {
    const { rows } = run({ userUnits: [1e9], load: { ...CLOSED, requests: 50 } })
    expect(rows).toHaveLength(50)
  })
})

describe('the cycle of a user', () => {
  it('counts the units of the measurement that took longer', () => {
    let request = 0
    const { streams, rows } = run(
      {
        load: { ...CLOSED, concurrency: 1, cycle: 20 * MILLISECOND },
        duration: SECOND,
        warmup: 200 * MILLISECOND,
      },
      () => (request++ % 4 === 3 ? 30 : 10) * MILLISECOND,
    )
    const late = rows.filter(
      (row) =>
        row.intended >= 0.2 * SECOND &&
        row.intended < 1.2 * SECOND &&
        row.completion - row.intended >= 20 * MILLISECOND,
    )
    expect(late.length).toBeGreaterThan(5)
    expect(streams[0]?.overruns).toBe(late.length)
  })
})

describe('limits of an answer’s size', () => {
  it.each([
    [{ leastBytes: 8 }, 0],
    [{ mostBytes: 3 }, failureCode(FailureKind.unexpected, 0)],
    [{ leastBytes: 9 }, failureCode(FailureKind.unexpected, 0)],
    [{ leastBytes: 1, mostBytes: 8 }, 0],
  ])('%j', (limits, code) => {
    const { rows } = run({ ...limits, load: { ...CLOSED, requests: 3 } })
    expect(rows.map((row) => row.outcome)).toEqual([Outcome.completed, Outcome.completed, Outcome.completed])
    expect(rows.every((row) => row.code === code)).toBe(true)
  })
})
