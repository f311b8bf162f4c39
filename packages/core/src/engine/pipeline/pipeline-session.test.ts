import { describe, expect, it } from 'vitest'
import { pipelineMetrics } from '../../aide/pipeline-metrics.ts'
import type { LoadPlan, ProcessPlan } from '../../arrival/load-plan.ts'
import type { VirtualClock } from '../../clock/virtual-clock.ts'
import { failureCode, RecordPhase } from '../../report/record-block.ts'
import type { PipelineMetrics, StepMetrics } from '../../report/result.ts'
import { createRandom } from '../../stats/seed.ts'
import { nearestRank } from '../../stats/quantile/percentile.ts'
import { studentTQuantile } from '../../stats/special/student-t.ts'
import { prepare } from '../../testing/prepare.ts'
import { exponentialService } from '../../testing/simulation/service-time.ts'
import { SimulatedTarget, type SimulatedTargetOptions } from '../../testing/simulated-target.ts'
import {
  runVirtualTrial,
  type VirtualRow,
  type VirtualTrialOptions,
  type VirtualTrialResult,
} from '../../testing/virtual-trial.ts'
import { MILLISECOND, SECOND, type Nanos } from '../../units/nanos.ts'
import { FailureKind, Outcome } from '../outcome.ts'
import type { Encoded, TargetCodec } from '../session.ts'
import { encodeChain } from './chain-payload.ts'
import { PipelineSession, type LoadedStep } from './pipeline-session.ts'

const INPUT = { question: 'what?' }

/** A request is its text; an answer is what step and request it belongs to. */
const codec: TargetCodec = {
  encode: (request): Encoded => {
    if (typeof request !== 'string') throw new TypeError('a request is text')
    return { bytes: Buffer.from(request) }
  },
  decode: () => 'answer',
}

interface Step extends Partial<LoadedStep> {
  readonly name: string
  /** A step without one runs a function. */
  readonly target?: SimulatedTargetOptions
}

interface Chain extends VirtualTrialResult {
  readonly pipeline: PipelineMetrics
  /** By worker and step. */
  readonly targets: readonly (readonly (SimulatedTarget | null)[])[]
  readonly notes: readonly string[]
}

const fixed = (milliseconds: number): SimulatedTargetOptions => ({
  serviceTime: () => milliseconds * MILLISECOND,
})

const constant = (rate: number): LoadPlan => open(rate, { kind: 'constant' })
const open = (rate: number, process: ProcessPlan): LoadPlan => ({
  loop: 'open',
  process,
  rate: [{ from: 0, until: null, rate, rateEnd: rate }],
})
const closed = (concurrency: number, requests: number | null = null): LoadPlan => ({
  loop: 'closed',
  concurrency,
  requests,
  thinkTime: { kind: 'none' },
})

function run(
  load: LoadPlan,
  makeSteps: readonly Step[] | ((clock: VirtualClock) => readonly Step[]),
  options: Partial<VirtualTrialOptions> = {},
): Chain {
  const sessions: PipelineSession[] = []
  const targets: (SimulatedTarget | null)[][] = []
  const prepared = prepare([encodeChain(INPUT, { bytes: Buffer.from('first') })])
  let steps: readonly Step[] = []
  const result = runVirtualTrial({
    load,
    prepared,
    session: (exchange, clock) => {
      steps = typeof makeSteps === 'function' ? makeSteps(clock) : makeSteps
      const session = new PipelineSession({
        exchange,
        clock,
        steps: steps.map((step) => ({
          run: null,
          input: null,
          check: null,
          codec: step.target === undefined ? null : codec,
          ...step,
        })),
        prepared,
        slots: 100_000,
      })
      targets.push(
        steps.map(({ target }, index) => {
          if (target === undefined) return null
          const made = new SimulatedTarget(session.exchangeOf(index), clock, target)
          session.attach(index, made)
          return made
        }),
      )
      sessions.push(session)
      return session
    },
    ...options,
  })
  const names = steps.map(({ name, target }) => ({ name, target: target === undefined ? null : 'simulated' }))
  const { pipeline } = pipelineMetrics(
    names,
    sessions.map((session) => session.stepTotals()),
    () => '',
  )
  if (pipeline === undefined) throw new Error('There is no pipeline.')
  const notes = sessions.flatMap((session) => session.statistics().notes ?? [])
  return { ...result, pipeline, targets, notes }
}

