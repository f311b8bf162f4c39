import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TrialControl } from '../engine/control.ts'
import { FailureKind, Outcome } from '../engine/outcome.ts'
import { createRecordBlock, failureCode, RecordPhase, type RecordBlock } from '../report/record-block.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { TrialAggregate, type AggregateStream, type TrialMetrics } from './trial-aggregate.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aggregate-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** One request; instants in ms of the trial, whose measurement is [1000, 2000). */
interface Row {
  readonly unit: number
  readonly at: number
  readonly step?: number
  /** Until dispatch, sent, first byte and completion: ms after `at`. */
  readonly dispatched?: number
  readonly sent?: number
  readonly first?: number
  readonly done: number
  readonly outcome?: number
  readonly code?: number
  readonly stream?: number
  readonly items?: number
  readonly payload?: number
  readonly attempt?: number
  readonly queue?: number
}

const A = 1000
const B = 2000

function blockOf(rows: readonly Row[]): RecordBlock {
  const block = createRecordBlock(Math.max(1, rows.length))
  for (const [index, row] of rows.entries()) {
    const { at, dispatched = 0, sent = dispatched, first = row.done, outcome = Outcome.completed } = row
    const instant = (offset: number): number => (at + offset) * MILLISECOND
    block.unit[index] = row.unit
    block.index[index] = row.step ?? 0
    block.intended[index] = instant(0)
    block.dispatched[index] = instant(dispatched)
    block.sent[index] = instant(sent)
    block.firstByte[index] = instant(first)
    block.completion[index] = instant(row.done)
    block.serverQueue[index] = (row.queue ?? NaN) * MILLISECOND
    block.serverCompute[index] = NaN
    block.items[index] = row.items ?? 1
    block.payload[index] = row.payload ?? 0
    block.outcome[index] = outcome
    block.code[index] = row.code ?? 0
    block.attempt[index] = row.attempt ?? 0
    block.stream[index] = row.stream ?? 0
    block.phase[index] = at < A ? RecordPhase.warmup : at < B ? RecordPhase.measurement : RecordPhase.drain
  }
  return block
}

const MAIN: AggregateStream = { name: 'main', deadline: null, percentiles: [], labels: [null] }

function aggregate(
  rows: readonly Row[],
  options: {
    readonly streams?: readonly AggregateStream[]
    readonly checks?: readonly (readonly [stream: number, correct: boolean, responseTime: number])[]
    readonly inFlight?: { readonly area: number; readonly max: number }
    readonly blocks?: number
    readonly late?: readonly number[]
  } = {},
): TrialMetrics {
  const { streams = [MAIN], checks = [], inFlight = { area: 0, max: 0 }, blocks = 1, late = [0] } = options
  const control = new TrialControl()
  control.reset()
  control.measureFrom = A * MILLISECOND
  control.measureUntil = B * MILLISECOND
  using made = new TrialAggregate(streams, control.buffer, join(folder, 'scratch'))
  const size = Math.ceil(rows.length / blocks)
  for (let from = 0; from < rows.length; from += size) {
    const part = rows.slice(from, from + size)
    made.add(blockOf(part), part.length)
  }
  for (const [stream, correct, responseTime] of checks)
    made.checked(stream, correct, responseTime * MILLISECOND)
  return made.finish(
    inFlight,
    streams.map(() => []),
    late,
    () => 'hdr',
  )
}

