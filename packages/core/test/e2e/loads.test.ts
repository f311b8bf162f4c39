/** Every load, from the bench file to the records: what was due, what the server saw, what the result says. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import type { RunResult, Trial } from '../../src/report/result.ts'
import { servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'
import { population, readRecords, type RecordRow } from './support/records.ts'

const MS = 1e6

const BENCH = `
import { burst, closed, constantRate, describe, exponential, http, poisson, scenario, stages, trace, uniform } from 'servebench'

describe('loads', () => {
  const target = http({ url: process.env.TARGET_URL })
  scenario('closed', { target, load: closed({ concurrency: 3 }), duration: '1s' })
  scenario('counted', { target, load: closed({ concurrency: 4, requests: 57 }) })
  scenario('thinking', { target, load: closed({ concurrency: 4, thinkTime: '20ms' }), duration: '1s' })
  scenario('thinking randomly', { target, load: closed({ concurrency: 2, thinkTime: uniform('5ms', '15ms') }) })
  scenario('thinking by function', { target, load: closed({ concurrency: 2, thinkTime: (random) => (random.next() < 2 ? '30ms' : '0s') }) })
  scenario('constant', { target, load: constantRate({ rate: 200 }) })
  scenario('poisson', { target, load: poisson({ rate: 200 }) })
  scenario('one burst', { target, load: burst({ count: 40 }) })
  scenario('bursts', { target, load: burst({ count: 10, within: '20ms', every: '100ms' }) })
  scenario('trace', { target, load: trace({ file: 'trace.csv', format: 'csv', columns: { at: 'ms', unit: 'ms' }, speed: 2, badRows: 'skip' }) })
  scenario('stages', {
    target,
    load: stages([
      { load: constantRate({ rate: 100 }), duration: '200ms' },
      { load: closed({ concurrency: 2, thinkTime: exponential('10ms') }), duration: '100ms' },
      { load: constantRate({ rate: 400 }), duration: '100ms' },
    ]),
  })
})
`

/** Row 4 is none, and the last one is earlier than its predecessor. */
const TRACE = 'ms\n1000\n1040\nnone\n1100\n1500\n1300\n'

let server: TruthServer
let project: E2eProject
let run: CliResult
let result: RunResult

beforeAll(async () => {
  server = await createTruthServer({ program: { service: '1ms' } })
  project = new E2eProject({ 'loads.bench.ts': BENCH, 'trace.csv': TRACE })
  run = await servebench(project, [], { env: { TARGET_URL: server.url } })
  result = project.result()
}, 60_000)