/** What comes after a while on the virtual clock; the real promise of a function of the bench file is as late. */
function later<T>(clock: VirtualClock, delay: Nanos, value: T): PromiseLike<T> {
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- a promise of its own goes on in real time, not on this clock
    then: (resolve) => {
      clock.after(delay, () => {
        void resolve?.(value)
      })
      return undefined as never
    },
  }
}

const population = (rows: readonly VirtualRow[]): VirtualRow[] =>
  rows.filter((row) => row.phase === RecordPhase.measurement && row.outcome !== Outcome.retried)
const completed = (rows: readonly VirtualRow[]): VirtualRow[] =>
  population(rows).filter((row) => row.outcome === Outcome.completed)
const response = (row: VirtualRow): Nanos => row.completion - row.intended
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
const stepOf = ({ pipeline }: Chain, name: string): StepMetrics =>
  pipeline.steps.find((step) => step.name === name) as StepMetrics

/** before + steps + glue = response, and every chain that came to a step left it in one of the ways there are. */
function expectAccounts(chain: Chain): void {
  const { pipeline, rows } = chain
  const whole = completed(rows)
  expect(pipeline.completed).toBe(whole.length)
  let due = population(rows).filter((row) => Number.isFinite(row.dispatched)).length
  for (const { counts, failures } of pipeline.steps) {
    expect(counts.due).toBe(due)
    expect(counts.completed + counts.failed + counts.timedOut + counts.censored).toBe(due)
    expect(Object.values(failures).reduce((sum, count) => sum + count, 0)).toBe(counts.failed)
    due = counts.completed
  }
  expect(due).toBe(whole.length)
  if (whole.length === 0) {
    expect(pipeline.response).toBeNull()
    return
  }
  const parts =
    (pipeline.before as number) +
    (pipeline.glue.mean as number) +
    pipeline.steps.reduce((sum, { mean }) => sum + (mean as number), 0)
  const mean = meanOf(whole.map(response))
  expect(pipeline.response).toBeCloseTo(mean, 3)
  expect(parts / mean).toBeCloseTo(1, 12)
  const shares = pipeline.steps.reduce((sum, { share }) => sum + (share as number), 0)
  expect(shares + (pipeline.glueShare as number) + (pipeline.before as number) / mean).toBeCloseTo(1, 12)
}

const two = (first: number, second: number): readonly Step[] => [
  { name: 'a', target: fixed(first) },
  { name: 'b', target: fixed(second) },
]