describe('the population', () => {
  it('are the requests that are due in the measurement, each with one outcome', () => {
    const { total } = aggregate([
      { unit: 0, at: 999.9, done: 5 },
      { unit: 1, at: 1000, done: 10 },
      {
        unit: 2,
        at: 1500,
        done: 20,
        outcome: Outcome.failed,
        code: failureCode(FailureKind.httpStatus, 503),
      },
      { unit: 3, at: 1501, done: 1, outcome: Outcome.failed, code: failureCode(FailureKind.httpStatus, 503) },
      { unit: 4, at: 1502, done: 1, outcome: Outcome.failed, code: failureCode(FailureKind.reset, 0) },
      { unit: 5, at: 1600, done: 100, outcome: Outcome.timedOut },
      { unit: 6, at: 1700, dispatched: NaN, done: 0, outcome: Outcome.dropped },
      { unit: 7, at: 1999.9, sent: NaN, done: 900, outcome: Outcome.censored },
      { unit: 8, at: 2000, done: 5 },
      { unit: 9, at: 1800, done: 3, outcome: Outcome.retried, code: failureCode(FailureKind.reset, 0) },
      { unit: 9, at: 1800, done: 9, attempt: 1, items: 4 },
    ])
    expect(total.counts).toEqual({
      due: 8,
      sent: 6,
      completed: 2,
      failed: 3,
      timedOut: 1,
      dropped: 1,
      censored: 1,
      incorrect: 0,
      checked: 0,
      retried: 1,
      late: 0,
    })
    expect(total.failures).toEqual({ 'http-503': 2, reset: 1 })
    expect(Object.keys(total.failures)).toEqual(['http-503', 'reset'])
    expect(total.offeredLoad).toBe(8)
    // Of completed ones: 10 and 9 ms.
    expect(total.responseTime).toMatchObject({ count: 2, min: 9 * MILLISECOND, max: 10 * MILLISECOND })
    expect(total.items.perRequest).toBe(2.5)
    expect(total.failedResponseTime).toMatchObject({ count: 4, max: 100 * MILLISECOND })
    // With the others as +∞: six of eight.
    expect(total.responseTimeWithFailures.count).toBe(8)
    expect(total.responseTimeWithFailures.p50).toBeNull()
    expect(total.responseTimeWithFailures.why['p50']).toBe('failures')
  })

  it('gives throughput its completions, whoever was due when', () => {
    const { total } = aggregate([
      // Due in the warm-up, completed in the measurement.
      { unit: 0, at: 900, done: 200 },
      { unit: 1, at: 950, done: 60 },
      { unit: 2, at: 1000, done: 10 },
      // Due in the measurement, completed behind it.
      { unit: 3, at: 1990, done: 20 },
      // Completed exactly at B: not inside [A, B).
      { unit: 4, at: 1990, done: 10 },
      { unit: 5, at: 2001, done: 1 },
      // A failure is no completion.
      { unit: 6, at: 950, done: 60, outcome: Outcome.failed, code: failureCode(FailureKind.reset, 0) },
    ])
    expect(total.throughput).toBe(3)
    expect(total.counts).toMatchObject({ due: 3, completed: 3 })
    expect(total.goodput).toBe(3)
  })

  it('is the same in whatever blocks and order its rows come', () => {
    const rows: Row[] = Array.from({ length: 500 }, (_, unit) => ({
      unit,
      at: 1000 + unit * 2,
      done: 1 + ((unit * 7919) % 97) / 10,
      sent: 0.5,
    }))
    const shuffled = [...rows].sort((a, b) => ((a.unit * 48_271) % 499) - ((b.unit * 48_271) % 499))
    const first = aggregate(rows)
    expect(aggregate(shuffled, { blocks: 7 })).toEqual(first)
    expect(first.total.responseTime.count).toBe(500)
    const times = rows.map((row) => row.done * MILLISECOND).sort((a, b) => a - b)
    for (const [percentile, rank] of [
      ['p50', 250],
      ['p90', 450],
      ['p95', 475],
      ['p99', 495],
    ] as const) {
      expect(first.total.responseTime[percentile]).toBeCloseTo(times[rank - 1] as number, 3)
    }
  })
})

describe('times', () => {
  it('are those between the instants that define them', () => {
    const { total } = aggregate([{ unit: 0, at: 1500, dispatched: 1, sent: 3, first: 7, done: 15, queue: 2 }])
    const only = (distribution: { count: number; p50: number | null }): number => {
      expect(distribution.count).toBe(1)
      return (distribution.p50 as number) / MILLISECOND
    }
    expect(only(total.dispatchLag)).toBe(1)
    expect(only(total.transportWait)).toBe(2)
    expect(only(total.serviceTime)).toBe(12)
    expect(only(total.firstByte)).toBe(7)
    expect(only(total.responseTime)).toBe(15)
    expect(only(total.serverQueue)).toBe(2)
    expect(total.serverCompute.count).toBe(0)
  })

  it('leave out what did not happen', () => {
    const { total } = aggregate([
      { unit: 0, at: 1500, dispatched: NaN, sent: NaN, first: NaN, done: 100, outcome: Outcome.timedOut },
      {
        unit: 1,
        at: 1500,
        dispatched: 1,
        sent: NaN,
        first: NaN,
        done: 50,
        outcome: Outcome.failed,
        code: failureCode(FailureKind.refused, 0),
      },
    ])
    expect(total.dispatchLag.count).toBe(1)
    expect(total.transportWait.count).toBe(0)
    expect(total.serviceTime.count).toBe(0)
    expect(total.failedResponseTime.count).toBe(2)
  })
})

