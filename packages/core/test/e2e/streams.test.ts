/** Several streams in one scenario: what each server got, and what the result says about each and about all. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AnalysisTable, CaseResult, RunResult, Trial } from '../../src/report/result.ts'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import { servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'
import { population, readRecords, type RecordRow } from './support/records.ts'

const MS = 1e6

const BENCH = `
import { closed, constantRate, describe, http, poisson, scenario, stream, switchOver } from 'servebench'

describe('mixed', { duration: '1s' }, () => {
  const fast = http({ url: process.env.FAST_URL })
  const slow = http({ url: process.env.SLOW_URL })
  scenario('shared', {
    load: poisson({ rate: 400 }),
    streams: {
      reads: stream({ target: fast, weight: 3, slo: { responseTime: { max: '30s' } } }),
      writes: stream({ target: slow, weight: 1, slo: { responseTime: { max: '10ms' }, errorRate: 0.5 } }),
    },
  })
  scenario('apart', {
    streams: {
      users: stream({ target: fast, load: closed({ concurrency: 2 }), input: { body: 'a' } }),
      probe: stream({ target: slow, load: constantRate({ rate: 20 }), slo: { errorRate: 1 } }),
    },
  })
  scenario('users', {
    load: closed({ concurrency: 8 }),
    streams: {
      many: stream({ target: fast, weight: 75 }),
      few: stream({ target: slow, weight: 25, slo: { errorRate: 1 } }),
    },
  })
  scenario('switched', {
    load: constantRate({ rate: 500 }),
    duration: '3s',
    streams: {
      before: stream({ target: slow, weight: switchOver({ at: '500ms', from: 1, to: 0, over: '1s' }), slo: { errorRate: 1 } }),
      after: stream({ target: fast, weight: switchOver({ at: '500ms', from: 0, to: 1, over: '1s' }) }),
    },
  })
  scenario('beside', {
    matrix: { users: [2] },
    streams: ({ users }) => ({
      heavy: stream({ target: slow, load: closed({ concurrency: users }), slo: { errorRate: 1 } }),
      light: stream({ target: fast, load: poisson({ rate: 100 }), check: (_, at) => at.users === 2 }),
    }),
    solo: true,
  })
})
`

let fast: TruthServer
let slow: TruthServer
let project: E2eProject
let run: CliResult
let result: RunResult

beforeAll(async () => {
  fast = await createTruthServer({ program: { service: '1ms' } })
  // Every fourth request of the slow server fails.
  slow = await createTruthServer({
    program: { service: '20ms', rules: [{ when: { every: 4 }, answer: { status: 503 } }] },
  })
  project = new E2eProject({ 'streams.bench.ts': BENCH }, { reporters: ['console', 'csv'], timeout: '5s' })
  run = await servebench(project, [], { env: { FAST_URL: fast.url, SLOW_URL: slow.url } })
  result = project.result()
}, 60_000)

afterAll(async () => {
  project[Symbol.dispose]()
  await fast[Symbol.asyncDispose]()
  await slow[Symbol.asyncDispose]()
})

const of = (name: string): Trial => trialOf(result, name)
const tableOf = (name: string): AnalysisTable =>
  result.analyses.find((table) => table.name === name) as AnalysisTable
const caseOf = (name: string): CaseResult =>
  result.cases.find((one) => one.path.at(-1) === name) as CaseResult
const rowsOf = (name: string): RecordRow[] => readRecords(project.runs()[0] as string, of(name))

it('ends with the exit code of an SLO that failed', () => {
  expect(result.trials.map((trial) => [trial.state, trial.error])).toEqual(
    result.trials.map(() => ['completed', null]),
  )
  expect(run.code).toBe(1)
})

it('counts each stream by its records, and all of them together', () => {
  for (const trial of result.trials.filter((one) => Object.keys(one.streams).length > 1)) {
    const rows = population(readRecords(project.runs()[0] as string, trial))
    const names = Object.keys(trial.plan.streams)
    for (const name of names) {
      const own = rows.filter((row) => row.stream === name)
      const { counts, responseTime } = trial.streams[name] as Trial
      expect(counts.due, name).toBe(own.length)
      expect(counts.completed, name).toBe(own.filter((row) => row.outcome === 'completed').length)
      expect(counts.failed, name).toBe(own.filter((row) => row.outcome === 'failed').length)
      const times = own
        .filter((row) => row.outcome === 'completed')
        .map((row) => (row.completion as number) - row.intended)
        .sort((a, b) => a - b)
      expect(responseTime.count).toBe(times.length)
      expect(responseTime.min).toBeCloseTo(times[0] as number, 0)
      expect(responseTime.p50).toBeCloseTo(times[Math.ceil(times.length / 2) - 1] as number, 0)
    }
    const sum = (count: 'due' | 'completed' | 'failed'): number =>
      names.reduce((all, name) => all + (trial.streams[name] as Trial).counts[count], 0)
    for (const count of ['due', 'completed', 'failed'] as const) expect(trial.counts[count]).toBe(sum(count))
    expect(trial.responseTime.count).toBe(trial.counts.completed)
    // In flight: what the engine integrates, and what the records of the streams add up to.
    const mean = names.reduce((all, name) => all + ((trial.streams[name] as Trial).inFlight.mean ?? NaN), 0)
    expect(mean / (trial.inFlight.mean as number)).toBeCloseTo(1, 2)
  }
})

describe('streams that share a load', () => {
  it('get their parts of its arrivals, each at its own server', () => {
    const { reads, writes } = of('shared').streams as Record<string, Trial>
    const due = of('shared').counts.due
    expect(Math.abs((reads?.counts.due ?? 0) - 0.75 * due)).toBeLessThan(4 * Math.sqrt(due * 0.1875))
    expect(reads?.counts.failed).toBe(0)
    expect(reads?.responseTime.min as number).toBeLessThan(15 * MS)
    expect(writes?.responseTime.min as number).toBeGreaterThan(20 * MS)
    expect(writes?.failures).toEqual({ 'http-503': writes?.counts.failed })
    const share = (writes?.counts.failed ?? 0) / (writes?.counts.due ?? 0)
    expect(share).toBeGreaterThan(0.15)
    expect(share).toBeLessThan(0.35)
  })

  it('are one Poisson process together: no instant twice, exponential gaps', () => {
    const times = population(rowsOf('shared'))
      .map((row) => row.intended)
      .sort((a, b) => a - b)
    expect(new Set(times).size).toBe(times.length)
    const gaps = times.slice(1).map((time, index) => time - (times[index] as number))
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const longer = gaps.filter((gap) => gap > mean).length / gaps.length
    expect(Math.abs(longer - Math.exp(-1))).toBeLessThan(4 * Math.sqrt(0.2325 / gaps.length))
  })

  // Maxima have no interval: a stall of this machine would leave a percentile undecided.
  it('are each judged by their own limits', () => {
    const { slo } = of('shared')
    const verdicts = slo?.terms.map(({ term, verdict }) => [term, verdict])
    expect(verdicts).toEqual([
      ['reads.responseTime.max', 'pass'],
      ['writes.responseTime.max', 'fail'],
      ['writes.errorRate', 'pass'],
    ])
    expect(slo?.verdict).toBe('fail')
    expect(caseOf('shared').slo?.verdict).toBe('fail')
    // Errors are allowed where the stream says so; the others have none.
    expect(caseOf('apart').slo?.verdict).toBe('pass')
  })

  it('divide the users of a closed loop', () => {
    const { plan, connections, inFlight } = of('users')
    expect(Object.values(plan.streams).map(({ load }) => load.loop === 'closed' && load.concurrency)).toEqual(
      [6, 2],
    )
    expect(connections.count).toBe(8)
    expect(inFlight.max).toBe(8)
  })
})

it('runs streams with loads of their own on one clock', () => {
  const { users, probe } = of('apart').streams as Record<string, Trial>
  expect(probe?.counts.due).toBe(20)
  expect(probe?.offeredLoad).toBeCloseTo(20, 6)
  expect(users?.counts.due).toBeGreaterThan(50)
  expect(users?.counts.failed).toBe(0)
  expect(of('apart').throughput).toBeCloseTo((users?.throughput as number) + (probe?.throughput as number), 6)
})

it('moves traffic from one server to the other', () => {
  const rows = population(rowsOf('switched'))
  const { from } = of('switched').phases.measurement
  const share = (begin: number, end: number): number => {
    const inside = rows.filter((row) => row.intended - from >= begin * MS && row.intended - from < end * MS)
    expect(inside.length).toBeCloseTo((end - begin) / 2, -1)
    return inside.filter((row) => row.stream === 'after').length / inside.length
  }
  expect(share(0, 500)).toBe(0)
  expect(Math.abs(share(500, 1500) - 0.5)).toBeLessThan(0.1)
  expect(share(1500, 3000)).toBe(1)
  // Together they are due every 2 ms, whoever gets them.
  const times = rows.map((row) => row.intended).sort((a, b) => a - b)
  expect(rows).toHaveLength(1500)
  for (const [index, time] of times.slice(1).entries()) {
    expect(time - (times[index] as number)).toBeCloseTo(2 * MS, 0)
  }
})

it('marks the change and shows the seconds around it', () => {
  const { events, phases, repeat } = of('switched')
  expect(events.filter(({ kind }) => kind === 'shares')).toEqual([
    {
      at: phases.measurement.from + 500 * MS,
      kind: 'shares',
      message: 'before: 100 % to 0 %, after: 0 % to 100 % over 1.00 s',
    },
  ])
  const { rows } = tableOf('streams.changes')
  // Whole seconds of the trial inside the measurement: from 1 s to 3 s, where the change begins at 0.6 s.
  expect(rows.map(([, , , second, stream]) => [second, stream])).toEqual([
    [0.4, 'before'],
    [0.4, 'after'],
    [1.4, 'before'],
    [1.4, 'after'],
  ])
  expect(rows[3]?.[5]).toBe(500)
  expect(rows[2]?.[5]).toBe(0)
  const pairs = tableOf('streams.pairs').rows.filter(
    ([name]) => typeof name === 'string' && name.endsWith('switched'),
  )
  expect(pairs.map((row) => row.slice(1, 5))).toEqual([
    [repeat + 1, 'after − before', 'p50', 1],
    [repeat + 1, 'after − before', 'p95', 1],
  ])
  expect(pairs[0]?.[5]).toBeLessThan(-5 * MS)
})

it('runs each stream alone where that is asked for, with the same arrivals', () => {
  const cases = result.cases.filter((one) => one.path.at(-1) === 'beside')
  expect(cases.map((one) => one.case)).toEqual([
    { users: 2 },
    { users: 2, solo: 'heavy' },
    { users: 2, solo: 'light' },
  ])
  const mixed = result.trials.find((trial) => trial.id === cases[0]?.trials[0]) as Trial
  const alone = result.trials.find((trial) => trial.id === cases[2]?.trials[0]) as Trial
  expect(Object.keys(alone.streams)).toEqual(['light'])
  const due = (trial: Trial): number[] =>
    population(readRecords(project.runs()[0] as string, trial))
      .filter((row) => row.stream === 'light')
      .map((row) => row.intended - trial.phases.measurement.from)
  expect(due(alone)).toEqual(due(mixed))
  // Its functions still know the case as it is written.
  expect(alone.counts).toMatchObject({ checked: alone.counts.completed, incorrect: 0 })
  const { rows, columns } = tableOf('streams.interference')
  expect(rows.map((row) => row.slice(0, 2))).toEqual([
    ['users=2', 'heavy'],
    ['users=2', 'light'],
  ])
  const cell = (row: number, name: string): unknown =>
    rows[row]?.[columns.findIndex((column) => column.name === name)]
  expect(cell(1, 'p50, alone')).toBe(alone.responseTime.p50)
  expect(cell(1, 'p50, mixed')).toBe(mixed.streams['light']?.responseTime.p50)
  expect(cell(0, 'throughput, mixed')).toBe(mixed.streams['heavy']?.throughput)
})

it('shows every stream', () => {
  expect(run.stdout).toMatch(/streams\s+reads: \d/)
  expect(run.stdout).toMatch(/writes: \d.*p50 \d+\.\d ms.*errors \d+ of \d+/)
  const csv = join(project.runs()[0] as string, 'streams.csv')
  expect(existsSync(csv)).toBe(true)
  expect(readFileSync(csv, 'utf8').split('\n')).toHaveLength(1 + 10 + 1)
  expect(caseOf('shared').streams?.['reads']?.counts).toEqual(of('shared').streams['reads']?.counts)
  expect(of('shared').windows.some((window) => (window.streams?.['writes']?.failed ?? 0) > 0)).toBe(true)
})
