import { describe, expect, it } from 'vitest'
import { Outcome } from '../engine/outcome.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { reportBursts, type BurstStream } from './burst-report.ts'

interface Row {
  readonly stream: string
  readonly at: number
  readonly outcome?: number
  readonly done?: number
  readonly failure?: string
}

/** All rows, in ms, through one first-come first-served server that takes 1 ms for each. */
function served(
  rows: readonly Row[],
  bursts: Readonly<Record<string, readonly (readonly [number, number])[]>>,
): BurstStream[] {
  let free = 0
  const done = new Map(
    rows
      .map((row, index) => [row, index] as const)
      .sort(([a, i], [b, j]) => a.at - b.at || i - j)
      .map(([row]) => {
        free = Math.max(free, row.at) + 1
        return [row, row.done ?? free]
      }),
  )
  return [...new Set(rows.map(({ stream }) => stream))].map((name) => {
    const own = rows.filter(({ stream }) => stream === name).sort((a, b) => a.at - b.at)
    const column = (value: (row: Row, index: number) => number): Float64Array =>
      Float64Array.from(own, (row, index) => value(row, index) * MILLISECOND)
    return {
      name,
      samples: {
        count: own.length,
        intended: column(({ at }) => at),
        dispatched: column((row, index) =>
          row.outcome === Outcome.dropped ? Number.NaN : row.at + index * 0.001,
        ),
        completion: column((row) => done.get(row) as number),
        outcome: Float64Array.from(own, ({ outcome = Outcome.completed }) => outcome),
      },
      bursts: (bursts[name] ?? []).map(([from, until]) => ({
        from: from * MILLISECOND,
        until: until * MILLISECOND,
      })),
      failureOf: (row) => own[row]?.failure ?? 'none',
    }
  })
}

const burst = (at: number, count: number, stream = 'main', within = 0): Row[] =>
  Array.from({ length: count }, (_, index) => ({ stream, at: at + (within * index) / count }))
const background = (until: number, stream: string, every = 10): Row[] =>
  Array.from({ length: until / every }, (_, index) => ({ stream, at: index * every + 5 }))

describe('a burst', () => {
  it('of 1000 at once on an idle server of 1 ms drains in 1 s; nobody else is there to feel it', () => {
    const [report, ...others] = reportBursts(served(burst(0, 1000), { main: [[0, 0]] }))
    expect(others).toEqual([])
    expect(report).toEqual({
      stream: 'main',
      from: 0,
      until: 0,
      counts: { due: 1000, completed: 1000, failed: 0, timedOut: 0, dropped: 0, censored: 0 },
      failures: {},
      startSpread: 999 * 0.001 * MILLISECOND,
      drain: SECOND,
      background: null,
    })
  })

  it('is felt by another stream until its backlog is gone', () => {
    const rows = [...background(3000, 'probe'), ...burst(1000, 450, 'flood')]
    const [report] = reportBursts(served(rows, { flood: [[1000, 1000]] }))
    // The probe takes a tenth of the server: 450 ms of work are gone after 450 / 0.9 = 500 ms, the last probe of
    // which has waited; the first one that has not is due within 10 ms of that.
    const { p95, limit, stream, recovery } = report?.background ?? {
      p95: 0,
      limit: 0,
      stream: '',
      recovery: null,
    }
    expect({ p95, limit, stream }).toEqual({ p95: MILLISECOND, limit: MILLISECOND, stream: 'probe' })
    expect((recovery as number) / MILLISECOND).toBeGreaterThanOrEqual(495)
    expect((recovery as number) / MILLISECOND).toBeLessThanOrEqual(510)
    expect(report?.drain).toBeGreaterThanOrEqual(450 * MILLISECOND)
    expect(report?.drain).toBeLessThanOrEqual(500 * MILLISECOND)
  })

  it('that others do not feel has a recovery of 0', () => {
    const rows = [...background(3000, 'probe'), ...burst(1000, 1, 'flood')]
    expect(reportBursts(served(rows, { flood: [[1000, 1000]] }))[0]?.background?.recovery).toBe(0)
  })

  it('from which the background does not recover before the end, or before the next burst', () => {
    const rows = [...background(3000, 'probe'), ...burst(1000, 5000, 'flood')]
    expect(reportBursts(served(rows, { flood: [[1000, 1000]] }))[0]?.background?.recovery).toBe(null)
    const two = [...background(6000, 'probe'), ...burst(1000, 900, 'flood'), ...burst(1500, 900, 'flood')]
    const reports = reportBursts(
      served(two, {
        flood: [
          [1000, 1000],
          [1500, 1500],
        ],
      }),
    )
    // 1800 ms of work from 1000 on, at 90 % of the server: idle again at 3000.
    expect(reports.map((report) => report.background?.recovery)).toEqual([null, expect.any(Number)])
    expect(Math.abs((reports[1]?.background?.recovery as number) / MILLISECOND - 1500)).toBeLessThanOrEqual(
      10,
    )
  })

  it('on a plateau of the same stream has what is due around it as its background', () => {
    const rows = [...background(3000, 'main'), ...burst(1000, 270, 'main', 100)]
    const [report] = reportBursts(served(rows, { main: [[1000, 1100]] }))
    expect(report?.counts.due).toBe(270 + 10)
    expect(report?.background).toMatchObject({ stream: 'main', p95: MILLISECOND })
    // 280 ms of work from 1000 on; at 1100, 180 are left, which take 200.
    expect(Math.abs((report?.background?.recovery as number) / MILLISECOND - 200)).toBeLessThanOrEqual(10)
  })

  it('says what was rejected, by class', () => {
    const rows: Row[] = [
      ...burst(100, 3),
      { stream: 'main', at: 100, outcome: Outcome.failed, failure: 'http-503' },
      { stream: 'main', at: 100, outcome: Outcome.failed, failure: 'http-503' },
      { stream: 'main', at: 100, outcome: Outcome.failed, failure: 'reset' },
      { stream: 'main', at: 100, outcome: Outcome.timedOut, done: 5100 },
      { stream: 'main', at: 100, outcome: Outcome.dropped, done: 9000 },
    ]
    const [report] = reportBursts(served(rows, { main: [[100, 100]] }))
    expect(report).toMatchObject({
      counts: { due: 8, completed: 3, failed: 3, timedOut: 1, dropped: 1, censored: 0 },
      failures: { 'http-503': 2, reset: 1 },
      drain: 5 * SECOND,
    })
    const open = [...rows, { stream: 'main', at: 100, outcome: Outcome.censored, done: 7000 }]
    expect(reportBursts(served(open, { main: [[100, 100]] }))[0]?.drain).toBe(null)
  })

  it('without enough before it has no level to come back to', () => {
    const rows = [...background(3000, 'probe'), ...burst(150, 10, 'flood')]
    expect(reportBursts(served(rows, { flood: [[150, 150]] }))[0]?.background).toBe(null)
  })

  it('is due, but nothing was', () => {
    const [report] = reportBursts(served(background(1000, 'main', 100), { main: [[2000, 2000]] }))
    expect(report).toMatchObject({ counts: { due: 0 }, startSpread: null, drain: null })
  })
})
