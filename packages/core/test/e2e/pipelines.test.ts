/** Chains of targets on real servers: what each was asked, and what the result says about each step. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Metrics, PipelineMetrics, RunResult, StepMetrics } from '../../src/report/result.ts'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import { servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'
import { population, readRecords } from './support/records.ts'

const MS = 1e6

const BENCH = `
import { closed, describe, http, inline, pipeline, poisson, scenario, stream } from 'servebench'

const first = http({ url: process.env.FIRST_URL })
const second = http({ url: process.env.SECOND_URL })
const chain = pipeline([
  { name: 'find', target: first },
  { name: 'crop', run: (answer, { input }) => ({ found: answer.json().found, asked: input.body.question }) },
  {
    name: 'ask',
    target: second,
    input: async (part, { unit }) => ({ path: '/ask', body: { ...part, unit } }),
    // The server echoes: what it was asked is what the first one had answered, and what the scenario asked that one.
    check: (answer, { unit }) => {
      const { found, asked, unit: of } = answer.json()
      return found === 7 && ['where?', 'who?'].includes(asked) && of === unit
    },
  },
  { name: 'rank', target: inline(({ status }) => ({ status })), input: ({ status }) => ({ status }) },
])

describe('chains', { duration: '1s', timeout: '10s', slo: { errorRate: 0.5 } }, () => {
  scenario('open', {
    target: chain,
    input: { body: { question: 'where?' } },
    check: ({ status }) => status === 200,
    load: poisson({ rate: 100 }),
    repeats: 2,
  })
  scenario('mixed', {
    workers: 2,
    streams: {
      chain: stream({ target: chain, input: { body: { question: 'who?' } }, load: poisson({ rate: 80 }) }),
      alone: stream({ target: first, input: { body: { question: 'who?' } }, load: closed({ concurrency: 1 }) }),
    },
  })
})
`

let first: TruthServer
let second: TruthServer
let project: E2eProject
let run: CliResult
let result: RunResult

beforeAll(async () => {
  first = await createTruthServer({
    program: {
      service: '4ms',
      answer: { body: '{ "found": 7 }', headers: { 'content-type': 'application/json' } },
    },
  })
  // Every fourth request of the second server fails; the others come back as they were.
  second = await createTruthServer({
    program: {
      service: '8ms',
      answer: { body: { kind: 'echo' } },
      rules: [{ when: { every: 4 }, answer: { status: 503 } }],
    },
  })
  project = new E2eProject({ 'chain.bench.ts': BENCH }, { reporters: ['console', 'csv'] })
  run = await servebench(project, [], { env: { FIRST_URL: first.url, SECOND_URL: second.url } })
  result = project.result()
}, 60_000)

afterAll(async () => {
  project[Symbol.dispose]()
  await first[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
})

const chainOf = (metrics: Metrics | undefined): PipelineMetrics => metrics?.pipeline as PipelineMetrics
const stepOf = (metrics: Metrics | undefined, name: string): StepMetrics =>
  chainOf(metrics).steps.find((step) => step.name === name) as StepMetrics

it('measures chains', () => {
  expect(result.trials.map((trial) => [trial.state, trial.error])).toEqual(
    result.trials.map(() => ['completed', null]),
  )
  expect(run.output).toMatch(/find \(http\): [\d.]+ % of the time/)
  expect(run.output).toMatch(/chain › ask \(http\): .*errors/)
})

describe('each chain', () => {
  const chains = (): readonly Metrics[] => [
    ...result.trials
      .map((trial) => trial.streams['main'] ?? trial.streams['chain'])
      .filter((one) => one !== undefined),
    ...result.cases.flatMap((one) => (one.path.at(-1) === 'open' && one.pooled !== null ? [one.pooled] : [])),
  ]

  it('is accounted for, step by step, in counts and in time', () => {
    expect(chains()).toHaveLength(4)
    for (const metrics of chains()) {
      const { completed, before, response, glue, steps } = chainOf(metrics)
      let due = metrics.counts.due
      expect(due).toBeGreaterThan(20)
      for (const { counts } of steps) {
        expect(counts.due).toBe(due)
        expect(counts.completed + counts.failed + counts.timedOut + counts.censored).toBe(due)
        due = counts.completed
      }
      expect(completed).toBe(due)
      expect(completed).toBe(metrics.counts.completed)
      const parts = steps.reduce(
        (sum, step) => sum + (step.mean as number),
        (before as number) + (glue.mean as number),
      )
      expect(parts / (metrics.responseTime.mean as number)).toBeCloseTo(1, 9)
      expect(response).toBeCloseTo(metrics.responseTime.mean as number, 0)
    }
  })

  it('takes as long as its servers do at least, each step by itself', () => {
    for (const metrics of chains()) {
      expect(stepOf(metrics, 'find').time.min).toBeGreaterThanOrEqual(4 * MS)
      expect(stepOf(metrics, 'ask').time.min).toBeGreaterThanOrEqual(8 * MS)
      expect(metrics.responseTime.min).toBeGreaterThanOrEqual(12 * MS)
      expect(stepOf(metrics, 'crop').target).toBeNull()
    }
  })

  it('fails where a step failed, and nothing after it is asked', () => {
    for (const metrics of chains()) {
      const ask = stepOf(metrics, 'ask')
      expect(ask.counts.failed).toBeGreaterThan(0)
      expect(ask.failures).toEqual({ 'http-503': ask.counts.failed })
      expect(metrics.failures).toEqual(ask.failures)
      expect(stepOf(metrics, 'rank').counts.due).toBe(ask.counts.completed)
    }
  })
})

it('asked the second server only where the first had answered', () => {
  expect(second.counters().requests).toBeGreaterThan(0)
  expect(second.counters().requests).toBeLessThan(first.counters().requests)
})

it('checks the last answer', () => {
  const { counts } = trialOf(result, 'open')
  expect(counts.checked).toBe(counts.completed)
  expect(counts.incorrect).toBe(0)
})

it('records a chain as one request: what was sent first and what came last', () => {
  const trial = trialOf(result, 'mixed')
  const rows = population(readRecords(project.runs()[0] as string, trial))
  expect(rows).toHaveLength(trial.counts.due)
  const sizes = (stream: string): number[] => [
    ...new Set(rows.filter((row) => row.stream === stream).map((row) => row.bytes_out)),
  ]
  expect(sizes('chain')).toHaveLength(1)
  expect(sizes('chain')).toEqual(sizes('alone'))
})

it('writes a row per step', () => {
  const rows = readFileSync(join(project.runs()[0] as string, 'steps.csv'), 'utf8')
    .trimEnd()
    .split('\n')
  expect(rows[0]).toMatch(/^trial,scenario,case,repeat,stream,step,target,due,sent,completed,/)
  expect(rows).toHaveLength(1 + 3 * 4)
  expect(existsSync(join(project.runs()[0] as string, 'streams.csv'))).toBe(true)
})

it('says which step cannot be reached, and of what chains consist before they run', async () => {
  using other = new E2eProject({ 'chain.bench.ts': BENCH })
  const env = { FIRST_URL: first.url, SECOND_URL: 'http://127.0.0.1:1' }
  const { code, output } = await servebench(other, ['-t', 'open'], { env })
  expect(output).toContain("Step 'ask': Nothing listens on 127.0.0.1:1.")
  expect(code).toBe(4)
  const planned = await servebench(other, ['--dry-run'], { env })
  expect(planned.stdout).toContain('· find → crop → ask → rank')
  expect(planned.stdout).toContain('· chain: find → crop → ask → rank')
})
