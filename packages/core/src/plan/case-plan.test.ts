import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import { generate } from '../dsl/input.ts'
import { closed } from '../dsl/loads/closed.ts'
import { constantRate } from '../dsl/loads/constant-rate.ts'
import { poisson } from '../dsl/loads/poisson.ts'
import { ramp } from '../dsl/loads/ramp.ts'
import { stages } from '../dsl/loads/stages.ts'
import { utilization } from '../dsl/loads/utilization.ts'
import { Problems } from '../dsl/problems.ts'
import { stream } from '../dsl/stream.ts'
import { switchOver } from '../dsl/weight.ts'
import { planCase, planCaseAndSolos } from './case-plan.ts'
import type { PlanDefaults } from './layers.ts'
import type { OptionLevel } from './option-level.ts'

const OWNER = { file: 'a.bench.ts', digest: 'd', path: ['group', 'x'], case: { batch: 8 } }
const target = { kind: 'http', package: 'servebench', options: { url: 'http://localhost' } }
const load = poisson({ rate: 100 })

function plan(
  options: Record<string, unknown>,
  outer: Record<string, unknown> = {},
  defaults: Partial<PlanDefaults> = {},
) {
  const problems = new Problems()
  const levels: OptionLevel[] = [
    { origin: "describe 'group'", options: outer },
    { origin: "scenario 'x'", options },
  ]
  const planned = planCase(problems, {
    owner: OWNER,
    tags: ['gpu'],
    levels,
    defaults: { settings: DEFAULT_SETTINGS, origins: {}, repeats: 1, ...defaults },
  })
  return { planned, trial: planned?.trial, errors: problems.errors, warnings: problems.warnings }
}

describe('a load that follows a gauge', () => {
  const follows = (vary: 'rate' | 'concurrency', max: number): object =>
    utilization({ of: 'host.cpu.utilization', target: 0.8, vary, max })

  it('is planned as it is, with the default duration', () => {
    const { trial, errors } = plan({ target, load: follows('rate', 640) })
    expect(errors).toEqual([])
    expect(trial?.streams['main']?.load).toMatchObject({ loop: 'open', control: { from: 10, most: 640 } })
    expect(trial?.settings.duration).toBe(DEFAULT_SETTINGS.duration)
  })

  it('may belong to one stream only, and is not shared or searched', () => {
    const alone = (load: object): object => stream({ target, load } as never)
    const twice = {
      a: alone(follows('rate', 9)),
      b: alone(follows('rate', 9)),
      c: alone(poisson({ rate: 1 })),
    }
    expect(plan({ streams: twice }).errors).toEqual([
      {
        path: 'streams.b.load',
        message: expect.stringContaining("only one stream can follow a gauge, and 'a' does"),
      },
    ])
    const weighted = { a: stream({ target, weight: 1 } as never), b: stream({ target, weight: 2 } as never) }
    expect(plan({ streams: weighted, load: follows('rate', 9) }).errors).toContainEqual({
      path: 'load',
      message: expect.stringContaining('streams cannot share a load that follows a gauge'),
    })
    const search = { search: 'findMax', vary: 'rate', from: 1 }
    expect(plan({ target, load: follows('rate', 9), search, slo: { p99: '1s' } }).errors).toEqual([
      { path: 'load', message: 'a load that follows a gauge cannot be varied as well.' },
    ])
  })

  it('must fit into the requests that may be in flight', () => {
    expect(plan({ target, load: follows('concurrency', 500), maxInFlight: 100 }).errors).toEqual([
      { path: 'load.max', message: expect.stringContaining('500 users do not fit into maxInFlight, 100') },
    ])
  })
})

