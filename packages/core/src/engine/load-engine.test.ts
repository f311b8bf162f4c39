import { describe, expect, it } from 'vitest'
import type { LoadPlan } from '../arrival/load-plan.ts'
import { failureCode, RecordPhase } from '../report/record-block.ts'
import { SimulatedTarget, type SimulatedTargetOptions } from '../testing/simulated-target.ts'
import {
  runVirtualTrial,
  type VirtualRow,
  type VirtualTrialOptions,
  type VirtualTrialResult,
} from '../testing/virtual-trial.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { FailureKind, Outcome } from './outcome.ts'

const constant = (rate: number): LoadPlan => ({
  loop: 'open',
  process: { kind: 'constant' },
  rate: [{ from: 0, until: null, rate, rateEnd: rate }],
})
const poisson = (rate: number): LoadPlan => ({ ...constant(rate), process: { kind: 'poisson' } }) as LoadPlan
const closed = (concurrency: number, requests: number | null = null, think = 0): LoadPlan => ({
  loop: 'closed',
  concurrency,
  requests,
  thinkTime: think > 0 ? { kind: 'constant', mean: think } : { kind: 'none' },
})

function run(
  load: LoadPlan,
  target: SimulatedTargetOptions,
  options: Partial<VirtualTrialOptions> = {},
): VirtualTrialResult & { targets: SimulatedTarget[] } {
  const targets: SimulatedTarget[] = []
  const result = runVirtualTrial({
    load,
    session: (exchange, clock) => {
      const made = new SimulatedTarget(exchange, clock, target)
      targets.push(made)
      return made
    },
    ...options,
  })
  return { ...result, targets }
}

const population = (rows: readonly VirtualRow[]): VirtualRow[] =>
  rows.filter((row) => row.phase === RecordPhase.measurement && row.outcome !== Outcome.retried)
const count = (rows: readonly VirtualRow[], outcome: number): number =>
  rows.filter((row) => row.outcome === outcome).length
const response = (row: VirtualRow): number => row.completion - row.intended

describe('open loop', () => {
  it('dispatches every arrival at its instant and measures from it', () => {
    const { rows } = run(
      constant(1000),
      { serviceTime: () => 2 * MILLISECOND },
      { warmup: SECOND, duration: SECOND },
    )
    const measured = population(rows)
    expect(measured).toHaveLength(1000)
    for (const row of measured) {
      expect(row.dispatched).toBe(row.intended)
      expect(row.sent).toBe(row.intended)
      expect(response(row)).toBeCloseTo(2 * MILLISECOND, 3)
      expect(row.outcome).toBe(Outcome.completed)
    }
    expect(rows.filter((row) => row.phase === RecordPhase.warmup)).toHaveLength(1000)
  })

  it('goes on unmeasured until the population has settled, and no longer', () => {
    const { rows, finishedAt, measureUntil } = run(
      constant(100),
      { serviceTime: () => 300 * MILLISECOND },
      { duration: SECOND },
    )
    const after = rows.filter((row) => row.phase === RecordPhase.drain)
    expect(after.length).toBeGreaterThanOrEqual(29)
    expect(finishedAt - measureUntil).toBeLessThan(302 * MILLISECOND)
    expect(after.every((row) => row.outcome === Outcome.completed || row.outcome === Outcome.censored)).toBe(
      true,
    )
  })

  it('sees a frozen server as its users do: coordinated omission is impossible', () => {
    // Service 1 ms, frozen for the second second of ten: a tenth of the arrivals wait U(0, 1) s.
    const { rows } = run(
      constant(500),
      {
        serviceTime: () => MILLISECOND,
        frozenUntil: (now) => (now >= SECOND && now < 2 * SECOND ? 2 * SECOND : now),
      },
      { duration: 10 * SECOND },
    )
    const times = population(rows)
      .map(response)
      .sort((a, b) => a - b)
    expect(times).toHaveLength(5000)
    expect(times[2500]).toBeCloseTo(MILLISECOND, 3)
    expect(times[Math.ceil(0.95 * 5000) - 1]! / SECOND).toBeCloseTo(0.501, 2)
    expect(times[Math.ceil(0.99 * 5000) - 1]! / SECOND).toBeCloseTo(0.901, 2)
    expect(times[4999]! / SECOND).toBeCloseTo(1.001, 3)
  })

  it.each([1, 2, 3, 7])('has the same schedule with %d workers', (workers) => {
    const options = { warmup: SECOND, duration: 2 * SECOND, workers }
    const alone = run(poisson(300), { serviceTime: () => MILLISECOND }, { ...options, workers: 1 })
    const together = run(poisson(300), { serviceTime: () => MILLISECOND }, options)
    const key = (result: VirtualTrialResult): string[] =>
      population(result.rows)
        .map((row) => `${row.unit} ${row.intended}`)
        .sort()
    expect(key(together)).toEqual(key(alone))
    const byWorker = new Set(population(together.rows).map((row) => `${row.unit % workers} ${row.worker}`))
    expect(byWorker.size).toBe(workers)
  })

  it('repeats itself with a seed, and differs with another', () => {
    const key = (seed: string): string =>
      JSON.stringify(run(poisson(200), { serviceTime: () => MILLISECOND }, { duration: SECOND, seed }).rows)
    expect(key('a')).toBe(key('a'))
    expect(key('a')).not.toBe(key('b'))
  })
})