describe('times', () => {
  it('add up to the response time: fixed services', () => {
    const chain = run(constant(100), two(2, 3), { warmup: SECOND, duration: SECOND })
    expect(completed(chain.rows)).toHaveLength(100)
    for (const row of completed(chain.rows)) {
      expect(response(row)).toBe(5 * MILLISECOND)
      expect(row.sent).toBe(row.intended)
      // The first byte of a chain is that of its last answer.
      expect(row.firstByte).toBe(row.completion)
    }
    expect(chain.pipeline.before).toBe(0)
    expect(chain.pipeline.glue.mean).toBe(0)
    expect(stepOf(chain, 'a').mean).toBe(2 * MILLISECOND)
    expect(stepOf(chain, 'b').mean).toBe(3 * MILLISECOND)
    expect(stepOf(chain, 'b').time).toMatchObject({ count: 100, min: 3 * MILLISECOND, max: 3 * MILLISECOND })
    expect(stepOf(chain, 'a').share).toBeCloseTo(0.4, 12)
    expectAccounts(chain)
  })

  it('tell what functions of the bench file take, as a step and between steps', () => {
    const chain = run(
      constant(50),
      (clock) => [
        { name: 'before', run: (value) => later(clock, MILLISECOND, value) },
        { name: 'ask', target: fixed(10), input: () => later(clock, 2 * MILLISECOND, 'question') },
        {
          name: 'after',
          run: (value) => later(clock, 4 * MILLISECOND, value),
          check: () => later(clock, 8 * MILLISECOND, true),
        },
      ],
      { duration: SECOND },
    )
    for (const row of completed(chain.rows)) expect(response(row)).toBe(25 * MILLISECOND)
    expect(chain.pipeline.steps.map(({ mean }) => mean)).toEqual([1, 10, 4].map((ms) => ms * MILLISECOND))
    expect(chain.pipeline.steps.map(({ glueMean }) => glueMean)).toEqual(
      [0, 2, 0].map((ms) => ms * MILLISECOND),
    )
    // The check of the last step comes after its time.
    expect(chain.pipeline.glue.mean).toBe(10 * MILLISECOND)
    expect(chain.pipeline.glueShare).toBeCloseTo(0.4, 12)
    expectAccounts(chain)
  })

  it('run from the intended start when the generator is late: no omission', () => {
    // One request in flight: what is due meanwhile waits, and that is time before the first step.
    const chain = run(constant(100), two(10, 10), { duration: SECOND, maxInFlight: 1, timeout: 10 * SECOND })
    const rows = completed(chain.rows)
    expect(rows.length).toBeGreaterThan(50)
    const last = rows.at(-1) as VirtualRow
    expect(response(last)).toBeGreaterThan(400 * MILLISECOND)
    expect(chain.pipeline.before).toBeGreaterThan(100 * MILLISECOND)
    expectAccounts(chain)
  })

  it('show a step that freezes in that step, for everything that was due meanwhile', () => {
    const frozen: SimulatedTargetOptions = {
      ...fixed(1),
      frozenUntil: (now) => (now >= 200 * MILLISECOND && now < 700 * MILLISECOND ? 700 * MILLISECOND : now),
    }
    const chain = run(
      constant(1000),
      [
        { name: 'a', target: fixed(1) },
        { name: 'b', target: frozen },
      ],
      {
        duration: SECOND,
      },
    )
    const b = stepOf(chain, 'b')
    expect(stepOf(chain, 'a').time.max).toBe(MILLISECOND)
    // 500 of 1000 chains met the freeze, the first of them for 501 ms.
    expect((b.time.max as number) / MILLISECOND).toBeCloseTo(501, 0)
    expect((b.time.p90 as number) / MILLISECOND).toBeGreaterThan(390)
    expect(chain.pipeline.before).toBe(0)
    expectAccounts(chain)
  })

  it.each<readonly [string, LoadPlan]>([
    ['poisson', open(200, { kind: 'poisson' })],
    ['gamma', open(200, { kind: 'gamma', cv: 2 })],
    ['closed', closed(7)],
    ['a fixed count', closed(3, 100)],
  ])('add up under any load and any number of workers: %s', (_name, load) => {
    for (const workers of [1, 3]) {
      const random = createRandom({
        seed: 'steps',
        path: [],
        repeat: workers,
        stream: 'main',
        purpose: 'service',
      })
      const service = { serviceTime: exponentialService(2 * MILLISECOND, random), servers: 2 }
      const chain = run(
        load,
        (clock) => [
          { name: 'a', target: service },
          { name: 'f', run: (value) => later(clock, MILLISECOND, value) },
          {
            name: 'b',
            input: () => 'go',
            target: {
              ...service,
              failure: (n) => (n % 7 === 3 ? { kind: FailureKind.reset, code: 0 } : null),
            },
          },
        ],
        { duration: SECOND, workers, warmup: 100 * MILLISECOND },
      )
      expect(population(chain.rows).length).toBeGreaterThan(50)
      expectAccounts(chain)
    }
  })
})