afterAll(async () => {
  project[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

const of = (name: string): Trial => trialOf(result, name)
const rowsOf = (name: string): RecordRow[] => readRecords(project.runs()[0] as string, of(name))
/** Intended starts of the population, from the start of the measurement, ms. */
function dueTimes(name: string): number[] {
  const { from } = of(name).phases.measurement
  return population(rowsOf(name))
    .map((row) => (row.intended - from) / MS)
    .sort((a, b) => a - b)
}

it('ends well', () => {
  expect(run.output).toContain('run         11 cases   11 trials')
  expect(run.code).toBe(0)
  expect(result.trials.map((trial) => trial.state)).toEqual(result.trials.map(() => 'completed'))
  expect(result.run.exit).toEqual({ code: 0, reasons: [] })
})

it('has one outcome for each due request, in every trial', () => {
  for (const trial of result.trials) {
    const { due, completed, failed, timedOut, dropped, censored } = trial.counts
    expect(due, trial.path.join()).toBe(completed + failed + timedOut + dropped + censored)
    expect(completed, trial.path.join()).toBe(due)
    expect(trial.engine.accounting, trial.path.join()).toBeLessThan(0.001)
  }
})

it('has sent exactly what the server has received', () => {
  const rows = result.trials.flatMap((trial) => readRecords(project.runs()[0] as string, trial))
  const { requests, malformed } = server.counters()
  // What was cancelled at the end of a drain may not have been read any more.
  expect(requests).toBeGreaterThanOrEqual(rows.filter((row) => row.outcome === 'completed').length)
  expect(requests).toBeLessThanOrEqual(rows.filter((row) => row.sent !== null).length)
  expect(malformed).toBe(0)
})

describe('closed loops', () => {
  it('never has more requests in flight than users', () => {
    expect(of('closed').inFlight.max).toBe(3)
    expect(of('closed').connections).toMatchObject({ count: 3, opened: 3, failed: 0 })
    // The server takes 1 ms: three users cannot complete more than 3000 per second.
    expect(of('closed').throughput).toBeLessThan(3000)
    expect(of('closed').counts.completed).toBeGreaterThan(3)
  })

  it('measures exactly the requests that were asked for', () => {
    expect(of('counted').counts).toMatchObject({ due: 57, completed: 57 })
  })

  it('lets users think', () => {
    // 4 users, 20 ms of thinking and at least 1 ms of service: at most 4 / 21 ms.
    const { counts, responseTime } = of('thinking')
    expect(counts.due).toBeGreaterThan(8)
    expect(counts.due).toBeLessThanOrEqual(4 * Math.ceil(1000 / 21))
    // Thinking is no part of the response time.
    expect(responseTime.p50 as number).toBeLessThan(20 * MS)
    expect(of('thinking randomly').counts.due).toBeLessThanOrEqual(2 * Math.ceil(300 / 6))
    expect(of('thinking by function').counts.due).toBeLessThanOrEqual(2 * Math.ceil(300 / 31))
  })
})

describe('open loops', () => {
  it('is due every 5 ms at 200/s, whatever the server does', () => {
    const times = dueTimes('constant')
    expect(times.length).toBe(60)
    const gaps = times.slice(1).map((time, index) => time - (times[index] as number))
    expect(Math.min(...gaps)).toBeCloseTo(5, 6)
    expect(Math.max(...gaps)).toBeCloseTo(5, 6)
    expect(of('constant').offeredLoad).toBeCloseTo(200, 6)
  })

  it('has random gaps under a Poisson process', () => {
    const times = dueTimes('poisson')
    expect(times.length).toBeGreaterThan(30)
    expect(times.length).toBeLessThan(100)
    expect(new Set(times.map((time) => time.toFixed(3))).size).toBe(times.length)
  })

  it('has all arrivals of a burst at once, or spread over its time', () => {
    expect(dueTimes('one burst')).toEqual(Array.from({ length: 40 }, () => 0))
    expect(of('one burst').bursts).toMatchObject([
      { stream: 'main', counts: { due: 40, completed: 40, failed: 0 }, failures: {}, background: null },
    ])
    expect(of('one burst').bursts?.[0]?.drain).toBeGreaterThanOrEqual(MS)
    expect(of('bursts').bursts?.map(({ counts }) => counts.due)).toEqual([10, 10, 10])
    expect(run.output).toContain('40 at the start: started within')
    const starts = dueTimes('bursts')
    expect(starts.length).toBe(30)
    for (const [index, time] of starts.entries()) {
      const start = Math.floor(index / 10) * 100
      expect(time).toBeGreaterThanOrEqual(start)
      expect(time).toBeLessThan(start + 20)
    }
  })

  it('follows a trace, at its speed, and lasts as long as it', () => {
    expect(dueTimes('trace')).toEqual([0, 20, 50, 150, 250])
    const { phases, plan, counts, verdict } = of('trace')
    // The last arrival belongs to the measurement, whose end does not.
    expect(phases.measurement.until - phases.measurement.from).toBe(250 * MS + 1)
    expect(counts.due).toBe(5)
    expect(plan.streams['main']?.load).toMatchObject({
      process: { kind: 'trace', sha256: [createHash('sha256').update(TRACE).digest('hex')] },
    })
    expect(verdict.reasons.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['trace-bad-rows', 'trace-order']),
    )
    expect(existsSync(join(project.runs()[0] as string, '.traces'))).toBe(false)
  })

  it('changes its load from stage to stage', () => {
    const times = dueTimes('stages')
    const within = (from: number, until: number): number =>
      times.filter((time) => time >= from && time < until).length
    expect(within(0, 200)).toBe(20)
    expect(within(200, 300)).toBeGreaterThan(0)
    expect(within(300, 400)).toBe(40)
    expect(of('stages').phases.measurement.until - of('stages').phases.measurement.from).toBe(400 * MS)
  })
})

describe('the window', () => {
  it('is as long as asked for, and only its requests are the population', () => {
    const { phases, counts } = of('constant')
    expect(phases.measurement.from).toBe(100 * MS)
    expect(phases.measurement.until).toBe(400 * MS)
    const rows = rowsOf('constant')
    expect(population(rows)).toHaveLength(counts.due)
    for (const row of rows) {
      const phase =
        row.intended < phases.measurement.from
          ? 'warmup'
          : row.intended < phases.measurement.until
            ? 'measurement'
            : 'drain'
      expect(row.phase).toBe(phase)
    }
    expect(rows.some((row) => row.phase === 'warmup')).toBe(true)
  })

  it('has instants in their order in every row', () => {
    const completed = rowsOf('poisson').filter((row) => row.outcome === 'completed')
    expect(completed.length).toBeGreaterThan(30)
    for (const row of completed) {
      expect(row.dispatched).toBeGreaterThanOrEqual(row.intended)
      expect(row.sent).toBeGreaterThanOrEqual(row.dispatched as number)
      expect(row.first_byte).toBeGreaterThanOrEqual(row.sent as number)
      expect(row.completion).toBeGreaterThanOrEqual(row.first_byte as number)
      // The server takes 1 ms from the arrival, which lies behind the dispatch.
      expect((row.completion as number) - (row.dispatched as number)).toBeGreaterThanOrEqual(MS)
    }
  })
})
