import { describe, expect, it } from 'vitest'
import { planFixture } from '../../test/result-fixture.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { openPercentiles, sloPercentiles } from './slo-percentiles.ts'

const MS = 1e6
const plan: TrialPlan = planFixture({
  slo: {
    terms: [
      { metric: 'responseTime', statistic: { percentile: 99 }, limit: 50 * MS },
      { metric: 'firstByte', statistic: { percentile: 99 }, limit: 50 * MS },
      { metric: 'responseTime', statistic: { percentile: 50 }, limit: 10 * MS },
      { metric: 'responseTime', statistic: 'mean', limit: 20 * MS },
      { metric: 'errorRate', limit: 0.01 },
    ],
    deadline: null,
  },
})
const certificate = { verdict: 'pass', percentile: 99, limit: 50 * MS } as const

describe('percentiles that a trial has to have enough samples for', () => {
  it('are those of its limits', () => {
    expect(sloPercentiles(Object.values(plan.streams))).toEqual([99, 50])
    expect(openPercentiles(plan, null)).toEqual([99, 50])
  })

  it('are not those that a certificate has decided, on the same limit', () => {
    expect(openPercentiles(plan, certificate)).toEqual([50])
    expect(openPercentiles(plan, { ...certificate, verdict: 'fail' })).toEqual([50])
    expect(openPercentiles(plan, { ...certificate, verdict: 'certified', limit: null })).toEqual([50])
    expect(openPercentiles(plan, { ...certificate, verdict: 'undecided' })).toEqual([99, 50])
    expect(openPercentiles(plan, { ...certificate, limit: 40 * MS })).toEqual([99, 50])
    expect(openPercentiles(plan, { ...certificate, percentile: 90 })).toEqual([99, 50])
  })

  it('are none of a probe: its search decides', () => {
    expect(openPercentiles({ ...plan, role: 'probe' }, null)).toEqual([])
  })
})