describe('known answers', () => {
  const SEEDS = 12
  /** Of service, on average: the formulas' unit of time. */
  const UNIT = MILLISECOND
  /** Arrivals per unit. */
  const RATE = 0.6

  /** A tandem of two single servers with exponential service of mean 1, per seed. */
  function tandems(load: LoadPlan, length: number): Chain[] {
    return Array.from({ length: SEEDS }, (_, repeat) => {
      const service = (step: string): SimulatedTargetOptions => ({
        serviceTime: exponentialService(
          UNIT,
          createRandom({ seed: 'tandem', path: [], repeat, stream: 'main', purpose: step }),
        ),
        servers: 1,
      })
      return run(
        load,
        [
          { name: 'a', target: service('a') },
          { name: 'b', target: service('b') },
        ],
        {
          warmup: 0.1 * length * UNIT,
          duration: length * UNIT,
          drain: 1000 * UNIT,
          timeout: 1e6 * UNIT,
          repeat,
        },
      )
    })
  }

  /** Checked at the 99.9 % level over seeds, which has to be narrow enough to tell a wrong formula. */
  function expectMean(values: readonly number[], expected: number, precision: number): void {
    const mean = meanOf(values)
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
    const half = studentTQuantile(0.9995, values.length - 1) * Math.sqrt(variance / values.length)
    expect(half / expected).toBeLessThan(precision)
    expect(Math.abs(mean - expected)).toBeLessThan(half)
  }

  it('a tandem of M/M/1 queues: each is one by itself (Burke), and their times are independent (Reich)', () => {
    const chains = tandems(open((RATE * SECOND) / UNIT, { kind: 'poisson' }), 20_000)
    const mean = 1 / (1 - RATE)
    expectMean(
      chains.map((chain) => (stepOf(chain, 'a').mean as number) / UNIT),
      mean,
      0.07,
    )
    expectMean(
      chains.map((chain) => (stepOf(chain, 'b').mean as number) / UNIT),
      mean,
      0.07,
    )
    expectMean(
      chains.map(({ pipeline }) => (pipeline.response as number) / UNIT),
      2 * mean,
      0.06,
    )
    // Two independent exponentials of equal mean: Erlang, whose 95th percentile is 4.7439 means.
    const percentile = ({ rows }: Chain): number =>
      (nearestRank(Float64Array.from(completed(rows), response).sort(), 95) as number) / UNIT
    expectMean(chains.map(percentile), 4.7439 * mean, 0.07)
    for (const chain of chains) expectAccounts(chain)
  })

  it('a closed tandem of balanced queues: throughput N ÷ (N + 1)', () => {
    const users = 4
    const chains = tandems(closed(users), 20_000)
    expectMean(
      chains.map(({ rows }) => completed(rows).length / 20_000),
      users / (users + 1),
      0.02,
    )
    for (const chain of chains) expectAccounts(chain)
  })
})

