/** Warm-ups that end by themselves, the shape of a measurement, certified percentiles, and the scenarios of MLPerf. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import type { RunResult, Trial } from '../../src/report/result.ts'
import { servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'
import { readRecords } from './support/records.ts'

const MS = 1e6
const SECOND = 1e9

const BENCH = `
import { certified, closed, constantRate, describe, http, offline, poissonServer, scenario, singleStream } from 'servebench'

const warming = http({ url: process.env.WARMING_URL })
const steady = http({ url: process.env.STEADY_URL })

describe('steady', { warmup: '200ms', drain: '1s' }, () => {
  scenario('warm-up', { target: warming, load: constantRate({ rate: 100 }), warmup: 'auto', duration: '1s' })
  scenario('windows', {
    target: steady,
    load: constantRate({ rate: 100 }),
    warmup: { until: 'stable', method: 'windows', window: '500ms', within: 3 },
    duration: '500ms',
  })
  scenario('pass', {
    target: steady,
    load: constantRate({ rate: 200 }),
    duration: '300ms',
    until: certified({ percentile: 90, limit: '900ms', dependence: 'ignored', maximum: '20s' }),
  })
  scenario('fail', {
    target: steady,
    load: constantRate({ rate: 200 }),
    duration: '300ms',
    until: certified({ percentile: 90, limit: '1ms', maximum: '20s' }),
  })
  scenario('undecided', {
    target: steady,
    load: constantRate({ rate: 100 }),
    duration: '300ms',
    until: certified({ percentile: 99, limit: '900ms', maximum: '1s' }),
  })
  scenario('single stream', { target: steady, load: singleStream({ duration: '300ms', queries: 100 }) })
  scenario('server', { target: steady, load: poissonServer({ rate: 400, limit: '900ms', duration: '1s' }) })
  scenario('offline', { target: steady, load: offline({ samples: 300, concurrency: 8 }) })
})
`

let warming: TruthServer
let steady: TruthServer
let project: E2eProject
let run: CliResult
let result: RunResult

beforeAll(async () => {
  warming = await createTruthServer({
    program: {
      service: '3ms',
      rules: [{ when: { during: { from: '0s', until: '2500ms' } }, service: '60ms' }],
    },
  })
  steady = await createTruthServer({ program: { service: '3ms' } })
  project = new E2eProject({ 'steady.bench.ts': BENCH })
  run = await servebench(project, [], {
    env: { WARMING_URL: warming.url, STEADY_URL: steady.url },
    timeout: 110_000,
  })
  result = project.result()
}, 120_000)

afterAll(async () => {
  project[Symbol.dispose]()
  await warming[Symbol.asyncDispose]()
  await steady[Symbol.asyncDispose]()
})

const of = (name: string): Trial => trialOf(result, name)
const lengthOf = (name: string): number => {
  const { from, until } = of(name).phases.measurement
  return until - from
}

it('completes every trial', () => {
  expect(
    result.trials.map(({ state }) => state),
    run.output,
  ).toEqual(result.trials.map(() => 'completed'))
})

describe('a warm-up until the target is steady', () => {
  it('ends after the server has become fast, says where it saw that, and keeps what was before', () => {
    const trial = of('warm-up')
    const { from } = trial.phases.measurement
    const warmup = trial.steadyState?.['warmup'] as Record<string, unknown>
    expect(warmup).toMatchObject({ method: 'auto', stable: true, until: from, against: null })
    expect(warmup['estimatedEnd']).toBeGreaterThan(SECOND)
    expect(warmup['estimatedEnd']).toBeLessThan(from)
    expect(from).toBeGreaterThan(5 * SECOND)
    expect(trial.responseTime.p50).toBeLessThan(40 * MS)
    const rows = readRecords(project.runs()[0] as string, trial)
    const before = rows.filter((row) => row.phase === 'warmup')
    expect(before.length).toBeGreaterThan(450)
    expect(before.filter((row) => (row.completion ?? 0) - row.intended > 55 * MS).length).toBeGreaterThan(100)
    expect(trial.steadyState).toHaveProperty('fromStart')
  })

  it('by windows of a fixed length that agree', () => {
    const warmup = of('windows').steadyState?.['warmup'] as Record<string, unknown>
    expect(warmup).toMatchObject({ method: 'windows', stable: true, estimatedEnd: null })
    expect((warmup['windows'] as unknown[]).length).toBe(3)
    expect(of('windows').phases.measurement.from).toBeGreaterThan(1.5 * SECOND)
  })
})

describe('a measurement until a percentile is certified', () => {
  it('ends with a proof that it is within the limit', () => {
    const { certificate } = of('pass')
    expect(certificate).toMatchObject({
      verdict: 'pass',
      percentile: 90,
      limit: 900 * MS,
      over: 0,
      confidence: 0.99,
    })
    // 51 requests without any over the limit are enough; rows come once a second.
    expect(certificate?.count).toBeGreaterThanOrEqual(51)
    expect(lengthOf('pass')).toBeLessThan(10 * SECOND)
  })

  it('ends with a proof that it is not', () => {
    const { certificate, counts } = of('fail')
    expect(certificate).toMatchObject({ verdict: 'fail', more: 0 })
    expect(certificate?.count).toBe(counts.due)
    expect(certificate?.over).toBe(counts.due)
    expect(lengthOf('fail')).toBeLessThan(10 * SECOND)
  })

  it('ends undecided at its longest duration, and says how many more requests it would take', () => {
    const { certificate } = of('undecided')
    expect(certificate).toMatchObject({
      verdict: 'undecided',
      independent: { verdict: 'undecided', clean: 359 },
    })
    expect(certificate?.more).toBeGreaterThan(300)
    expect(lengthOf('undecided')).toBe(SECOND)
  })
})

describe('the scenarios of MLPerf', () => {
  const rulesOf = (name: string): Record<string, boolean> =>
    Object.fromEntries((of(name).compliance?.rules ?? []).map(({ rule, kept }) => [rule, kept]))

  it('SingleStream estimates its percentile, and says which rules it has kept', () => {
    const { compliance, certificate, responseTime } = of('single stream')
    expect(compliance).toMatchObject({ scenario: 'SingleStream', metric: { unit: 'ns' } })
    expect(compliance?.note).toContain('Not an official MLPerf result')
    expect(compliance?.metric.value).toBe(certificate?.independent?.estimate)
    expect(compliance?.metric.value).toBeGreaterThanOrEqual(responseTime.p90 as number)
    expect(rulesOf('single stream')).toMatchObject({
      'least duration': false,
      'every query answered': true,
      'samples per query': true,
      percentile: true,
      'early stopping': true,
      accuracy: false,
    })
  })

  it('Server is judged against its limit', () => {
    expect(of('server').certificate).toMatchObject({ verdict: 'pass', percentile: 99 })
    expect(rulesOf('server')).toMatchObject({ 'latency bound': true, 'early stopping': true })
  })

  it('Offline counts samples per second', () => {
    const { compliance, counts } = of('offline')
    expect(counts.completed).toBe(300)
    // Its own samples only: throughput also counts answers to requests of the warm-up.
    expect(compliance?.metric.value).toBeCloseTo(300 / (lengthOf('offline') / SECOND), 3)
    expect(rulesOf('offline')).toMatchObject({ 'least samples': false, 'every query answered': true })
  })
})