describe('the cap on requests in flight', () => {
  it('charges the wait to the request with `queue`', () => {
    // One at a time, 10 ms each, 50 due at once.
    const burst: LoadPlan = {
      loop: 'open',
      process: { kind: 'burst', count: 50, within: 0, every: null },
      rate: [],
    }
    const { rows } = run(burst, { serviceTime: () => 10 * MILLISECOND }, { duration: SECOND, maxInFlight: 1 })
    const measured = population(rows)
    expect(measured.map((row) => Math.round(response(row) / MILLISECOND))).toEqual(
      Array.from({ length: 50 }, (_, index) => (index + 1) * 10),
    )
    expect(measured.every((row) => row.outcome === Outcome.completed)).toBe(true)
  })

  it('drops and counts with `drop`', () => {
    const { rows } = run(
      constant(100),
      { serviceTime: () => 95 * MILLISECOND },
      { duration: SECOND, maxInFlight: 5, overflow: 'drop' },
    )
    const measured = population(rows)
    expect(measured).toHaveLength(100)
    expect(count(measured, Outcome.completed) + count(measured, Outcome.dropped)).toBe(100)
    expect(count(measured, Outcome.dropped)).toBe(50)
    expect(
      measured.filter((row) => row.outcome === Outcome.dropped).every((row) => Number.isNaN(row.sent)),
    ).toBe(true)
  })

  it('times out what has waited too long in the queue', () => {
    const { rows } = run(
      constant(100),
      { serviceTime: () => 50 * MILLISECOND, servers: 1 },
      { duration: SECOND, maxInFlight: 1, timeout: 100 * MILLISECOND },
    )
    const measured = population(rows)
    expect(measured).toHaveLength(100)
    expect(count(measured, Outcome.timedOut)).toBeGreaterThan(60)
    for (const row of measured) expect(response(row)).toBeLessThan(160 * MILLISECOND)
  })
})