describe('goodput', () => {
  const rows: Row[] = Array.from({ length: 10 }, (_, unit) => ({
    unit,
    at: 1000 + unit * 100,
    done: unit < 6 ? 10 : 60,
  }))
  const DEADLINE = [{ ...MAIN, deadline: 50 * MILLISECOND }]

  it('counts what kept the deadline', () => {
    expect(aggregate(rows).total.goodput).toBe(10)
    expect(aggregate(rows, { streams: DEADLINE }).total.goodput).toBe(6)
  })

  it('without the answers that `check` found wrong', () => {
    const checks = rows.map((row) => [0, row.unit !== 2 && row.unit !== 8, row.done] as const)
    const { total } = aggregate(rows, { streams: DEADLINE, checks })
    expect(total.counts).toMatchObject({ checked: 10, incorrect: 2 })
    // Of six in time, one is wrong.
    expect(total.goodput).toBeCloseTo(5, 9)
  })

  it('estimates when only some were checked', () => {
    const checks = [
      [0, true, 10],
      [0, false, 10],
      [0, true, 10],
    ] as const
    const { total } = aggregate(rows, { checks })
    expect(total.counts).toMatchObject({ checked: 3, incorrect: 1 })
    expect(total.goodput).toBeCloseTo(10 * (2 / 3), 9)
  })

  it('without answers of the wrong size', () => {
    const wrong = rows.map((row) =>
      row.unit < 3 ? { ...row, code: failureCode(FailureKind.unexpected, 0) } : row,
    )
    const { total } = aggregate(wrong)
    expect(total.counts).toMatchObject({ completed: 10, incorrect: 3, failed: 0 })
    expect(total.failures).toEqual({})
    expect(total.goodput).toBeCloseTo(7, 9)
  })
})

describe('streams', () => {
  const TWO: AggregateStream[] = [
    { name: 'fast', deadline: 20 * MILLISECOND, percentiles: [99.5], labels: ['short', 'long'] },
    { name: 'slow', deadline: 20 * MILLISECOND, percentiles: [], labels: [null] },
  ]
  const rows: Row[] = [
    { unit: 0, at: 1100, done: 10, payload: 0 },
    { unit: 1, at: 1200, done: 12, payload: 1 },
    {
      unit: 2,
      at: 1300,
      done: 14,
      payload: 1,
      outcome: Outcome.failed,
      code: failureCode(FailureKind.reset, 0),
    },
    { unit: 0, at: 1150, done: 100, stream: 1 },
    { unit: 1, at: 900, done: 200, stream: 1 },
    { unit: 2, at: 1250, done: 5, stream: 1, items: 3 },
  ]

  it('are counted apart and together', () => {
    const { total, streams } = aggregate(rows, { streams: TWO, inFlight: { area: 0.25 * SECOND, max: 3 } })
    expect(streams['fast']?.counts).toMatchObject({ due: 3, completed: 2, failed: 1 })
    expect(streams['slow']?.counts).toMatchObject({ due: 2, completed: 2, failed: 0 })
    expect(total.counts).toMatchObject({ due: 5, completed: 4, failed: 1 })
    expect(streams['slow']?.throughput).toBe(3)
    expect(total.throughput).toBe(5)
    expect(total.failures).toEqual({ reset: 1 })
    expect(total.responseTime).toMatchObject({ count: 4, min: 5 * MILLISECOND, max: 100 * MILLISECOND })
    expect(total.goodput).toBe(3)
    // As the engine has seen it; of one stream only what its records say: 10 + 12 + 14 ms of a second.
    expect(total.inFlight).toEqual({ mean: 0.25, max: 3 })
    expect(streams['fast']?.inFlight).toEqual({ mean: expect.closeTo(0.036, 12), max: null })
    // 100 and 5 ms, and of the 200 ms that began before the measurement the last 100.
    expect(streams['slow']?.inFlight).toEqual({ mean: expect.closeTo(0.205, 12), max: null })
    expect(streams['fast']?.responseTime['p99.5']).toBe(12 * MILLISECOND)
  })

  it('have windows of their own', () => {
    const { windows } = aggregate(rows, { streams: TWO })
    expect(windows[1]).toMatchObject({ from: SECOND, due: 5, completed: 5, failed: 1 })
    expect(windows[1]?.streams).toEqual({
      fast: {
        due: 3,
        completed: 2,
        failed: 1,
        p50: expect.any(Number),
        p95: expect.any(Number),
        p99: expect.any(Number),
      },
      slow: {
        due: 2,
        completed: 3,
        failed: 0,
        p50: expect.any(Number),
        p95: expect.any(Number),
        p99: expect.any(Number),
      },
    })
    expect((windows[1]?.streams?.['slow']?.p99 as number) / (200 * MILLISECOND)).toBeCloseTo(1, 1)
    expect(aggregate(rows.filter((row) => row.stream !== 1)).windows[1]).not.toHaveProperty('streams')
  })

  it('know which answers came late', () => {
    const { total, streams } = aggregate(rows, { streams: TWO, late: [2, 3] })
    expect([total.counts.late, streams['fast']?.counts.late, streams['slow']?.counts.late]).toEqual([5, 2, 3])
  })

  it('split their response times by label', () => {
    const { streams } = aggregate(rows, { streams: TWO })
    expect(streams['fast']?.labels?.['short']).toMatchObject({ count: 1, p50: 10 * MILLISECOND })
    expect(streams['fast']?.labels?.['long']).toMatchObject({ count: 1, p50: 12 * MILLISECOND })
    expect(streams['slow']?.labels).toBeUndefined()
  })

  it('with deadlines of their own have none together', () => {
    const other = [TWO[0] as AggregateStream, { ...(TWO[1] as AggregateStream), deadline: null }]
    const { total, streams } = aggregate(rows, { streams: other })
    expect(streams['slow']?.goodput).toBe(2)
    expect(total.goodput).toBe(4)
  })

  it('without a request are empty, not wrong', () => {
    const { total, streams } = aggregate(
      rows.filter((row) => row.stream !== 1),
      { streams: TWO },
    )
    expect(streams['slow']).toMatchObject({ counts: { due: 0 }, throughput: 0, items: { perRequest: null } })
    expect(total.counts.due).toBe(3)
    expect(aggregate([], { streams: TWO }).total.counts.due).toBe(0)
  })
})