describe('ends', () => {
  it('where a step fails: the steps after it are not asked', () => {
    const failing = {
      ...fixed(1),
      failure: (n: number) => (n % 4 === 0 ? { kind: FailureKind.httpStatus, code: 503 } : null),
    }
    const chain = run(
      constant(100),
      [
        { name: 'a', target: fixed(1) },
        { name: 'b', target: failing },
        { name: 'c', target: fixed(1) },
      ],
      { duration: SECOND },
    )
    const failed = population(chain.rows).filter((row) => row.outcome === Outcome.failed)
    expect(failed).toHaveLength(25)
    for (const row of failed) {
      expect(row.code).toBe(failureCode(FailureKind.httpStatus, 503))
      expect(response(row)).toBe(2 * MILLISECOND)
    }
    expect(stepOf(chain, 'b')).toMatchObject({
      counts: { due: 100, failed: 25 },
      failures: { 'http-503': 25 },
    })
    expect(stepOf(chain, 'c').counts).toMatchObject({ due: 75, sent: 75, completed: 75 })
    expect(chain.targets[0]?.[2]?.opened).toBe(75)
    // Steps that were taken count, also those of chains that failed later.
    expect(stepOf(chain, 'a').time.count).toBe(100)
    expectAccounts(chain)
  })

  it('at the deadline of the chain, whichever step it is at', () => {
    const chain = run(constant(50), two(6, 6), { duration: SECOND, timeout: 10 * MILLISECOND })
    const rows = population(chain.rows)
    expect(rows.every((row) => row.outcome === Outcome.timedOut)).toBe(true)
    for (const row of rows) expect(response(row) / MILLISECOND).toBeLessThan(12)
    expect(stepOf(chain, 'a').counts).toMatchObject({ due: 50, completed: 50, timedOut: 0 })
    expect(stepOf(chain, 'b').counts).toMatchObject({ due: 50, sent: 50, timedOut: 50 })
    expect(chain.targets[0]?.[1]?.calls.filter((call) => call.startsWith('cancel'))).toHaveLength(50)
    expectAccounts(chain)
  })

  it('at the end of the drain', () => {
    const chain = run(constant(10), two(1, 10_000), { duration: SECOND, drain: SECOND })
    expect(stepOf(chain, 'b').counts).toMatchObject({ due: 10, censored: 10 })
    expectAccounts(chain)
  })

  it('while a function works: what it gives later belongs to nobody', () => {
    const seen: number[] = []
    const chain = run(
      constant(20),
      (clock) => [
        { name: 'slow', run: (value) => later(clock, 30 * MILLISECOND, value) },
        {
          name: 'ask',
          target: fixed(1),
          input: (_, { unit }) => {
            seen.push(unit)
            return 'question'
          },
        },
      ],
      { duration: SECOND, timeout: 10 * MILLISECOND, maxInFlight: 1 },
    )
    expect(seen).toEqual([])
    expect(stepOf(chain, 'slow').counts).toMatchObject({ due: 20, sent: 20, timedOut: 20 })
    expect(chain.targets[0]?.[1]?.opened).toBe(0)
    expectAccounts(chain)
  })

  it.each<readonly [string, Step, string, string, RegExp]>([
    [
      'input that throws',
      { name: 'b', target: fixed(1), input: () => failWith('no request') },
      'b',
      'bad-input',
      /`input` of step 'b' threw: no request/,
    ],
    [
      'input of the wrong shape',
      { name: 'b', target: fixed(1), input: () => 42 },
      'b',
      'bad-input',
      /Step 'b' cannot be asked .*: a request is text/,
    ],
    [
      'a function that throws',
      { name: 'b', run: () => failWith('no result') },
      'b',
      'application',
      /Step 'b' threw: no result/,
    ],
    ['a check that says no', { name: 'b', run: () => 1, check: () => false }, 'b', 'unexpected-answer', /^$/],
    [
      'a check that throws',
      { name: 'b', run: () => 1, check: () => failWith('no check') },
      'b',
      'unexpected-answer',
      /`check` of step 'b' threw: no check/,
    ],
    [
      'an answer that cannot be read',
      {
        name: 'b',
        target: fixed(1),
        input: () => 'go',
        codec: { encode: codec.encode, decode: () => failWith('no answer') },
      },
      'b',
      'protocol',
      /answer of step 'b' could not be decoded: no answer/,
    ],
  ])('with %s', (_name, step, blamed, failure, note) => {
    const chain = run(
      constant(10),
      [{ name: 'a', target: fixed(1) }, step, { name: 'c', run: (value) => value }],
      { duration: SECOND },
    )
    expect(population(chain.rows).map((row) => row.outcome)).toEqual(
      Array.from({ length: 10 }, () => Outcome.failed),
    )
    expect(stepOf(chain, blamed).failures).toEqual({ [failure]: 10 })
    expect(stepOf(chain, 'c').counts.due).toBe(0)
    expect(chain.notes.join('\n')).toMatch(note)
    expect(chain.notes.length).toBeLessThanOrEqual(1)
    expectAccounts(chain)
  })

  it('with a rejected promise as with a throw', async () => {
    const settled = Promise.withResolvers<number>()
    const failing = new PipelineSession({
      exchange: {
        capture: new Uint8Array(1),
        sent() {},
        fail: (_: number, kind: number) => settled.resolve(kind),
      } as never,
      clock: { now: () => 0 },
      steps: [
        {
          name: 'a',
          codec: null,
          input: null,
          check: null,
          run: () => Promise.reject(new Error('not today')),
        },
      ],
      prepared: prepare([encodeChain(INPUT, null)]),
      slots: 1,
    })
    failing.open(0, prepare([encodeChain(INPUT, null)])[0] as never, {
      unit: 0,
      saltLow: 0,
      saltHigh: 0,
      sequence: 1,
      start: true,
      end: true,
    })
    expect(await settled.promise).toBe(FailureKind.application)
    expect(failing.statistics().notes).toEqual(["Step 'a' threw: not today"])
  })
})

