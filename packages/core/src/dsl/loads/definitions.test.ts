import { describe, expect, it } from 'vitest'
import { Problems } from '../problems.ts'
import { exponential, uniform } from '../think-time.ts'
import { burst } from './burst.ts'
import { closed } from './closed.ts'
import { compress } from './compress.ts'
import { constantRate } from './constant-rate.ts'
import { planLoad } from './definitions.ts'
import { diurnal } from './diurnal.ts'
import { gamma } from './gamma.ts'
import { hyperexponential } from './hyperexponential.ts'
import { jittered } from './jittered.ts'
import { lognormal } from './lognormal.ts'
import { mmpp } from './mmpp.ts'
import { onOff } from './on-off.ts'
import { poisson } from './poisson.ts'
import { ramp } from './ramp.ts'
import { selfSimilar } from './self-similar.ts'
import { sine } from './sine.ts'
import { spike } from './spike.ts'
import { stages } from './stages.ts'
import { steps } from './steps.ts'
import { superpose } from './superpose.ts'
import { thin } from './thin.ts'
import { replay, trace } from './trace.ts'
import { weibull } from './weibull.ts'

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

  it.each([
    [jittered({ rate: 5 }), { process: { kind: 'jittered', jitter: 1 }, rate: steady(5) }],
    [gamma({ rate: 5, cv: 2 }), { process: { kind: 'gamma', cv: 2 }, rate: steady(5) }],
    [weibull({ rate: 5, shape: 0.7 }), { process: { kind: 'weibull', shape: 0.7 }, rate: steady(5) }],
    [lognormal({ rate: 5, cv: 2 }), { process: { kind: 'lognormal', cv: 2 }, rate: steady(5) }],
    [hyperexponential({ rate: 5, cv: 2 }), { process: { kind: 'hyperexponential', cv: 2 }, rate: steady(5) }],
    [
      mmpp({ rates: [10, 0], dwell: ['1s', '2s'] }),
      { process: { kind: 'mmpp', rates: [10, 0], dwell: [1e9, 2e9] }, rate: [] },
    ],
    [
      onOff({ rate: 10, on: '1s', off: '3s' }),
      { process: { kind: 'mmpp', rates: [10, 0], dwell: [1e9, 3e9] }, rate: [] },
    ],
    [
      onOff({ rate: 10, on: '1s', off: '3s', lengths: 'constant', arrivals: 'constant' }),
      {
        process: { kind: 'constant' },
        rate: steady(10),
        modulation: {
          kind: 'pieces',
          pieces: [
            { length: 1e9, factor: 1, factorEnd: 1 },
            { length: 3e9, factor: 0, factorEnd: 0 },
          ],
        },
      },
    ],
    [
      selfSimilar({ rate: 10 }),
      { process: { kind: 'selfSimilar', rate: 10, hurst: 0.8, sources: 32, on: 2e8, off: 8e8 }, rate: [] },
    ],
    [
      ramp({ rate: { from: 0, to: 50 }, over: '10s', arrivals: 'constant' }),
      {
        process: { kind: 'constant' },
        rate: [
          { from: 0, until: 1e10, rate: 0, rateEnd: 50 },
          { from: 1e10, until: null, rate: 50, rateEnd: 50 },
        ],
      },
    ],
    [
      steps({ rates: [10, 0, 20], every: '2s' }),
      {
        process: { kind: 'poisson' },
        rate: [
          { from: 0, until: 2e9, rate: 10, rateEnd: 10 },
          { from: 2e9, until: 4e9, rate: 0, rateEnd: 0 },
          { from: 4e9, until: null, rate: 20, rateEnd: 20 },
        ],
      },
    ],
    [
      sine({ rate: 10, amplitude: 0.5, period: '10s' }),
      { rate: steady(10), modulation: { kind: 'sine', period: 1e10, amplitude: 0.5, phase: 0 } },
    ],
    [
      // Most at 20 h: at 14 h the wave is a quarter of the day before its top.
      diurnal({ rate: 10, amplitude: 0.3, peak: 20, start: 14, day: '24s' }),
      { rate: steady(10), modulation: { kind: 'sine', period: 24e9, amplitude: 0.3, phase: 0 } },
    ],
    [
      diurnal({ rate: 10, profile: [1, 3], day: '10s' }),
      {
        modulation: {
          kind: 'pieces',
          pieces: [
            { length: 5e9, factor: 0.5, factorEnd: 1.5 },
            { length: 5e9, factor: 1.5, factorEnd: 0.5 },
          ],
        },
      },
    ],
    [
      diurnal({ rate: 10, profile: [1, 3], day: '10s', start: 18 }),
      {
        modulation: {
          kind: 'pieces',
          pieces: [
            { length: 2.5e9, factor: 1, factorEnd: 0.5 },
            { length: 5e9, factor: 0.5, factorEnd: 1.5 },
            { length: 2.5e9, factor: 1.5, factorEnd: 1 },
          ],
        },
      },
    ],
    [
      spike({ rate: 10, peak: 100, at: '5s', length: '1s' }),
      {
        rate: [
          { from: 0, until: 5e9, rate: 10, rateEnd: 10 },
          { from: 5e9, until: 6e9, rate: 100, rateEnd: 100 },
          { from: 6e9, until: null, rate: 10, rateEnd: 10 },
        ],
      },
    ],
    [burst({ count: 5, after: '3s' }), { process: { kind: 'burst', count: 5, after: 3e9 } }],
    [
      superpose([poisson({ rate: 5 }), burst({ count: 5 })]),
      {
        process: {
          kind: 'superpose',
          parts: [{ process: { kind: 'poisson' } }, { process: { kind: 'burst' } }],
        },
        rate: [],
      },
    ],
    [
      thin({ load: poisson({ rate: 5 }), keep: 0.2 }),
      { process: { kind: 'slice', low: 0, high: 0.2, of: { process: { kind: 'poisson' } } }, rate: [] },
    ],
    [
      compress({ load: ramp({ rate: { from: 1, to: 5 }, over: '1h' }), by: 60 }),
      {
        process: { kind: 'poisson' },
        rate: [
          { from: 0, until: 6e10, rate: 60, rateEnd: 300 },
          { from: 6e10, until: null, rate: 300, rateEnd: 300 },
        ],
      },
    ],
  ])('%j', (load, expected) => {
    expect(plan(load)).toMatchObject({ plan: { loop: 'open', ...expected }, errors: [], warnings: [] })
  })

  it.each([
    [
      closed({ concurrency: ramp({ from: 1, to: 150, every: '1s' }) }),
      { concurrency: 150, population: [{ from: 0, until: 149e9, users: 1, usersEnd: 150 }] },
    ],
    [
      closed({ concurrency: ramp({ from: 20, to: 0, over: '10s' }) }),
      { concurrency: 20, population: [{ from: 0, until: 1e10, users: 20, usersEnd: 0 }] },
    ],
    [closed({ concurrency: ramp({ from: 4, to: 4, every: '1s' }) }), { concurrency: 4 }],
    [closed({ concurrency: 4, requests: 1000, within: '10s' }), { requests: 1000, within: 1e10 }],
    [closed({ concurrency: 4, cycle: '1s', stagger: '500ms' }), { cycle: 1e9, stagger: 5e8 }],
    [closed({ concurrency: 1, thinkTime: 'response' }), { thinkTime: { kind: 'response' } }],
    [
      closed({ concurrency: 1, thinkTime: gamma({ mean: '20ms', cv: 2 }) }),
      { thinkTime: { kind: 'gamma', mean: 2e7, cv: 2 } },
    ],
    [
      closed({ concurrency: 1, thinkTime: weibull({ mean: '20ms', shape: 2 }) }),
      { thinkTime: { kind: 'weibull', mean: 2e7, shape: 2 } },
    ],
    [
      closed({ concurrency: 1, thinkTime: lognormal({ mean: '20ms', cv: 0.5 }) }),
      { thinkTime: { kind: 'lognormal', mean: 2e7, cv: 0.5 } },
    ],
    [
      closed({ concurrency: 1, thinkTime: hyperexponential({ mean: '20ms', cv: 2 }) }),
      { thinkTime: { kind: 'hyperexponential', mean: 2e7, cv: 2 } },
    ],
  ])('%j', (load, expected) => {
    expect(plan(load)).toMatchObject({ plan: { loop: 'closed', ...expected }, errors: [], warnings: [] })
  })

  it('lets loads that change for some time set the duration', () => {
    const implied = (load: unknown) => plan(load).implies?.duration
    expect(implied(ramp({ rate: { from: 1, to: 2 }, over: '7s' }))).toBe(7e9)
    expect(implied(steps({ rates: [1, 2, 3], every: '2s' }))).toBe(6e9)
    expect(implied(closed({ concurrency: ramp({ from: 1, to: 3, every: '2s' }) }))).toBe(4e9)
    expect(implied(closed({ concurrency: 2, requests: 10, within: '3s' }))).toBe(3e9)
    expect(implied(sine({ rate: 1, amplitude: 1, period: '1s' }))).toBeUndefined()
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
    [{ load: 'burst', count: 1, after: '-1s' }, 'load.after', 'is not a duration'],
    [{ load: 'jittered', rate: 5, jitter: 2 }, 'load.jitter', 'from 0 to 1'],
    [{ load: 'gamma', rate: 5, cv: 0 }, 'load.cv', 'coefficient of variation above 0'],
    [{ load: 'gamma', rate: 5 }, 'load.cv', 'not undefined'],
    [{ load: 'hyperexponential', rate: 5, cv: 1 }, 'load.cv', 'above 1 and up to 100'],
    [{ load: 'lognormal', rate: 5, cv: 1e9 }, 'load.cv', 'up to 100'],
    [{ load: 'weibull', rate: 5, shape: 0 }, 'load.shape', 'expected a shape'],
    [{ load: 'mmpp', rates: [5], dwell: ['1s', '1s'] }, 'load.rates', 'a list of two'],
    [{ load: 'mmpp', rates: [0, 0], dwell: ['1s', '1s'] }, 'load.rates', 'one of the two'],
    [{ load: 'mmpp', rates: [5, -1], dwell: ['1s', '1s'] }, 'load.rates.1', 'above 0'],
    [{ load: 'mmpp', rates: [5, 1], dwell: ['1s', '0s'] }, 'load.dwell.1', 'above zero'],
    [{ load: 'onOff', rate: 5, on: '1s', off: '0s' }, 'load.off', 'above zero'],
    [{ load: 'onOff', rate: 5, on: '1s', off: '1s', arrivals: 'constant' }, 'load.arrivals', 'lengths'],
    [{ load: 'onOff', rate: 5, on: '1s', off: '1s', lengths: 'often' }, 'load.lengths', 'expected one of'],
    [{ load: 'selfSimilar', rate: 5, hurst: 0.5 }, 'load.hurst', 'between 0.5 and 1'],
    [{ load: 'selfSimilar', rate: 5, sources: 0 }, 'load.sources', 'whole number'],
    [{ load: 'ramp', rate: 5, over: '1s' }, 'load.rate', 'expected an object'],
    [{ load: 'ramp', rate: { from: 0, to: 0 }, over: '1s' }, 'load.rate', 'has to be above 0'],
    [{ load: 'ramp', rate: { from: 0, to: 5 } }, 'load.over', 'not undefined'],
    [{ load: 'steps', rates: [], every: '1s' }, 'load.rates', 'an empty list'],
    [{ load: 'steps', rates: [0, 0], every: '1s' }, 'load.rates', 'has to be above 0'],
    [{ load: 'steps', rates: [1, 'x'], every: '1s' }, 'load.rates.1', "not 'x'"],
    [{ load: 'sine', rate: 5, amplitude: 1.1, period: '1s' }, 'load.amplitude', 'from 0 to 1'],
    [{ load: 'sine', rate: 5, amplitude: 1, period: '0s' }, 'load.period', 'above zero'],
    [{ load: 'diurnal', rate: 5, peak: 25 }, 'load.peak', 'from 0 to 24'],
    [{ load: 'diurnal', rate: 5, profile: [1] }, 'load.profile', 'at least two'],
    [{ load: 'diurnal', rate: 5, profile: [0, 0] }, 'load.profile', 'has to be above 0'],
    [{ load: 'diurnal', rate: 5, profile: [1, 2], amplitude: 0.5 }, 'load.profile', 'leave those out'],
    [{ load: 'spike', rate: 5, peak: 50, at: '0s', length: '1s' }, 'load.at', 'above zero'],
    [superpose([]), 'load.parts', 'an empty list'],
    [superpose([closed({ concurrency: 1 }) as never]), 'load.parts.0', 'no arrivals of its own'],
    [superpose([poisson({ rate: -1 })]), 'load.parts.0.rate', 'above 0'],
    [thin({ load: poisson({ rate: 1 }), keep: 0 }), 'load.keep', 'above 0 and up to 1'],
    [
      thin({ load: stages([{ load: poisson({ rate: 1 }), duration: '1s' }]) as never, keep: 1 }),
      'load.of',
      'Stages',
    ],
    [compress({ load: poisson({ rate: 1 }), by: 0 }), 'load.by', 'above 0'],
    [compress({ load: poisson({ rate: 1000 }), by: 1e6 }), 'load.by', 'cannot be scheduled'],
    [{ load: 'closed', concurrency: 1, within: '1s' }, 'load.within', 'belongs to a number of requests'],
    [{ load: 'closed', concurrency: 1, thinkTime: '1s', cycle: '1s' }, 'load.cycle', 'not both'],
    [{ load: 'closed', concurrency: { from: 1, to: 2 } }, 'load.concurrency', 'ramp({ from, to, every })'],
    [{ load: 'closed', concurrency: ramp({ from: 1, to: 5 }) }, 'load.concurrency', 'one of `over`'],
    [
      { load: 'closed', concurrency: ramp({ from: 1, to: 5, every: '1s', over: '5s' }) },
      'load.concurrency',
      'one of `over`',
    ],
    [{ load: 'closed', concurrency: ramp({ from: 0, to: 0, over: '5s' }) }, 'load.concurrency', 'above 0'],
    [
      { load: 'closed', concurrency: 1, thinkTime: gamma({ mean: '1s', cv: -1 }) },
      'load.thinkTime.cv',
      'above 0',
    ],
    [{ load: 'closed', concurrency: 1, thinkTime: { thinkTime: 'normal' } }, 'load.thinkTime', 'a duration'],
    [{ load: 'poison', rate: 5 }, 'load', "a load 'poison'"],
    [{ rate: 5 }, 'load', 'expected a load such as closed(), poisson() or constantRate(), not an object'],
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

describe('traces', () => {
  const llm = { file: 'llm.csv', format: 'azure-llm' } as const

  it('are planned without their file', () => {
    expect(plan(trace(llm))).toMatchObject({
      plan: {
        loop: 'open',
        process: {
          kind: 'trace',
          files: ['llm.csv'],
          source: { format: 'azure-llm', where: {} },
          from: 0,
          until: null,
          expand: 'conditional',
          speed: 1,
          scale: 1,
          badRows: 'strict',
        },
        rate: [],
      },
      implies: { duration: null },
      errors: [],
    })
    expect(
      plan(
        trace({
          file: ['d01.csv', 'd02.csv'],
          format: 'azure-functions-2019',
          where: { Trigger: 'http' },
          expand: 'smooth',
          from: '8h',
          length: '2h',
          speed: 60,
          scale: { peak: 500 },
          badRows: 'skip',
        }),
      ),
    ).toMatchObject({
      plan: {
        process: {
          files: ['d01.csv', 'd02.csv'],
          source: { where: { Trigger: 'http' } },
          expand: 'smooth',
          from: 8 * 3600e9,
          until: 10 * 3600e9,
          speed: 60,
          scale: { peak: 500 },
          badRows: 'skip',
        },
      },
      implies: { duration: 120e9 },
      errors: [],
    })
  })

  it('have columns of any name or position', () => {
    const source = (load: unknown) =>
      (plan(load).plan as { process?: { source?: unknown } } | undefined)?.process?.source
    expect(source(trace({ file: 'a', format: 'csv', columns: { at: 'when' }, delimiter: ';' }))).toEqual({
      format: 'csv',
      column: { at: 'when', unit: 's' },
      delimiter: ';',
      where: {},
    })
    expect(source(trace({ file: 'a', format: 'csv', columns: { count: 2, every: '1m' } }))).toMatchObject({
      column: { count: 2, every: 60e9 },
    })
    expect(source(trace({ file: 'a', format: 'jsonl', columns: { at: 't', unit: 'ms' } }))).toMatchObject({
      column: { at: 't', unit: 'ms' },
    })
    expect(source(replay({ file: 'plan.arrivals', speed: 2 }))).toEqual({ format: 'arrivals' })
  })

  it('last as long as they are also when they are thinned or compressed', () => {
    expect(plan(thin({ load: trace(llm), keep: 0.5 })).implies).toEqual({ duration: null })
    expect(plan(compress({ load: trace({ ...llm, length: '60s' }), by: 6 })).implies).toEqual({
      duration: 10e9,
    })
    expect(plan(thin({ load: poisson({ rate: 5 }), keep: 0.5 })).implies).toEqual({})
  })

  it.each([
    [{ load: 'trace' }, ['load.file', 'load.format']],
    [{ load: 'trace', file: [], format: 'azure-llm' }, ['load.file']],
    [{ load: 'trace', file: 'a', format: 'azure-lmm' }, ['load.format']],
    [{ load: 'trace', file: 'a', format: 'csv' }, ['load.columns']],
    [{ load: 'trace', file: 'a', format: 'csv', columns: { at: 'a', count: 'b' } }, ['load.columns']],
    [{ load: 'trace', file: 'a', format: 'csv', columns: { at: 0 } }, ['load.columns.at']],
    [{ load: 'trace', file: 'a', format: 'jsonl', columns: { at: 1 } }, ['load.columns.at']],
    [{ load: 'trace', file: 'a', format: 'csv', columns: { at: 1, unit: 'min' } }, ['load.columns.unit']],
    [{ load: 'trace', file: 'a', format: 'csv', columns: { count: 1 } }, ['load.columns.every']],
    [{ load: 'trace', file: 'a', format: 'csv', columns: { at: 1 }, delimiter: ';;' }, ['load.delimiter']],
    [{ ...trace(llm), delimiter: ';' }, ['load.delimiter']],
    [{ ...trace(llm), columns: { at: 1 } }, ['load.columns']],
    [{ ...trace(llm), where: { Model: 4 } }, ['load.where.Model']],
    [{ ...trace(llm), where: 'GPT-4' }, ['load.where']],
    [{ ...trace(llm), from: '-1s' }, ['load.from']],
    [{ ...trace(llm), length: '0s' }, ['load.length']],
    [{ ...trace(llm), speed: 0 }, ['load.speed']],
    [{ ...trace(llm), scale: -1 }, ['load.scale']],
    [{ ...trace(llm), scale: 1e9 }, ['load.scale']],
    [{ ...trace(llm), scale: { mean: 1, peak: 2 } }, ['load.scale']],
    [{ ...trace(llm), scale: { mean: 1e9 } }, ['load.scale.mean']],
    [{ ...trace(llm), expand: 'poisson' }, ['load.expand']],
    [{ ...trace(llm), badRows: 'ignore' }, ['load.badRows']],
    [{ ...trace(llm), until: '5s' }, ['load.until']],
    [{ load: 'replay', file: '' }, ['load.file']],
    [{ load: 'replay', file: 'a', expand: 'even' }, ['load.expand']],
  ])('%j', (load, paths) => {
    const { plan: planned, errors } = plan(load)
    expect(planned).toBe(undefined)
    expect(errors.map((problem) => problem.path)).toEqual(paths)
  })
})
