import { describe, expect, it } from 'vitest'
import { SECOND } from '../../units/nanos.ts'
import { Problems } from '../problems.ts'
import { planLoad } from './definitions.ts'
import { poisson } from './poisson.ts'
import { stages } from './stages.ts'
import { superpose } from './superpose.ts'
import { utilization } from './utilization.ts'

const CPU = 'host.cpu.utilization'

function plan(value: unknown): unknown {
  const problems = new Problems()
  const found = planLoad(value, 'load', problems)
  return problems.errors.length === 0
    ? found?.plan
    : problems.errors.map(({ path, message }) => `${path}: ${message}`)
}

describe('utilization', () => {
  it('is a closed loop whose users are moved', () => {
    expect(
      plan(utilization({ of: CPU, target: 0.8, vary: 'concurrency', max: 64, thinkTime: '5ms' })),
    ).toEqual({
      loop: 'closed',
      concurrency: 64,
      requests: null,
      thinkTime: { kind: 'constant', mean: 5e6 },
      control: {
        of: CPU,
        target: 0.8,
        tolerance: 0.02,
        method: 'controller',
        from: 1,
        most: 64,
        step: 1,
        period: null,
        within: null,
      },
    })
  })

  it('is an open loop whose rate is moved, from a 64th of the highest one', () => {
    const options = { vary: 'rate', max: 640, arrivals: 'constant', period: '4s', within: '90s' } as const
    expect(
      plan(utilization({ of: 'server.cpu.cores', target: 1.6, method: 'steps', step: 25, ...options })),
    ).toEqual({
      loop: 'open',
      process: { kind: 'constant' },
      rate: [{ from: 0, until: null, rate: 10, rateEnd: 10 }],
      control: {
        of: 'server.cpu.cores',
        target: 1.6,
        tolerance: expect.closeTo(0.04, 12),
        method: 'steps',
        from: 10,
        most: 640,
        step: 25,
        period: 4 * SECOND,
        within: 90 * SECOND,
      },
    })
  })

  it.each([0, 1, -0.5, 1.2, Number.NaN, '0.8'])('refuses %s as the target of a share', (target) => {
    expect(plan({ load: 'utilization', of: CPU, target, vary: 'rate', max: 10 })).toEqual([
      expect.stringContaining(`load.target: '${CPU}' is a share: expected a number above 0 and below 1`),
    ])
  })

  it('explains how a percentage is written', () => {
    expect(plan({ load: 'utilization', of: CPU, target: 80, vary: 'rate', max: 10 })).toEqual([
      expect.stringMatching(/For 80 % write 0\.8\.$/),
    ])
  })

  it('tells all that is wrong at once', () => {
    const load = {
      load: 'utilization',
      of: '',
      target: 0.5,
      vary: 'concurrency',
      max: 2.5,
      period: '0s',
      arrivals: 'poisson',
    }
    const found = plan(load) as string[]
    expect(found.map((problem) => problem.slice(0, problem.indexOf(':'))).toSorted()).toEqual(
      ['load.arrivals', 'load.max', 'load.of', 'load.period'].toSorted(),
    )
    expect(plan({ load: 'utilization', of: CPU, target: 0.5, max: 10 })).toEqual([
      expect.stringContaining('load.vary:'),
    ])
  })

  it('has what belongs to users for users only, and to arrivals for arrivals', () => {
    const rate = { of: CPU, target: 0.5, vary: 'rate', max: 10 } as const
    // @ts-expect-error arrivals do not think
    expect(plan(utilization({ ...rate, thinkTime: '1s' }))).toEqual([
      expect.stringContaining('load.thinkTime: there is no such option'),
    ])
    const users = { of: CPU, target: 0.5, vary: 'concurrency', max: 10 } as const
    // @ts-expect-error users do not arrive
    expect(plan(utilization({ ...users, arrivals: 'poisson' }))).toEqual([
      expect.stringContaining('load.arrivals: there is no such option'),
    ])
  })

  it('refuses a start above the highest load, a step of the controller, and a tolerance that allows everything', () => {
    const options = { load: 'utilization', of: CPU, target: 0.5, vary: 'concurrency', max: 10 }
    expect(plan({ ...options, from: 11 })).toEqual([
      expect.stringContaining('load.from: 11 is above `max`, 10'),
    ])
    expect(plan({ ...options, step: 2 })).toEqual([
      expect.stringContaining("load.step: belongs to method: 'steps'"),
    ])
    expect(plan({ ...options, tolerance: 0.5 })).toEqual([
      expect.stringContaining('load.tolerance: 0.5 allows'),
    ])
  })

  it('is no part of another load', () => {
    const part = utilization({ of: CPU, target: 0.5, vary: 'rate', max: 10 })
    expect(plan(stages([{ load: part as never, duration: '1s' }]))).toEqual([
      expect.stringContaining('a load that follows a gauge stands alone'),
    ])
    expect(plan(superpose([poisson({ rate: 1 }), part as never]))).toEqual([
      expect.stringContaining('a load that follows a gauge stands alone'),
    ])
  })
})
