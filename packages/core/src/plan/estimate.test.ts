import { describe, expect, it } from 'vitest'
import { closed, planned, server } from '../../test/support/planned-case.ts'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import { estimateRun, estimateTrial, restOf } from './estimate.ts'
import { orderTrials, repeatOf, type OrderOptions } from './order.ts'
import type { EnergySettings, TrialPlan } from './trial-plan.ts'

const OPTIONS: OrderOptions = { seed: 'fixed', order: 'random', interleave: 'within-server' }
describe('estimates', () => {
  const open = repeatOf(planned('a'), 0, 'seed')
  const bounded = repeatOf(planned('a', { load: closed }), 0, 'seed')
  const withSettings = (plan: TrialPlan, settings: Partial<TrialPlan['settings']>) => ({
    ...plan,
    settings: { ...plan.settings, ...settings },
  })

  it('add warm-up, measurement, drain and overhead', () => {
    expect(estimateTrial(open)).toBe(2e9 + 10e9 + 0.3e9 + 0.4e9)
    expect(estimateTrial(withSettings(open, { cooldown: 5e9, drain: 1e8 }))).toBe(
      2e9 + 10e9 + 0.1e9 + 5e9 + 0.4e9,
    )
    expect(estimateTrial(withSettings(open, { warmup: { requests: 300 } }))).toBe(3e9 + 10e9 + 0.3e9 + 0.4e9)
  })

  it('are open when the server decides', () => {
    expect(estimateTrial(withSettings(bounded, { duration: null }))).toBeNull()
    expect(estimateTrial(withSettings(bounded, { warmup: { requests: 5 } }))).toBeNull()
    expect(estimateTrial(withSettings(bounded, { warmup: { requests: 0 } }))).not.toBeNull()
  })

  it('of a run add the time without load, which searches and cold starts do not have', () => {
    const energy = { ...(DEFAULT_SETTINGS.energy as EnergySettings), idle: 60e9 }
    const resting = withSettings(open, { energy })
    expect(restOf(resting)).toBe(60e9)
    expect(estimateRun([resting]).total).toBe(60e9 + 12.7e9)
    expect(restOf({ ...resting, role: 'probe' })).toBe(0)
    expect(restOf({ ...resting, coldStart: { idle: 1e9 } as NonNullable<TrialPlan['coldStart']> })).toBe(0)
    expect(restOf(open)).toBe(0)
  })

  it('of a run add the starts of servers', () => {
    const cases = [planned('a', { server: server(1), repeats: 2 }), planned('b', { server: server(2) })]
    expect(estimateRun(orderTrials(cases, OPTIONS))).toEqual({ total: 3 * 12.7e9 + 2 * 3e9, openEnded: 0 })
    expect(estimateRun([withSettings(bounded, { duration: null })])).toEqual({ total: 0.4e9, openEnded: 1 })
    const searches = [
      { server: server(2), estimate: 60e9 },
      { server: server(3), estimate: null },
    ]
    expect(estimateRun(orderTrials(cases, OPTIONS), searches)).toEqual({
      total: 3 * 12.7e9 + 3 * 3e9 + 60e9,
      openEnded: 1,
    })
  })
})