describe('planCase', () => {
  it('plans a case with one stream called main', () => {
    const { planned, errors } = plan({ target, load })
    expect(errors).toEqual([])
    expect(planned).toEqual({
      repeats: 1,
      skip: null,
      trial: {
        caseId: expect.stringMatching(/^[0-9a-f]{12}$/),
        ...OWNER,
        role: 'measurement',
        tags: ['gpu'],
        settings: DEFAULT_SETTINGS,
        origins: {},
        server: null,
        streams: {
          main: {
            target,
            input: { from: 'target' },
            load: {
              loop: 'open',
              process: { kind: 'poisson' },
              rate: [{ from: 0, until: null, rate: 100, rateEnd: 100 }],
            },
            exchange: { kind: 'request' },
            check: null,
            expect: null,
            slo: null,
          },
        },
      },
    })
  })

  it('survives JSON unchanged', () => {
    const { trial } = plan({ target, load, check: () => true, input: { text: 'x' }, slo: { p99: '5ms' } })
    expect(JSON.parse(JSON.stringify(trial))).toEqual(trial)
  })

  describe('levels', () => {
    it('inner levels replace values and merge objects', () => {
      const { trial } = plan(
        { load, timeout: '2s', connections: { count: 4 }, slo: { p99: '5ms' } },
        {
          target,
          timeout: '1s',
          drain: '1s',
          connections: { count: 2, reuse: 'per-request' },
          slo: { p50: '1ms', p99: '9ms' },
        },
      )
      expect(trial?.settings).toMatchObject({
        timeout: 2e9,
        drain: 1e9,
        connections: { count: 4, reuse: 'per-request' },
      })
      expect(trial?.origins).toEqual({
        timeout: "scenario 'x'",
        drain: "describe 'group'",
        'connections.count': "scenario 'x'",
        'connections.reuse': "describe 'group'",
      })
      expect(trial?.streams['main']?.slo?.terms).toEqual([
        { metric: 'responseTime', statistic: { percentile: 50 }, limit: 1e6 },
        { metric: 'responseTime', statistic: { percentile: 99 }, limit: 5e6 },
      ])
    })

    it('specs replace as a whole', () => {
      const own = { kind: 'oip', package: 'p', options: { model: 'm' } }
      expect(
        plan({ target: own, load: closed({ concurrency: 1 }) }, { target, load }).trial?.streams['main'],
      ).toMatchObject({
        target: own,
        load: { loop: 'closed' },
      })
    })

    it('the environment and the command line override bench files', () => {
      const defaults = {
        settings: { ...DEFAULT_SETTINGS, duration: 3e9, timeout: 7e9 },
        origins: { duration: '--duration', timeout: 'servebench.config.ts', repeats: 'SERVEBENCH_REPEATS' },
        repeats: 9,
      }
      const { planned, trial } = plan(
        { target, load, duration: '30s', timeout: '1s', repeats: 2 },
        {},
        defaults,
      )
      expect(trial?.settings).toMatchObject({ duration: 3e9, timeout: 1e9 })
      expect(trial?.origins).toEqual({
        duration: '--duration',
        timeout: "scenario 'x'",
        repeats: 'SERVEBENCH_REPEATS',
      })
      expect(planned?.repeats).toBe(9)
    })

    it('bench files override the configuration', () => {
      const defaults = {
        settings: { ...DEFAULT_SETTINGS, drain: 1e9 },
        origins: { drain: 'servebench.config.ts', repeats: 'servebench.config.ts', reporters: '--reporter' },
        repeats: 5,
      }
      const { planned, trial } = plan({ target, load, repeats: 2 }, {}, defaults)
      expect(planned?.repeats).toBe(2)
      expect(trial?.origins).toEqual({ drain: 'servebench.config.ts', repeats: "scenario 'x'" })
    })
  })

  describe('duration', () => {
    const counted = closed({ concurrency: 2, requests: 10 })

    it('is set by a load with an end of its own', () => {
      expect(plan({ target, load: counted }).trial).toMatchObject({
        settings: { duration: null },
        origins: { duration: 'load' },
      })
      expect(plan({ target, load: counted }, { duration: '5s' }).trial?.settings.duration).toBeNull()
      const steps = stages([
        { load, duration: '2s' },
        { load, duration: '3s' },
      ])
      expect(plan({ target, load: steps }).trial?.settings.duration).toBe(5e9)
    })

    it('is what was given beside the load, or further in', () => {
      expect(plan({ target, load: counted, duration: '5s' }).trial?.settings.duration).toBe(5e9)
      expect(plan({ target, duration: '5s' }, { load: counted }).trial?.settings.duration).toBe(5e9)
    })

    it('is what the command line says', () => {
      const defaults = {
        settings: { ...DEFAULT_SETTINGS, duration: 1e9 },
        origins: { duration: '--duration' },
      }
      expect(plan({ target, load: counted }, {}, defaults).trial?.settings.duration).toBe(1e9)
    })

    it('warns when stages end earlier or later', () => {
      const steps = stages([{ load, duration: '2s' }])
      expect(plan({ target, load: steps, duration: '1s' }).warnings).toMatchObject([
        { path: 'load', message: expect.stringContaining('measurement ends after 1.00 s') },
      ])
      expect(plan({ target, load: steps, duration: '4s' }).warnings).toMatchObject([
        { path: 'load', message: expect.stringContaining('the last one goes on') },
      ])
    })
  })

  describe('inputs', () => {
    const input = (value: unknown) => plan({ target, load, input: value }).trial?.streams['main']?.input

    it('are literal when they are plain data', () => {
      expect(input({ text: 'hello' })).toEqual({ from: 'literal', value: { text: 'hello' } })
      expect(input('hello')).toEqual({ from: 'literal', value: 'hello' })
      expect(input([1, 2])).toEqual({ from: 'literal', value: [1, 2] })
    })

    it('come from a provider', () => {
      expect(input({ input: 'image', package: 'servebench', options: { size: 224 } })).toEqual({
        from: 'provider',
        kind: 'image',
        package: 'servebench',
        options: { size: 224 },
      })
    })

    it('stay in the bench file when they are not plain data, long, or generated', () => {
      const reference = { from: 'function', reference: { ...OWNER, option: 'input' } }
      expect(input({ tensors: { x: { datatype: 'FP32', shape: [1], data: new Float32Array(1) } } })).toEqual(
        reference,
      )
      expect(input({ text: 'x'.repeat(20_000) })).toEqual(reference)
      expect(input(generate(() => 'x'))).toEqual(reference)
    })

    it('are no bare functions', () => {
      expect(plan({ target, load, input: () => 'x' }).errors).toMatchObject([
        { path: 'input', message: expect.stringContaining('use generate()') },
      ])
    })
  })

  it('names functions in the options of a target', () => {
    const inline = {
      kind: 'inline',
      package: 'servebench',
      options: { call: () => 1, deep: { again: () => 2 } },
    }
    expect(plan({ target: inline, load }).trial?.streams['main']?.target.options).toEqual({
      call: { ...OWNER, option: 'target.options.call' },
      deep: { again: { ...OWNER, option: 'target.options.deep.again' } },
    })
  })

  it.each([
    [{ min: 5 }, { leastBytes: 5 }],
    [{ max: 5 }, { mostBytes: 5 }],
    [
      { min: 0, max: 5 },
      { leastBytes: 0, mostBytes: 5 },
    ],
  ])('plans limits of an answer’s size: %j', (bytes, expected) => {
    expect(plan({ target, load, expect: { bytes } }).trial?.streams['main']?.expect).toEqual(expected)
  })

  it('plans server, samplers, check, expect and exchange', () => {
    const { trial } = plan({
      target,
      load,
      server: { kind: 'onnx', package: 'p', launch: { threads: 2 }, state: { instances: 1 } },
      samplers: [{ kind: 'nvml', package: 'q', options: {} }],
      check: () => true,
      expect: { bytes: 12, crc32: 0xffffffff },
      exchange: { sequence: { steps: 3, thinkTime: '5ms' } },
    })
    expect(trial).toMatchObject({
      server: { kind: 'onnx', package: 'p', launch: { threads: 2 }, state: { instances: 1 } },
      samplers: [{ kind: 'nvml', package: 'q', options: {} }],
      streams: {
        main: {
          check: { ...OWNER, option: 'check' },
          expect: { bytes: 12, crc32: 0xffffffff },
          exchange: { kind: 'sequence', steps: 3, thinkTime: 5e6 },
        },
      },
    })
    expect(
      plan({ target, load, exchange: { stream: { messages: 4 } } }).trial?.streams['main']?.exchange,
    ).toEqual({ kind: 'stream', messages: 4, interval: 0 })
  })

  it('says why a case is skipped', () => {
    expect(plan({ target, load, skip: 'needs a GPU' }).planned?.skip).toBe('needs a GPU')
    expect(plan({ target, load, skip: true }).planned?.skip).toBe('skip is set')
    expect(plan({ target, load, skip: false }, { skip: true }).planned?.skip).toBeNull()
  })

  describe('streams', () => {
    it('have their own targets and share a load by weight', () => {
      const { trial, errors } = plan(
        {
          load: constantRate({ rate: 100 }),
          streams: {
            reads: stream({ target: target as never, weight: 3, slo: { p99: '1ms' }, check: () => true }),
            writes: stream({ target: target as never, weight: 1 }),
            probe: stream({ target: target as never, load: poisson({ rate: 1 }), input: { text: 'x' } }),
          },
        },
        { slo: { errorRate: 0.1 } },
      )
      expect(errors).toEqual([])
      const whole = expect.objectContaining({ process: { kind: 'constant' } })
      const loads = Object.values(trial?.streams ?? {}).map((planned) => planned.load)
      expect(loads).toEqual([
        {
          loop: 'open',
          process: { kind: 'slice', of: whole, low: 0, high: 0.75, shared: true },
          rate: [],
        },
        {
          loop: 'open',
          process: { kind: 'slice', of: whole, low: 0.75, high: 1, shared: true },
          rate: [],
        },
        expect.objectContaining({ process: { kind: 'poisson' } }),
      ])
      expect(trial?.streams['reads']?.check).toEqual({ ...OWNER, option: 'streams.reads.check' })
      expect(trial?.streams['reads']?.slo?.terms).toHaveLength(2)
      expect(trial?.streams['writes']?.slo?.terms).toHaveLength(1)
    })

    it.each([
      [
        'no load',
        { a: stream({ target: target as never }) },
        {},
        'streams.a.load',
        'neither a load nor a weight',
      ],
      [
        'both',
        { a: stream({ target: target as never, load, weight: 1 }) },
        { load },
        'streams.a.weight',
        'not both',
      ],
      [
        'a user for two',
        {
          a: stream({ target: target as never, weight: 1 }),
          b: stream({ target: target as never, weight: 1 }),
        },
        { load: closed({ concurrency: 1 }) },
        'streams.b.weight',
        'without a user',
      ],
      [
        'users who would have to move',
        {
          a: stream({ target: target as never, weight: 1 }),
          b: stream({ target: target as never, weight: switchOver({ from: 0, to: 1, at: '1s' }) }),
        },
        { load: closed({ concurrency: 2 }) },
        'streams.a.weight',
        'stay with their stream',
      ],
      [
        'weights without a load',
        { a: stream({ target: target as never, weight: 1 }) },
        {},
        'load',
        'no load that they could share',
      ],
      [
        'a load without weights',
        { a: stream({ target: target as never, load }) },
        { load },
        'load',
        'no stream has a weight',
      ],
      [
        'a weight of nothing',
        { a: stream({ target: target as never, weight: 0 }) },
        { load },
        'streams.a.weight',
        'expected a weight above 0, not 0',
      ],
      [
        'a time without a weight',
        {
          a: stream({ target: target as never, weight: switchOver({ from: 1, to: 0, at: '2s' }) }),
          b: stream({ target: target as never, weight: switchOver({ from: 0, to: 1, at: '3s' }) }),
        },
        { load },
        'streams',
        'no stream has a weight 2.00 s after the start',
      ],
      [
        'changes that overlap',
        {
          a: stream({
            target: target as never,
            weight: {
              from: 1,
              changes: [
                { at: '1s', to: 2, over: '2s' },
                { at: '2s', to: 3 },
              ],
            },
          }),
        },
        { load },
        'streams.a.weight.changes.1.at',
        'before the last change has ended',
      ],
      [
        'a change of another kind',
        { a: { stream: { target, weight: { from: 1, changes: [{ at: 5, two: 3 }] } } } },
        { load },
        'streams.a.weight.changes.0.two',
        'no such option',
      ],
      ['no streams', {}, {}, 'streams', 'at least one stream'],
      ['no stream()', { a: { target } }, {}, 'streams.a', 'expected stream({ … })'],
      [
        'a target beside',
        { a: stream({ target: target as never, load }) },
        { target },
        'target',
        'belongs into the streams',
      ],
      [
        'an odd name',
        { 'a.b': stream({ target: target as never, load }) },
        {},
        'streams.a.b',
        'the name of a stream',
      ],
      [
        'an unknown option',
        { a: { stream: { target, load, wait: 1 } } },
        {},
        'streams.a.wait',
        'no such option',
      ],
    ])('refuse %s', (_what, streams, others, path, message) => {
      expect(plan({ streams, ...others }).errors).toContainEqual(
        expect.objectContaining({ path, message: expect.stringContaining(message) }),
      )
    })
  })

  it('warns when a weight changes behind the end', () => {
    const weight = switchOver({ at: '5s', from: 1, to: 2 })
    const streams = {
      a: stream({ target: target as never, weight }),
      b: stream({ target: target as never, weight: 1 }),
    }
    expect(plan({ load, streams, duration: '5s' }).warnings).toEqual([
      expect.objectContaining({
        path: 'streams.a.weight',
        message: expect.stringContaining('ends after 5.00 s'),
      }),
      expect.objectContaining({ path: 'streams.b.weight' }),
    ])
    expect(plan({ load, streams, duration: '6s' }).warnings).toEqual([])
  })

  describe('solo', () => {
    const streams = {
      a: stream({ target: target as never, weight: 1 }),
      b: stream({ target: target as never, weight: 1, check: () => true }),
    }

    function planAll(options: Record<string, unknown>, at: Record<string, number> = { batch: 8 }) {
      const problems = new Problems()
      const cases = planCaseAndSolos(problems, {
        owner: { ...OWNER, case: at },
        tags: [],
        levels: [{ origin: "scenario 'x'", options }],
        defaults: { settings: DEFAULT_SETTINGS, origins: {}, repeats: 3 },
      })
      return { cases, errors: problems.errors }
    }

    it('plans each stream alone beside the mix', () => {
      const { cases, errors } = planAll({ load, streams, solo: true })
      expect(errors).toEqual([])
      expect(cases.map(({ trial }) => [trial.case, Object.keys(trial.streams)])).toEqual([
        [{ batch: 8 }, ['a', 'b']],
        [{ batch: 8, solo: 'a' }, ['a']],
        [{ batch: 8, solo: 'b' }, ['b']],
      ])
      expect(new Set(cases.map(({ trial }) => trial.caseId)).size).toBe(3)
      expect(cases.map(({ repeats }) => repeats)).toEqual([3, 3, 3])
      expect(cases[2]?.trial.streams['b']).toEqual(cases[0]?.trial.streams['b'])
      expect(cases[2]?.trial.streams['b']?.check?.case).toEqual({ batch: 8 })
    })

    it('is off unless it is asked for', () => {
      expect(planAll({ load, streams }).cases).toHaveLength(1)
      expect(planAll({ load, streams, solo: false }).cases).toHaveLength(1)
    })

    it.each([
      [{ load, target, solo: true }, { batch: 8 }, 'has nothing to run alone'],
      [{ load, streams, solo: true }, { solo: 8 }, 'give the axis of that name another one'],
      [{ load, streams, solo: 'yes' }, { batch: 8 }, 'expected true or false'],
    ])('refuses %#', (options, at, message) => {
      const { cases, errors } = planAll(options, at)
      expect(errors).toEqual([
        expect.objectContaining({ path: 'solo', message: expect.stringContaining(message) }),
      ])
      expect(cases).toEqual([])
    })
  })

  it.each([
    [{ load }, 'target', 'there is no target'],
    [{ target }, 'load', 'there is no load'],
    [
      { target: 'http://localhost', load },
      'target',
      "expected a target such as http({ url }), not 'http://localhost'",
    ],
    [
      { target: { kind: 'x', package: 'y', options: { at: new Date(0) } }, load },
      'target.options.at',
      'a Date is not plain data',
    ],
    [{ target, load, server: { kind: 'x' } }, 'server', 'expected a server'],
    [
      { target, load, server: { kind: 'x', package: 'p', launch: { ready: () => 1 }, state: {} } },
      'server.launch.ready',
      'a function cannot leave',
    ],
    [{ target, load, check: true }, 'check', 'expected a function of the response, not true'],
    [{ target, load, expect: { bites: 1 } }, 'expect.bites', 'no such option'],
    [{ target, load, expect: { bytes: {} } }, 'expect.bytes', 'expected a number, `min` or `max`'],
    [{ target, load, expect: { bytes: { min: 2, max: 1 } } }, 'expect.bytes', 'more than the most'],
    [{ target, load, expect: { bytes: { least: 2 } } }, 'expect.bytes.least', 'no such option'],
    [{ target, load, exchange: 'stream' }, 'exchange', 'expected an object'],
    [
      { target, load, exchange: { sequence: { steps: 0 } } },
      'exchange.sequence.steps',
      'whole number from 1',
    ],
    [{ target, load, slo: { p99: 50 } }, 'slo.p99', 'not 50'],
    [{ target, load, repeats: 0 }, 'repeats', 'whole number from 1'],
    [{ target, load, skip: 5 }, 'skip', 'expected text, not 5'],
    [{ target, load, samplers: [{}] }, 'samplers.0', 'expected a sampler'],
    [{ target, load: closed({ concurrency: 20_000 }) }, 'load.concurrency', 'do not fit into maxInFlight'],
    [{ target, load, durration: '5s' }, 'durration', 'no such option'],
  ])('refuses %j', (options, path, message) => {
    expect(plan(options).errors).toContainEqual(
      expect.objectContaining({ path, message: expect.stringContaining(message) }),
    )
    expect(plan(options).planned).toBeUndefined()
  })

  it('refuses in a describe what belongs to a scenario', () => {
    expect(plan({ target, load }, { matrix: { a: [1] } }).errors).toMatchObject([
      { path: 'matrix', message: 'there is no such option.' },
    ])
  })

  it('tells everything that is wrong at once', () => {
    const { errors } = plan({
      target: {},
      load: poisson({ rate: -1 }),
      duration: '5',
      slo: { p99: 'fast' },
      repeats: 1.5,
      waramup: '1s',
    })
    expect(errors.map((problem) => problem.path).toSorted()).toEqual([
      'duration',
      'load.rate',
      'repeats',
      'slo.p99',
      'target',
      'waramup',
    ])
  })

  it('warns of loads that hardly send anything', () => {
    expect(plan({ target, load: poisson({ rate: 0.01 }) }).warnings).toMatchObject([{ path: 'load' }])
    // A ramp that begins at 0 is no odd load.
    expect(plan({ target, load: ramp({ rate: { from: 0, to: 50 }, over: '5s' }) }).warnings).toEqual([])
    expect(plan({ target, load: closed({ concurrency: 8, requests: 4 }) }).warnings).toMatchObject([
      { path: 'load.requests' },
    ])
  })
})