describe('accounting', () => {
  it('sums what was in flight inside the measurement, from all rows', () => {
    const { overlap, total } = aggregate(
      [
        // 50 ms of it lie inside.
        { unit: 0, at: 950, done: 100 },
        { unit: 1, at: 1500, dispatched: 10, done: 40 },
        { unit: 2, at: 1980, done: 100 },
        { unit: 3, at: 2100, done: 100 },
        { unit: 4, at: 1400, dispatched: NaN, done: 100, outcome: Outcome.dropped },
        { unit: 5, at: 1400, done: 25, outcome: Outcome.retried },
        { unit: 5, at: 1400, done: 60, attempt: 1 },
        { unit: 6, at: 1700, done: 200, outcome: Outcome.failed },
      ],
      { inFlight: { area: 390 * MILLISECOND, max: 2 } },
    )
    expect(overlap / MILLISECOND).toBeCloseTo(50 + 30 + 20 + 60 + 200, 6)
    expect(total.inFlight).toEqual({ mean: 0.39, max: 2 })
  })

  it('compares in flight with throughput × time in flight', () => {
    // 10 per second, each 100 ms in flight: one in flight on average.
    const rows = Array.from({ length: 10 }, (_, unit) => ({ unit, at: 1000 + unit * 100, done: 100 - 1e-6 }))
    const { total } = aggregate(rows, { inFlight: { area: SECOND, max: 1 } })
    expect(total.littlesLaw.relativeGap).toBeCloseTo(0, 6)
    expect(
      aggregate(rows, { inFlight: { area: 2 * SECOND, max: 1 } }).total.littlesLaw.relativeGap,
    ).toBeCloseTo(0.5, 6)
  })
})

it('has the gaps between messages of all workers', () => {
  const control = new TrialControl()
  control.reset()
  control.measureFrom = 0
  control.measureUntil = SECOND
  using made = new TrialAggregate([MAIN], control.buffer, join(folder, 'scratch'))
  const gaps = [1, 2].map((worker) => {
    const histogram = new LogLinearHistogram()
    for (let index = 1; index <= 10; index++) histogram.record(worker * index * MILLISECOND)
    return histogram
  })
  const { total } = made.finish({ area: 0, max: 0 }, [gaps], [0], () => 'hdr')
  expect(total.messageGap.count).toBe(20)
  expect((total.messageGap.max ?? 0) / MILLISECOND).toBeCloseTo(20, 1)
})
