import { expect, it } from 'vitest'
import { openLoad, rateSegment, withRates } from '../../test/support/arrivals.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { burstsOf } from './bursts.ts'
import type { LoadPlan, OpenLoadPlan } from './load-plan.ts'

const at = (from: number, until: number = from) => ({ from: from * SECOND, until: until * SECOND })
const burst = (every: number | null, after?: number, within = 0): OpenLoadPlan =>
  openLoad({
    kind: 'burst',
    count: 10,
    within: within * SECOND,
    every: every === null ? null : every * SECOND,
    ...(after === undefined ? {} : { after: after * SECOND }),
  })
const plateau = openLoad({ kind: 'poisson' }, 10)
const spike = withRates({ kind: 'poisson' }, [
  rateSegment(0, 5, 10),
  rateSegment(5, 7, 100),
  rateSegment(7, null, 10),
])

const CASES: readonly (readonly [string, LoadPlan, readonly { from: number; until: number }[]])[] = [
  ['one', burst(null), [at(0)]],
  ['one, later and spread', burst(null, 2, 0.5), [at(2, 2.5)]],
  ['periodic', burst(3, 1), [at(1), at(4), at(7)]],
  ['beyond the end', burst(null, 10), []],
  ['a spike', spike, [at(5, 7)]],
  ['on a plateau', openLoad({ kind: 'superpose', parts: [plateau, burst(4)] }), [at(0), at(4), at(8)]],
  [
    'in a stage',
    {
      loop: 'stages',
      stages: [
        { load: plateau, duration: 2 * SECOND },
        { load: burst(2), duration: 3 * SECOND },
        { load: plateau, duration: 5 * SECOND },
      ],
    },
    [at(2), at(4)],
  ],
  ['none: a plateau', plateau, []],
  ['none: a step up', withRates({ kind: 'poisson' }, [rateSegment(0, 5, 10), rateSegment(5, null, 100)]), []],
  ['none: users', { loop: 'closed', concurrency: 2, requests: null, thinkTime: { kind: 'none' } }, []],
]

it.each(CASES)('%s', (_, load, expected) => {
  expect(burstsOf(load, 10 * SECOND)).toEqual(expected)
})

it('of endless tiny bursts some are told', () => {
  const endless = openLoad({ kind: 'burst', count: 1, within: 0, every: MILLISECOND })
  expect(burstsOf(endless, Infinity)).toHaveLength(1000)
})