describe('a cold start', () => {
  const server = { kind: 'test', package: 'test', launch: {}, state: {} }

  it('has requests of its own, one after the other, without a warm-up, five times', () => {
    const { planned, trial, errors } = plan({
      server,
      target,
      coldStart: true,
      warmup: '5s',
      connections: { open: 'before' },
    })
    expect(errors).toEqual([])
    expect(planned?.repeats).toBe(5)
    expect(trial).toMatchObject({
      coldStart: { requests: 20, idle: null, pageCache: 'keep' },
      streams: { main: { load: { loop: 'closed', concurrency: 1, requests: 21 } } },
      settings: {
        warmup: { duration: 0 },
        duration: null,
        workers: 1,
        connections: { count: 1, open: 'on-demand' },
      },
    })
    expect(trial?.settings.gates.littlesLaw).toEqual({ suspect: null, invalid: null })
  })

  it('takes the number of repeats from wherever it is said', () => {
    const cold = { server, target, coldStart: { requests: 3 } }
    expect(plan({ ...cold, repeats: 7 }).planned?.repeats).toBe(7)
    expect(plan(cold, { repeats: 6 }).planned?.repeats).toBe(6)
    const given = { repeats: 2, origins: { repeats: '--repeats' } }
    expect(plan(cold, {}, given).planned?.repeats).toBe(2)
    expect(plan({ ...cold, coldStart: false, load }).planned?.repeats).toBe(1)
  })

  it('inherits, but for loads and searches', () => {
    const search = { search: 'findMax', vary: 'rate', from: 1 }
    const { planned, errors } = plan({ server, target, coldStart: true }, { load, search })
    expect(errors).toEqual([])
    expect(planned?.search).toBeUndefined()
  })

  it('needs something that can be cold, and nothing that sends other requests', () => {
    const messages = (options: Record<string, unknown>): readonly string[] =>
      plan(options).errors.map(({ path, message }) => `${path}: ${message}`)
    expect(messages({ target, coldStart: true })).toEqual([
      expect.stringContaining('coldStart: there is nothing to start'),
    ])
    expect(messages({ target, coldStart: { idle: '10m' } })).toEqual([])
    expect(messages({ server, target, coldStart: true, load })).toEqual([
      expect.stringContaining('load: a cold start sends its own requests'),
    ])
    expect(messages({ target, coldStart: { idle: '1m', pageCache: 'drop' } })).toEqual([
      expect.stringContaining('coldStart.pageCache: belongs to a server that is started'),
    ])
    expect(messages({ server, target, coldStart: { requests: 0, pageCache: 'cold', often: 1 } })).toEqual([
      'coldStart.often: there is no such option.',
      expect.stringContaining('coldStart.requests: expected a whole number'),
      expect.stringContaining("coldStart.pageCache: expected one of 'keep', 'drop'"),
    ])
    expect(messages({ server, target, coldStart: 'yes' })[0]).toContain('coldStart: expected true or an')
  })
})

