import { describe, expect, it } from 'vitest'
import type { LoadPlan } from '../arrival/load-plan.ts'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import type { TrialSettings } from '../plan/trial-plan.ts'
import { SECOND } from '../units/nanos.ts'
import { concurrencyOf, connectionTotals, workerConnections } from './connection-plan.ts'

const closed = (concurrency: number): LoadPlan => ({
  loop: 'closed',
  concurrency,
  requests: null,
  thinkTime: { kind: 'none' },
})
const open = (rate: number, rateEnd = rate): LoadPlan => ({
  loop: 'open',
  process: { kind: 'constant' },
  rate: [{ from: 0, until: null, rate, rateEnd }],
})
const burst: LoadPlan = {
  loop: 'open',
  process: { kind: 'burst', count: 500, within: 0, every: null },
  rate: [],
}
const stages = (...loads: LoadPlan[]): LoadPlan =>
  ({ loop: 'stages', stages: loads.map((load) => ({ load, duration: SECOND })) }) as LoadPlan
const settings = (
  changes: Partial<Omit<TrialSettings, 'connections'>> & {
    connections?: Partial<TrialSettings['connections']>
  } = {},
): TrialSettings => ({
  ...DEFAULT_SETTINGS,
  ...changes,
  connections: { ...DEFAULT_SETTINGS.connections, ...changes.connections },
})

describe('connections, when nothing is said', () => {
  it.each([
    ['one for each user of a closed loop', closed(7), 7, true],
    ['as many as fit into the timeout of an open loop', open(1), 30, false],
    ['64 ahead for a fast open loop', open(5000), 64, false],
    ['by the fastest instant of a ramp', open(0.1, 1), 30, false],
    ['by the count of a burst', burst, 64, false],
    ['for the most users of all stages', stages(closed(3), closed(9)), 9, true],
    ['open, when one stage is', stages(closed(3), open(1)), 30, false],
  ])('%s', (_, load, count, fixed) => {
    expect(connectionTotals(load, settings(), false, 1)).toEqual({ count, fixed, streams: 1, open: 'before' })
  })

  it('never more ahead than may be in flight', () => {
    expect(connectionTotals(open(5000), settings({ maxInFlight: 10 }), false, 1).count).toBe(10)
  })

  it.each([
    ['all users of a closed loop on one', closed(16), 1, true],
    ['as many as a server lets streams be open', closed(250), 3, true],
    ['one at first for an open loop, more when they are needed', open(5000), 1, false],
  ])('multiplexed: %s', (_, load, count, fixed) => {
    expect(connectionTotals(load, settings(), true, 1)).toEqual({
      count,
      fixed,
      streams: 100,
      open: 'before',
    })
  })

  it('at least one for each worker', () => {
    expect(connectionTotals(closed(16), settings(), true, 4).count).toBe(4)
    expect(connectionTotals(open(0.01), settings(), false, 3).count).toBe(3)
  })
})

describe('connections, as they are configured', () => {
  it('are a limit', () => {
    expect(connectionTotals(open(100), settings({ connections: { count: 5 } }), false, 1)).toMatchObject({
      count: 5,
      fixed: true,
    })
    expect(
      connectionTotals(closed(16), settings({ connections: { count: 2, streams: 8 } }), true, 1),
    ).toMatchObject({
      count: 2,
      fixed: true,
      streams: 8,
    })
  })

  it('are opened when needed if each is used once, unless that is said too', () => {
    const once = settings({ connections: { reuse: 'per-request' } })
    expect(connectionTotals(closed(4), once, false, 1).open).toBe('on-demand')
    const before = settings({ connections: { reuse: 'per-request', open: 'before' } })
    expect(connectionTotals(closed(4), before, false, 1).open).toBe('before')
  })

  it('are dealt out to the workers, none lost', () => {
    const totals = connectionTotals(closed(10), settings(), false, 3)
    const plans = [0, 1, 2].map((worker) => workerConnections(totals, settings(), worker, 3))
    expect(plans.map((plan) => plan.count)).toEqual([4, 3, 3])
    expect(plans[0]).toEqual({ count: 4, fixed: true, streams: 1, reuse: 'keep-alive', open: 'before' })
  })
})

describe('what a load needs', () => {
  it('in users', () => {
    expect(concurrencyOf(closed(5))).toBe(5)
    expect(concurrencyOf(open(5))).toBeNull()
    expect(concurrencyOf(stages(closed(5), closed(8)))).toBe(8)
    expect(concurrencyOf(stages(closed(5), burst))).toBeNull()
  })
})
