import { describe, expect, it } from 'vitest'
import { Problems } from '../problems.ts'
import { exponential, uniform } from '../think-time.ts'
import { burst } from './burst.ts'
import { closed } from './closed.ts'
import { constantRate } from './constant-rate.ts'
import { planLoad } from './definitions.ts'
import { poisson } from './poisson.ts'
import { stages } from './stages.ts'

function plan(load: unknown) {
  const problems = new Problems()
  const planned = planLoad(load, 'load', problems)
  return {
    plan: planned?.plan,
    implies: planned?.implies,
    errors: problems.errors,
    warnings: problems.warnings,
  }
}

const steady = (rate: number) => [{ from: 0, until: null, rate, rateEnd: rate }]

describe('loads', () => {
  it.each([
    [constantRate({ rate: 100 }), { loop: 'open', process: { kind: 'constant' }, rate: steady(100) }],
    [poisson({ rate: 0.5 }), { loop: 'open', process: { kind: 'poisson' }, rate: steady(0.5) }],
    [
      burst({ count: 50 }),
      { loop: 'open', process: { kind: 'burst', count: 50, within: 0, every: null }, rate: [] },
    ],
    [
      burst({ count: 50, within: '100ms', every: '2s' }),
      { loop: 'open', process: { kind: 'burst', count: 50, within: 1e8, every: 2e9 }, rate: [] },
    ],
    [
      closed({ concurrency: 4 }),
      { loop: 'closed', concurrency: 4, requests: null, thinkTime: { kind: 'none' } },
    ],
    [
      closed({ concurrency: 4, requests: 100, thinkTime: '50ms' }),
      { loop: 'closed', concurrency: 4, requests: 100, thinkTime: { kind: 'constant', mean: 5e7 } },
    ],
    [
      closed({ concurrency: 1, thinkTime: exponential('20ms') }),
      { loop: 'closed', concurrency: 1, requests: null, thinkTime: { kind: 'exponential', mean: 2e7 } },
    ],
    [
      closed({ concurrency: 1, thinkTime: uniform('10ms', '20ms') }),
      { loop: 'closed', concurrency: 1, requests: null, thinkTime: { kind: 'uniform', low: 1e7, high: 2e7 } },
    ],
    [
      closed({ concurrency: 1, thinkTime: () => '5ms' }),
      {
        loop: 'closed',
        concurrency: 1,
        requests: null,
        thinkTime: { kind: 'function', option: 'load.thinkTime' },
      },
    ],
  ])('%j', (load, expected) => {
    expect(plan(load)).toMatchObject({ plan: expected, errors: [], warnings: [] })
  })

  it('plans stages and lets them set the duration', () => {
    const load = stages([
      { load: poisson({ rate: 10 }), duration: '5s' },
      { load: closed({ concurrency: 2, thinkTime: () => '1ms' }), duration: '2.5s' },
    ])
    expect(plan(load)).toMatchObject({
      plan: {
        loop: 'stages',
        stages: [
          { load: { loop: 'open', process: { kind: 'poisson' } }, duration: 5e9 },
          {
            load: { loop: 'closed', thinkTime: { kind: 'function', option: 'load.stages.1.load.thinkTime' } },
            duration: 2.5e9,
          },
        ],
      },
      implies: { duration: 7.5e9 },
      errors: [],
    })
  })

  it('lets a fixed number of requests end the measurement', () => {
    expect(plan(closed({ concurrency: 2, requests: 10 })).implies).toEqual({ duration: null })
    expect(plan(closed({ concurrency: 2 })).implies).toEqual({})
  })

  it.each([
    [{ load: 'poisson', rate: 0 }, 'load.rate', 'above 0, not 0'],
    [{ load: 'poisson', rate: -3 }, 'load.rate', 'above 0, not -3'],
    [{ load: 'poisson', rate: Number.NaN }, 'load.rate', 'not NaN'],
    [{ load: 'poisson', rate: Infinity }, 'load.rate', 'not Infinity'],
    [{ load: 'poisson', rate: '400' }, 'load.rate', "not '400'"],
    [{ load: 'poisson' }, 'load.rate', 'not undefined'],
    [{ load: 'constantRate', rate: 1e9 }, 'load.rate', 'cannot be scheduled'],
    [{ load: 'constantRate', rate: 1, concurrency: 3 }, 'load.concurrency', 'no such option'],
    [{ load: 'closed', concurrency: 0 }, 'load.concurrency', 'whole number from 1'],
    [{ load: 'closed', concurrency: 1.5 }, 'load.concurrency', 'whole number'],
    [{ load: 'closed', concurrency: 1, rate: 5 }, 'load.rate', 'a closed loop has no rate'],
    [{ load: 'closed', concurrency: 1, requests: 0 }, 'load.requests', 'whole number from 1'],
    [{ load: 'closed', concurrency: 1, thinkTime: '50' }, 'load.thinkTime', 'is not a duration'],
    [{ load: 'closed', concurrency: 1, thinkTime: 50 }, 'load.thinkTime', 'not 50'],
    [
      { load: 'closed', concurrency: 1, thinkTime: uniform('2s', '1s') },
      'load.thinkTime',
      'lies above the upper end',
    ],
    [{ load: 'closed', concurrency: 1, thinkTime: exponential('0s') }, 'load.thinkTime.mean', 'above zero'],
    [{ load: 'burst', count: 0 }, 'load.count', 'whole number'],
    [{ load: 'burst', count: 10, within: '2s', every: '1s' }, 'load.within', 'does not fit'],
    [{ load: 'burst', count: 10_000_000, every: '1ms' }, 'load.every', 'cannot be scheduled'],
    [{ load: 'stages', stages: [] }, 'load.stages', 'at least one stage, not an empty list'],
    [{ load: 'stages', stages: [{ load: poisson({ rate: 1 }) }] }, 'load.stages.0.duration', 'not undefined'],
    [
      { load: 'stages', stages: [{ load: stages([]), duration: '1s' }] },
      'load.stages.0.load.stages',
      'at least one stage',
    ],
    [
      {
        load: 'stages',
        stages: [{ load: stages([{ load: poisson({ rate: 1 }), duration: '1s' }]), duration: '1s' }],
      },
      'load.stages.0.load',
      'cannot contain stages',
    ],
    [
      { load: 'stages', stages: [{ load: closed({ concurrency: 1, requests: 5 }), duration: '1s' }] },
      'load.stages.0.load.requests',
      'ends by its duration',
    ],
    [{ load: 'poison', rate: 5 }, 'load', "a load 'poison'"],
    [
      { rate: 5 },
      'load',
      'expected a load (closed(), constantRate(), poisson(), burst(), stages()), not an object',
    ],
    [undefined, 'load', 'not undefined'],
    [new Date(0), 'load', 'not a Date'],
  ])('refuses %j', (load, path, message) => {
    const { plan: planned, errors } = plan(load)
    expect(planned).toBeUndefined()
    expect(errors).toContainEqual(
      expect.objectContaining({ path, message: expect.stringContaining(message) }),
    )
  })

  it('suggests the load that was meant', () => {
    expect(plan({ load: 'poison', rate: 5 }).errors[0]?.suggestion).toBe('poisson')
  })

  it('tells all problems at once', () => {
    const { errors } = plan({ load: 'closed', concurrency: -1, requests: 0.5, thinkTime: 'x', typo: 1 })
    expect(errors.map((problem) => problem.path).toSorted()).toEqual([
      'load.concurrency',
      'load.requests',
      'load.thinkTime',
      'load.typo',
    ])
  })

  it('plans a rate that no machine reaches, with a warning', () => {
    expect(plan(constantRate({ rate: 1e6 }))).toMatchObject({
      plan: { loop: 'open' },
      errors: [],
      warnings: [{ path: 'load.rate', message: expect.stringContaining('more than one machine') }],
    })
  })
})