describe('deadlines, failures and censoring', () => {
  it('times out from the intended start and cancels', () => {
    const { rows, targets } = run(
      constant(10),
      { serviceTime: (request) => (request % 2 === 0 ? MILLISECOND : 10 * SECOND) },
      { duration: SECOND, timeout: 200 * MILLISECOND },
    )
    const measured = population(rows)
    expect(count(measured, Outcome.completed)).toBe(5)
    expect(count(measured, Outcome.timedOut)).toBe(5)
    for (const row of measured.filter((each) => each.outcome === Outcome.timedOut)) {
      expect(response(row)).toBeGreaterThanOrEqual(200 * MILLISECOND)
      expect(response(row)).toBeLessThanOrEqual(202 * MILLISECOND)
    }
    expect(targets[0]?.calls.filter((call) => call.startsWith('cancel')).length).toBeGreaterThanOrEqual(5)
  })

  it('censors what is open at the drain deadline', () => {
    const { rows } = run(
      constant(10),
      { serviceTime: () => 60 * SECOND },
      { duration: SECOND, drain: 2 * SECOND, timeout: 100 * SECOND },
    )
    const measured = population(rows)
    expect(measured).toHaveLength(10)
    expect(count(measured, Outcome.censored)).toBe(10)
    expect(measured.every((row) => row.completion === 3 * SECOND)).toBe(true)
  })

  it('gives every failure its kind, and never loses a request', () => {
    const { rows } = run(
      constant(1000),
      {
        serviceTime: () => MILLISECOND,
        failure: (request) => (request % 10 === 0 ? { kind: FailureKind.httpStatus, code: 503 } : null),
      },
      { duration: SECOND },
    )
    const measured = population(rows)
    expect(count(measured, Outcome.completed)).toBe(900)
    expect(count(measured, Outcome.failed)).toBe(100)
    expect(new Set(measured.filter((row) => row.outcome === Outcome.failed).map((row) => row.code))).toEqual(
      new Set([failureCode(FailureKind.httpStatus, 503)]),
    )
  })

  it('retries only what it is told to, and spans the attempts', () => {
    let attempts = 0
    const { rows } = run(
      closed(1, 10),
      {
        serviceTime: () => 10 * MILLISECOND,
        failure: () => (attempts++ % 2 === 0 ? { kind: FailureKind.reset, code: 0 } : null),
      },
      { retry: { attempts: 2, on: ['reset'] } },
    )
    const measured = population(rows)
    expect(count(measured, Outcome.completed)).toBe(10)
    expect(rows.filter((row) => row.outcome === Outcome.retried)).toHaveLength(10)
    expect(measured.every((row) => Math.round(response(row) / MILLISECOND) === 20 && row.attempt === 1)).toBe(
      true,
    )
  })

  it('counts an answer of the wrong size as unexpected but completed', () => {
    const { rows } = run(
      constant(10),
      { serviceTime: () => 1, bytesIn: 7 },
      { duration: SECOND, expectedBytes: 8 },
    )
    expect(population(rows).every((row) => row.code === failureCode(FailureKind.unexpected, 0))).toBe(true)
    expect(count(population(rows), Outcome.completed)).toBe(10)
  })

  it('survives a session that throws or fails inside open', () => {
    const { rows } = runVirtualTrial({
      load: closed(4, 40),
      session: (exchange, clock) => {
        const target = new SimulatedTarget(exchange, clock, { serviceTime: () => MILLISECOND })
        const open = target.open.bind(target)
        let calls = 0
        target.open = (slot, prepared, patch) => {
          calls += 1
          if (calls % 4 === 1) throw new Error('defect')
          if (calls % 4 === 2) exchange.fail(slot, FailureKind.refused, 0)
          else open(slot, prepared, patch)
        }
        return target
      },
    })
    const measured = population(rows)
    expect(measured).toHaveLength(40)
    expect(measured.filter((row) => row.code === failureCode(FailureKind.internal, 0))).toHaveLength(10)
    expect(measured.filter((row) => row.code === failureCode(FailureKind.refused, 0))).toHaveLength(10)
    expect(count(measured, Outcome.completed)).toBe(20)
  })
})

