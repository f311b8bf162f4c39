import { expect, it } from 'vitest'
import { plannedStudy } from '../../../test/support/study.ts'

const LOAD = { load: 'closed', concurrency: 1 }

it.each([
  [{ constraints: { p99: '1ms', troughput: 3 } }, "constraints.troughput: 'troughput' is unknown here."],
  [{ constraints: { p99: '1' } }, 'constraints.p99: '],
  [{ latencyBudget: '10' }, 'latencyBudget: '],
  [{ minThroughput: -1 }, 'minThroughput: '],
  [{ constraints: { p99: '1ms' }, latencyBudget: '2ms' }, 'latencyBudget: `constraints` has a `p99` already'],
  [{ constraints: 5 }, 'constraints: '],
  [{ slo: { p99: '1ms' } }, 'slo: a study has no `slo`: write `constraints`'],
  [{ repeats: 3 }, 'repeats: a study has no `repeats`'],
  [{ loads: { concurrency: [1] }, load: { load: 'poisson', rate: 1 } }, 'loads: '],
])('names limits as they are written: %j', (options, message) => {
  expect(() => plannedStudy({ space: { instances: [1, 2] }, load: LOAD, ...options })).toThrow(message)
})

it('keeps limits of trials apart from those of answers', () => {
  const { cases } = plannedStudy({
    space: { instances: [1] },
    load: LOAD,
    quality: 0.9,
    constraints: { quality: { min: 0.8 }, errorRate: 0.1 },
    latencyBudget: '10ms',
  })
  const [first] = 'open' in cases ? [] : cases
  expect(first?.study).toMatchObject({ quality: 0.9, qualityLimits: { min: 0.8 } })
  expect(first?.trial.streams['main']?.slo?.terms.map(({ metric }) => metric).toSorted()).toEqual([
    'errorRate',
    'responseTime',
  ])
})
