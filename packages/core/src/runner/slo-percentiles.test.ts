import { describe, expect, it } from 'vitest'
import { buildDistribution } from '../metrics/distribution.ts'
import { planFixture } from '../../test/result-fixture.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { Distribution } from '../report/result.ts'
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
const of = (rmsBound: number): Distribution => ({
  ...buildDistribution({ samples: new Float64Array(1000).fill(MS) }),
  rmsBound,
})
const limited = (rmsBound: number) => ({
  responseTimeWithFailures: of(rmsBound),
  serviceTime: of(Infinity),
  firstByte: of(4 * MS),
  messageGap: of(Infinity),
})
/** Nothing is far from its limit. */
const near = limited(20 * MS)
const certificate = { verdict: 'pass', percentile: 99, limit: 50 * MS } as const

describe('percentiles that a trial has to have enough samples for', () => {
  it('are those of its limits', () => {
    expect(sloPercentiles(Object.values(plan.streams))).toEqual([99, 50])
    expect(openPercentiles(plan, null, near)).toEqual([99, 50])
  })

  it('are not those that a certificate has decided, on the same limit', () => {
    expect(openPercentiles(plan, certificate, near)).toEqual([50])
    expect(openPercentiles(plan, { ...certificate, verdict: 'fail' }, near)).toEqual([50])
    expect(openPercentiles(plan, { ...certificate, verdict: 'certified', limit: null }, near)).toEqual([50])
    expect(openPercentiles(plan, { ...certificate, verdict: 'undecided' }, near)).toEqual([99, 50])
    expect(openPercentiles(plan, { ...certificate, limit: 40 * MS }, near)).toEqual([99, 50])
    expect(openPercentiles(plan, { ...certificate, percentile: 90 }, near)).toEqual([99, 50])
  })

  it('are not those whose limits are all far away', () => {
    // A tenth of the limit of p99, and too near to that of the median, which allows √½ of it.
    expect(openPercentiles(plan, null, limited(5 * MS))).toEqual([])
    expect(openPercentiles(plan, null, limited(5.1 * MS))).toEqual([99])
    expect(openPercentiles(plan, null, limited(7.1 * MS))).toEqual([99, 50])
    expect(openPercentiles(plan, null, { ...limited(5 * MS), firstByte: of(6 * MS) })).toEqual([99])
  })

  it('are none of a probe: its search decides', () => {
    expect(openPercentiles({ ...plan, role: 'probe' }, null, near)).toEqual([])
  })
})