describe('closed loop', () => {
  it.each([
    // [users, think, service, servers, throughput, response]: science of closed networks, deterministic
    [1, 0, 10, 1, 100, 10],
    [4, 0, 10, 1, 100, 40],
    [10, 40, 10, 1, 100, 60],
    [5, 40, 10, 1, 100, 10],
    [3, 0, 10, Infinity, 300, 10],
  ])(
    '%d users, think %d ms, service %d ms on %d servers: %d/s at %d ms',
    (users, think, service, servers, rate, time) => {
      const { rows, measureFrom, measureUntil } = run(
        closed(users, null, think * MILLISECOND),
        { serviceTime: () => service * MILLISECOND, servers },
        { warmup: SECOND, duration: 10 * SECOND },
      )
      const completed = rows.filter((row) => row.completion >= measureFrom && row.completion < measureUntil)
      expect(Math.abs(completed.length / 10 - rate)).toBeLessThanOrEqual(0.5)
      const measured = population(rows)
      const mean = measured.reduce((sum, row) => sum + response(row), 0) / measured.length
      expect(mean / MILLISECOND).toBeCloseTo(time, 1)
    },
  )

  it('measures a fixed count exactly, also with several workers', () => {
    for (const workers of [1, 3]) {
      const { rows } = run(closed(7, 100), { serviceTime: () => 3 * MILLISECOND }, { workers })
      expect(population(rows)).toHaveLength(100)
      expect(rows).toHaveLength(100)
      expect(new Set(rows.map((row) => row.unit)).size).toBe(100)
    }
  })

  it('does not count what warmed up', () => {
    const { rows } = run(closed(2, 50), { serviceTime: () => 10 * MILLISECOND }, { warmup: SECOND })
    expect(population(rows)).toHaveLength(50)
    expect(rows.filter((row) => row.phase === RecordPhase.warmup).length).toBe(200)
  })

  it('draws each user’s think times from its own numbers, whatever the workers', () => {
    const load: LoadPlan = {
      loop: 'closed',
      concurrency: 6,
      requests: null,
      thinkTime: { kind: 'exponential', mean: 20 * MILLISECOND },
    }
    const key = (workers: number): string[] =>
      population(run(load, { serviceTime: () => MILLISECOND }, { duration: SECOND, workers }).rows)
        .map((row) => row.intended.toFixed(3))
        .sort()
    expect(key(3)).toEqual(key(1))
  })
})

describe('units of several requests', () => {
  it('walks through a sequence, one step after the other', () => {
    const { rows, targets } = run(
      constant(10),
      { serviceTime: () => 5 * MILLISECOND },
      { duration: SECOND, unit: { kind: 'sequence', steps: 3, thinkTime: 2 * MILLISECOND } },
    )
    const first = rows.filter((row) => row.unit === 0)
    expect(first.map((row) => row.index)).toEqual([0, 1, 2])
    expect(first.map((row) => (row.intended - first[0]!.intended) / MILLISECOND)).toEqual([0, 7, 14])
    expect(targets[0]?.calls.slice(0, 3)).toEqual(['open 0 start', 'open 0', 'open 0 end'])
  })

  it('ends a sequence whose step failed', () => {
    const { rows } = run(
      constant(10),
      {
        serviceTime: () => 5 * MILLISECOND,
        failure: (request) => (request === 1 ? { kind: FailureKind.reset, code: 0 } : null),
      },
      { duration: SECOND, unit: { kind: 'sequence', steps: 3, thinkTime: 0 } },
    )
    expect(rows.filter((row) => row.unit === 0).map((row) => row.outcome)).toEqual([
      Outcome.completed,
      Outcome.failed,
    ])
  })

  it('writes the messages of a stream on time and half-closes it', () => {
    const { targets, rows, streams } = run(
      constant(1),
      { serviceTime: () => 100 * MILLISECOND, messages: 5, gap: 10 * MILLISECOND },
      { duration: SECOND, unit: { kind: 'stream', messages: 3, interval: 20 * MILLISECOND } },
    )
    expect(targets[0]?.calls.slice(0, 4)).toEqual(['open 0 start end', 'write 0', 'write 0', 'end 0'])
    expect(population(rows)[0]?.messages).toBe(5)
    expect(streams[0]?.gaps?.count).toBe(4)
    expect(streams[0]?.gaps?.min).toBeCloseTo(10 * MILLISECOND, 0)
  })
})