describe('what functions are told', () => {
  it('the input, the answers so far, and which unit it is', () => {
    const told: unknown[] = []
    run(
      closed(1, 2),
      [
        { name: 'a', target: fixed(1) },
        {
          name: 'b',
          run: (value, { unit, input, answers }) =>
            told.push({ value, unit, input, answers: { ...answers } }),
        },
        { name: 'c', run: (value, { answers }) => told.push({ value, answers: { ...answers } }) },
      ],
      {},
    )
    expect(told).toEqual([
      { value: 'answer', unit: 0, input: INPUT, answers: { a: 'answer' } },
      { value: 1, answers: { a: 'answer', b: 1 } },
      { value: 'answer', unit: 1, input: INPUT, answers: { a: 'answer' } },
      { value: 3, answers: { a: 'answer', b: 3 } },
    ])
  })

  it('that the chain was given up', () => {
    const signals: AbortSignal[] = []
    run(
      constant(10),
      (clock) => [
        {
          name: 'a',
          run: (value, { signal }) => {
            signals.push(signal)
            return later(clock, SECOND, value)
          },
        },
        { name: 'b', target: fixed(1) },
      ],
      { duration: SECOND, timeout: 50 * MILLISECOND },
    )
    expect(signals.length).toBeGreaterThanOrEqual(10)
    expect(signals.every((signal) => signal.aborted)).toBe(true)
  })
})

it('asks again from the first step when a chain is tried again, and adds up still', () => {
  const flaky = {
    ...fixed(2),
    failure: (n: number) => (n % 2 === 0 ? { kind: FailureKind.reset, code: 0 } : null),
  }
  const chain = run(
    constant(20),
    [
      { name: 'a', target: fixed(1) },
      { name: 'b', target: flaky, input: () => 'go' },
    ],
    {
      duration: SECOND,
      retry: { attempts: 1, on: [] },
    },
  )
  for (const row of completed(chain.rows)) expect(response(row)).toBe(6 * MILLISECOND)
  // The first attempt is time before the first step of the one that counts.
  expect(chain.pipeline.before).toBe(3 * MILLISECOND)
  expect(chain.targets[0]?.[0]?.calls.slice(0, 2)).toEqual(['open 0 start end', 'open 0 start end'])
  expectAccounts(chain)
})

it('is one step as well as many', () => {
  const chain = run(closed(2), [{ name: 'only', target: fixed(5) }], { duration: SECOND })
  expect(stepOf(chain, 'only')).toMatchObject({ share: 1, mean: 5 * MILLISECOND })
  expectAccounts(chain)
})

function failWith(message: string): never {
  throw new Error(message)
}