it('a server may have replicas, but not for a pipeline', () => {
  const server = { kind: 'test', package: 'test', launch: {}, state: {} }
  const replicas = { count: 3, policy: 'leastInFlight' }
  expect(plan({ server: { ...server, replicas }, target, load }).trial?.server).toEqual({
    ...server,
    replicas,
  })
  const wrong = { ...server, replicas: { count: 0, policy: 'random', often: 1 } }
  expect(plan({ server: wrong, target, load }).errors.map(({ path }) => path)).toEqual([
    'server.replicas.often',
    'server.replicas.count',
    'server.replicas.policy',
  ])
  const steps = { kind: 'pipeline', package: 'servebench', options: { steps: [{ name: 'a', target }] } }
  expect(plan({ server: { ...server, replicas }, target: steps, load }).errors).toEqual([
    { path: 'server', message: expect.stringContaining('a pipeline cannot be asked at replicas') },
  ])
})

it('a server may be confined', () => {
  const server = { kind: 'test', package: 'test', launch: {}, state: {} }
  const limits = (value: unknown) => plan({ server: { ...server, limits: value }, target, load })
  expect(limits({ cpus: '0-2,5', memory: 2 ** 30 }).trial?.server?.limits).toEqual({
    cpus: '0-2,5',
    memory: 2 ** 30,
  })
  expect(limits({ cpus: 2, memory: null }).trial?.server?.limits).toEqual({ cpus: 2, memory: null })
  expect(limits({ cpus: 'all', memory: '1GiB', disk: 1 }).errors.map(({ path }) => path)).toEqual([
    'server.limits.disk',
    'server.limits.cpus',
    'server.limits.memory',
  ])
})

describe('agreement', () => {
  it('is planned, and shared by what a describe says', () => {
    const { trial, errors } = plan({ target, load }, { agreement: { across: 'batch' } })
    expect(errors).toEqual([])
    expect(trial?.agreement).toMatchObject({ across: ['batch'], inputs: 4 })
  })

  it.each([
    [
      'several streams',
      {
        streams: {
          a: stream({ target: target as never, load }),
          b: stream({ target: target as never, load }),
        },
      },
      'streams',
    ],
    ['a sequence', { target, load, exchange: { sequence: { steps: 3 } } }, 'single requests'],
    ['a cold start', { target, coldStart: { idle: '1m' } }, 'which a cold start must not'],
  ])('is refused for %s', (_, options, message) => {
    const { errors } = plan({ ...options, agreement: true })
    expect(errors.map(({ path }) => path)).toEqual(['agreement'])
    expect(errors[0]?.message).toContain(message)
  })
})