describe('stages', () => {
  it('runs loads one after the other on one clock', () => {
    const load: LoadPlan = {
      loop: 'stages',
      stages: [
        { load: constant(100) as never, duration: SECOND },
        { load: closed(2) as never, duration: SECOND },
        { load: constant(50) as never, duration: SECOND },
      ],
    }
    const { rows } = run(
      load,
      { serviceTime: () => 10 * MILLISECOND },
      { warmup: SECOND, duration: 3 * SECOND },
    )
    const measured = population(rows)
    const inSecond = (second: number): number =>
      measured.filter((row) => row.intended >= second * SECOND && row.intended < (second + 1) * SECOND).length
    expect([inSecond(1), inSecond(2), inSecond(3)]).toEqual([100, 200, 50])
    expect(new Set(rows.map((row) => row.unit)).size).toBe(rows.length)
  })

  it('starts a ramp with the measurement, after a warm-up at its first rate', () => {
    const load: LoadPlan = {
      loop: 'open',
      process: { kind: 'constant' },
      rate: [{ from: 0, until: 10 * SECOND, rate: 100, rateEnd: 300 }],
    }
    const { rows } = run(
      load,
      { serviceTime: () => MILLISECOND },
      { warmup: 2 * SECOND, duration: 10 * SECOND },
    )
    expect(rows.filter((row) => row.phase === RecordPhase.warmup)).toHaveLength(200)
    expect(population(rows).length).toBeGreaterThanOrEqual(1999)
    expect(population(rows).length).toBeLessThanOrEqual(2001)
  })

  it('warms up for a burst with a single user', () => {
    const burst: LoadPlan = {
      loop: 'open',
      process: { kind: 'burst', count: 100, within: 0, every: SECOND },
      rate: [],
    }
    const { rows } = run(
      burst,
      { serviceTime: () => 10 * MILLISECOND },
      { warmup: SECOND, duration: 3 * SECOND },
    )
    expect(rows.filter((row) => row.phase === RecordPhase.warmup)).toHaveLength(100)
    expect(population(rows)).toHaveLength(300)
    expect(new Set(population(rows).map((row) => row.intended / SECOND))).toEqual(new Set([1, 2, 3]))
  })
})

describe('accounting', () => {
  it.each([
    ['open', poisson(200)],
    ['closed', closed(8)],
  ])('integrates requests in flight exactly as the records do (%s loop)', (_, load) => {
    const { rows, engines, measureFrom, measureUntil } = run(
      load,
      { serviceTime: (request) => (1 + (request % 17)) * 3 * MILLISECOND, servers: 6 },
      { warmup: 1.234 * SECOND, duration: 3.456 * SECOND, workers: 2 },
    )
    const fromRecords = rows.reduce(
      (sum, row) =>
        sum + Math.max(0, Math.min(row.completion, measureUntil) - Math.max(row.dispatched, measureFrom)),
      0,
    )
    const live = engines.reduce((sum, engine) => sum + engine.inFlightTotals.area, 0)
    expect(live / fromRecords).toBeCloseTo(1, 9)
  })

  it('gives every due request exactly one outcome under everything at once', () => {
    const { rows } = run(
      poisson(500),
      {
        serviceTime: (request) => (request % 13 === 0 ? 800 : 10) * MILLISECOND,
        servers: 5,
        capacity: 40,
        failure: (request) => (request % 29 === 0 ? { kind: FailureKind.reset, code: 0 } : null),
      },
      {
        duration: 5 * SECOND,
        timeout: 300 * MILLISECOND,
        maxInFlight: 60,
        overflow: 'drop',
        workers: 3,
        drain: 100 * MILLISECOND,
      },
    )
    const measured = population(rows)
    const units = new Set(measured.map((row) => row.unit))
    expect(units.size).toBe(measured.length)
    const highest = Math.max(...units)
    expect(units.size).toBe(highest + 1)
  })
})
