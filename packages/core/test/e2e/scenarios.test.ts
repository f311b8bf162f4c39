/** What a scenario can say besides its load: answers that are checked, SLOs, inputs, streams, sequences, setup. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import type { RunResult, Trial } from '../../src/report/result.ts'
import { servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'
import { population, readRecords, type RecordRow } from './support/records.ts'

/** One server for all: it answers with a receipt, or as the path asks for. */
const PROGRAM = {
  rules: [
    { when: { path: '/echo' }, answer: { body: { kind: 'echo' } } },
    { when: { path: '/slow' }, service: '30ms' },
    { when: { path: '/flaky', every: 3 }, answer: { status: 503 } },
  ],
} as const

let server: TruthServer
beforeAll(async () => {
  server = await createTruthServer({ program: PROGRAM })
})
afterAll(() => server[Symbol.asyncDispose]())

/** Runs one bench file; what several tests look at is run once. */
class BenchRun {
  readonly project: E2eProject
  run!: CliResult
  result!: RunResult

  constructor(source: string, config: object = {}) {
    this.project = new E2eProject({ 'a.bench.ts': source }, config)
  }

  async measure(args: readonly string[] = []): Promise<void> {
    this.run = await servebench(this.project, args, { env: { TARGET_URL: server.url } })
    this.result = this.project.result()
  }

  trial(name: string, values: Readonly<Record<string, unknown>> = {}): Trial {
    return trialOf(this.result, name, values)
  }

  rows(name: string): RecordRow[] {
    return readRecords(this.project.runs().at(-1) as string, this.trial(name))
  }
}

const HEAD = `
import { closed, constantRate, describe, generate, http, inline, scenario, stream } from 'servebench'
const url = process.env.TARGET_URL
`

describe('answers', () => {
  const bench = new BenchRun(`${HEAD}
import { crc32 } from 'node:zlib'
const target = http({ url: url + '/echo' })
const load = closed({ concurrency: 2, requests: 40 })
const input = { body: { text: 'hello' } }
scenario('correct', { target, input, load, check: (response) => response.json().text === 'hello' })
scenario('incorrect', { target, input, load, check: (response) => response.json().text === 'goodbye' })
scenario('async', { target, input, load, check: async (response) => (await Promise.resolve(response.status)) === 200 })
scenario('throws', { target, input, load, check: () => { throw new Error('what is this?') } })
scenario('by case', { matrix: { word: ['hello', 'x'] }, target, input, load, check: (response, { word }) => response.json().text === word })
scenario('size', { target, input: { body: 'abcdefgh' }, load, expect: { bytes: 8 } })
scenario('wrong size', { target, input: { body: 'abcdefgh' }, load, expect: { bytes: 9 } })
scenario('hash', { target, input: { body: 'abcdefgh' }, load, expect: { crc32: crc32('abcdefgh') } })
scenario('wrong hash', { target, input: { body: 'abcdefgh' }, load, expect: { crc32: 1 }, slo: { errorRate: 1 } })
`)
  beforeAll(() => bench.measure(), 60_000)
  afterAll(() => bench.project[Symbol.dispose]())

  it.each([
    ['correct', {}, 0, 40],
    ['incorrect', {}, 40, 40],
    ['async', {}, 0, 40],
    ['throws', {}, 40, 40],
    ['by case', { word: 'hello' }, 0, 40],
    ['by case', { word: 'x' }, 40, 40],
    ['size', {}, 0, 0],
    ['wrong size', {}, 40, 0],
    ['hash', {}, 0, 0],
    ['wrong hash', {}, 40, 0],
  ])('of %j %j: %d of 40 are incorrect, %d were looked at by check', (name, values, incorrect, checked) => {
    const { counts, goodput, throughput } = bench.trial(name, values)
    expect(counts).toMatchObject({ due: 40, completed: 40, incorrect, checked })
    expect(throughput).toBeGreaterThan(0)
    if (incorrect > 0) expect(goodput).toBe(0)
    else expect(goodput).toBeGreaterThan(0)
  })

  it('quotes what check threw', () => {
    const { verdict } = bench.trial('throws')
    expect(verdict.reasons).toContainEqual(
      expect.objectContaining({
        code: 'check-threw',
        severity: 'note',
        message: expect.stringContaining('what is this?'),
      }),
    )
    expect(bench.run.stdout).toContain('what is this?')
  })

  it('fails the run by incorrect answers, unless an errorRate allows them', () => {
    expect(bench.run.code).toBe(1)
    const reasons = bench.result.run.exit.reasons.join('\n')
    expect(reasons).toContain(
      'incorrect: 40 of 40 requests did not complete correctly, and no errorRate allows that.',
    )
    expect(reasons).not.toContain('wrong hash')
  })
})

describe('service level objectives', () => {
  const bench = new BenchRun(`${HEAD}
const load = constantRate({ rate: 200 })
const slow = http({ url: url + '/slow' })
scenario('kept', { target: slow, load, slo: { responseTime: { max: '20s' }, errorRate: 0 } })
scenario('missed', { target: slow, load, slo: { responseTime: { max: '20ms' } } })
scenario('undecided', { target: slow, load, slo: { p99: '10s' } })
scenario('deadline', { target: slow, load, slo: { p50: '2s', deadline: '10ms' } })
`)
  beforeAll(() => bench.measure(), 60_000)
  afterAll(() => bench.project[Symbol.dispose]())

  it('are judged by intervals', () => {
    expect(bench.trial('kept').slo).toMatchObject({ verdict: 'pass' })
    expect(bench.trial('missed').slo).toMatchObject({
      verdict: 'fail',
      terms: [{ term: 'responseTime.max', limit: 20e6, verdict: 'fail' }],
    })
    // 60 requests cannot bound a p99 from above.
    expect(bench.trial('undecided').slo).toMatchObject({ verdict: 'undecided' })
    expect(bench.trial('undecided').verdict.reasons).toContainEqual(
      expect.objectContaining({ code: 'few-samples', severity: 'invalid' }),
    )
  })

  it('count as good only what kept the deadline', () => {
    expect(bench.trial('deadline').goodput).toBe(0)
    expect(bench.trial('deadline').throughput).toBeGreaterThan(0)
    expect(bench.trial('kept').goodput).toBeGreaterThan(0)
  })

  it('decide the exit code: a miss before an invalid measurement', () => {
    expect(bench.run.code).toBe(1)
    expect(bench.result.run.exit.reasons[0]).toBe('missed: responseTime.max misses its limit.')
    expect(bench.run.stdout).toMatch(/SLO +responseTime\.max ≤ 20\.0 ms: .* fail/)
  })
})

describe('inputs', () => {
  const bench = new BenchRun(`${HEAD}
import { bytes, image, tensors, text } from 'servebench/inputs'
const target = http({ url: url + '/echo' })
const load = closed({ concurrency: 1, requests: 30 })
scenario('literal', { target, load, input: { body: { n: 1n }, items: 3 }, check: (response) => response.text() === '{"n":1}' })
scenario('function of the case', { matrix: { batch: [2, 5] }, target, load, input: ({ batch }) => ({ body: { batch }, items: batch }) })
scenario('generated', {
  target, load,
  input: generate(({ index, random }) => ({ body: { index, draw: random.int(1e6) }, label: index % 2 === 0 ? 'even' : 'odd' })),
})
scenario('sample', { target, load, input: { json: { prompt: 'x' } }, check: (response) => response.json().prompt === 'x' })
scenario('tensors', { target, load, input: tensors({ shapes: { x: [2, 3] }, datatypes: { x: 'FP32' } }), check: (response) => response.json().x.length === 2 && response.json().x[0].length === 3 })
scenario('image', { target, load, input: image({ size: 4, name: 'in', batch: 2 }), check: (response) => response.json().in.length === 2 && response.json().in[0].length === 3 })
scenario('text', { target, load, input: text({ words: 7 }), check: (response) => response.text().split(' ').length === 7 })
scenario('bytes', { target, load, input: bytes({ size: '2KiB' }), expect: { bytes: 2048 } })
scenario('none', { target: http({ url }), load, check: (response) => response.json().method === 'GET' })
`)
  beforeAll(() => bench.measure(), 60_000)
  afterAll(() => bench.project[Symbol.dispose]())

  it('arrive as they were written', () => {
    expect(bench.run.output).toContain('run         10 cases')
    for (const trial of bench.result.trials)
      expect(trial.counts, trial.path.join()).toMatchObject({ due: 30, completed: 30, incorrect: 0 })
    expect(bench.run.code).toBe(0)
  })

  it('count inferences', () => {
    expect(bench.trial('literal').items.perRequest).toBe(3)
    expect(bench.trial('function of the case', { batch: 5 }).items.perRequest).toBe(5)
    expect(bench.trial('image').items.perRequest).toBe(2)
    expect(bench.trial('none').items.perRequest).toBe(1)
  })

  it('are encoded once, in a ring', () => {
    expect(bench.trial('literal').payloads).toMatchObject({ count: 1, distinct: 1 })
    expect(bench.trial('generated').payloads).toMatchObject({ count: 64, distinct: 64 })
    expect(bench.trial('tensors').payloads).toMatchObject({ count: 16, distinct: 16 })
  })

  it('split distributions by label', () => {
    const { labels, counts } = bench.trial('generated')
    expect(Object.keys(labels ?? {}).sort()).toEqual(['even', 'odd'])
    expect((labels?.['even']?.count ?? 0) + (labels?.['odd']?.count ?? 0)).toBe(counts.completed)
  })
})

describe('exchanges', () => {
  const bench = new BenchRun(`${HEAD}
import { unique } from 'servebench'
scenario('streams', {
  streams: {
    fast: stream({ target: http({ url: url + '/a' }), load: constantRate({ rate: 200 }), slo: { responseTime: { max: '20s' } } }),
    slow: stream({ target: http({ url: url + '/slow' }), load: closed({ concurrency: 2 }) }),
  },
})
scenario('weights', {
  load: constantRate({ rate: 400 }),
  streams: {
    three: stream({ target: http({ url: url + '/three' }), weight: 3 }),
    one: stream({ target: http({ url: url + '/one' }), weight: 1 }),
  },
})
scenario('sequences', {
  target: http({ url: url + '/echo' }),
  exchange: { sequence: { steps: 4, thinkTime: '5ms' } },
  input: generate(({ index }) => ({ body: { sequence: unique.sequence, index } })),
  load: closed({ concurrency: 2, requests: 10 }),
  check: (response) => Number.parseInt(response.json().sequence, 16) > 0,
})
scenario('retried', { target: http({ url: url + '/flaky' }), load: closed({ concurrency: 1, requests: 30 }), retry: 2 })
scenario('not retried', { target: http({ url: url + '/flaky' }), load: closed({ concurrency: 1, requests: 30 }), retry: { attempts: 2, on: ['reset'] }, slo: { errorRate: 1 } })
scenario('inline', {
  target: inline(async (request: { n: number }, { signal }) => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    if (request.n === 13) throw new Error('no')
    return { doubled: request.n * 2, aborted: signal.aborted }
  }),
  input: generate(({ index }) => ({ n: index })),
  load: closed({ concurrency: 4, requests: 64 }),
  check: (response) => response.doubled % 2 === 0 && !response.aborted,
  slo: { errorRate: 0.1 },
})
`)
  beforeAll(() => bench.measure(), 60_000)
  afterAll(() => bench.project[Symbol.dispose]())

  it('of several streams are counted apart and together', () => {
    const trial = bench.trial('streams')
    expect(trial.streams['fast']?.counts).toMatchObject({ due: 60, completed: 60 })
    const slow = trial.streams['slow']?.counts.due ?? 0
    expect(slow).toBeGreaterThan(0)
    expect(trial.counts.due).toBe(60 + slow)
    expect(trial.slo).toMatchObject({ verdict: 'pass', terms: [{ term: 'fast.responseTime.max' }] })
    const rows = population(bench.rows('streams'))
    expect(rows.filter((row) => row.stream === 'slow')).toHaveLength(slow)
    // Every arrival goes to one of them, by chance: three in four, within four standard deviations.
    const { counts, streams } = bench.trial('weights')
    const three = streams['three']?.counts.due ?? 0
    expect(counts.due).toBe(120)
    expect(three + (streams['one']?.counts.due ?? 0)).toBe(120)
    expect(Math.abs(three - 90)).toBeLessThan(4 * Math.sqrt(120 * 0.1875))
  })

  it('of a sequence follow each other, each due after the answer before and the think time', () => {
    const { counts } = bench.trial('sequences')
    expect(counts.due).toBeGreaterThanOrEqual(40)
    expect(counts).toMatchObject({ completed: counts.due, incorrect: 0 })
    const rows = population(bench.rows('sequences'))
    const begun = new Set(rows.filter((row) => row.index === 0).map((row) => row.unit))
    expect(begun.size).toBe(10)
    for (const [unit, steps] of Map.groupBy(rows, (row) => row.unit)) {
      // Its first steps belong to the warm-up.
      if (!begun.has(unit)) continue
      const ordered = steps.sort((a, b) => a.index - b.index)
      expect(ordered.map((row) => row.index)).toEqual([0, 1, 2, 3])
      for (const [index, step] of ordered.slice(1).entries()) {
        expect(step.intended - (ordered[index]?.completion as number)).toBeCloseTo(5e6, 0)
      }
    }
  })

  it('are retried, and the response time spans the attempts', () => {
    const { counts } = bench.trial('retried')
    expect(counts).toMatchObject({ due: 30, completed: 30, failed: 0 })
    expect(counts.retried).toBeGreaterThan(5)
    const rows = bench.rows('retried').filter((row) => row.phase === 'measurement')
    const retried = rows.filter((row) => row.outcome === 'retried')
    expect(retried.length).toBe(counts.retried)
    for (const first of retried) {
      const last = rows.find((row) => row.unit === first.unit && row.attempt === first.attempt + 1)
      expect(last?.intended).toBe(first.intended)
      expect(first).toMatchObject({ failure: 'http', code: 503 })
    }
    expect(bench.trial('not retried').counts.retried).toBe(0)
    expect(bench.trial('not retried').counts.failed).toBeGreaterThan(5)
    expect(bench.trial('not retried').failures).toEqual({
      'http-503': bench.trial('not retried').counts.failed,
    })
  })

  it('of a function in the bench file are measured like any others', () => {
    const { counts, failures, engine, serviceTime } = bench.trial('inline')
    expect(counts).toMatchObject({ due: 64, incorrect: 0 })
    expect(failures).toEqual({ application: counts.failed })
    expect(counts.failed).toBeLessThanOrEqual(2)
    expect(engine.name).toBe('inline')
    expect(serviceTime.min).toBeGreaterThan(4e6)
  })
})

describe('connections and the cap', () => {
  const bench = new BenchRun(`${HEAD}
scenario('kept alive', { target: http({ url }), load: closed({ concurrency: 2, requests: 40 }) })
scenario('per request', { target: http({ url }), load: closed({ concurrency: 2, requests: 40 }), connections: { reuse: 'per-request' }, warmup: 0 })
scenario('shared', { target: http({ url: url + '/slow' }), load: closed({ concurrency: 4, requests: 12 }), connections: 1 })
scenario('queued', { target: http({ url: url + '/slow' }), load: constantRate({ rate: 100 }), maxInFlight: 2, overflow: 'queue', drain: '3s' })
scenario('dropped', { target: http({ url: url + '/slow' }), load: constantRate({ rate: 100 }), maxInFlight: 2, overflow: 'drop', slo: { errorRate: 1 } })
scenario('warmed up by count', { target: http({ url }), load: constantRate({ rate: 200 }), warmup: 25 })
`)
  beforeAll(() => bench.measure(), 60_000)
  afterAll(() => bench.project[Symbol.dispose]())

  it('keeps connections alive, or opens one per request', () => {
    expect(bench.trial('kept alive').connections).toMatchObject({ count: 2, opened: 2 })
    const { connections } = bench.trial('per request')
    expect(connections.opened).toBeGreaterThanOrEqual(40)
    expect(connections.connectMean).toBeGreaterThan(0)
  })

  it('charges the wait for a connection to the request', () => {
    const { transportWait, serviceTime } = bench.trial('shared')
    // Three of four wait for 1 to 3 others, 30 ms each.
    expect(transportWait.p50).toBeGreaterThan(28e6)
    expect(serviceTime.p50).toBeLessThan(transportWait.max as number)
  })

  it('queues above the cap, which shows in the response time, or drops and counts', () => {
    const queued = bench.trial('queued')
    expect(queued.counts).toMatchObject({ due: 30, dropped: 0, completed: 30 })
    expect(queued.inFlight.max).toBe(2)
    // 100/s arrive and 2 / 30 ms leave: the last one waits for a third of 300 ms and more.
    expect(queued.responseTime.max).toBeGreaterThan(100e6)
    const dropped = bench.trial('dropped')
    expect(dropped.counts.due).toBe(30)
    expect(dropped.counts.dropped).toBeGreaterThan(5)
    expect(dropped.counts.completed + dropped.counts.dropped).toBe(30)
    expect(dropped.counts.sent).toBe(dropped.counts.completed)
    expect(bench.run.stdout).toMatch(/errors\s+\d+\sof\s30\s\(.*\): \d+\sdropped/)
  })

  it('begins to measure after so many requests', () => {
    const { phases } = bench.trial('warmed up by count')
    // 25 requests at 200/s take 120 ms; the beginning is then announced 50 ms ahead.
    expect(phases.measurement.from).toBeGreaterThan(165e6)
    const warm = bench.rows('warmed up by count').filter((row) => row.phase === 'warmup')
    expect(warm.length).toBeGreaterThanOrEqual(25)
  })
})

describe('setup', () => {
  it('runs before the first trial, passes its data on, and is undone in reverse after the last', async () => {
    const bench = new BenchRun(`${HEAD}
import { appendFileSync } from 'node:fs'
const log = (line) => appendFileSync('log.txt', line + '\\n')
scenario('with setup', {
  matrix: { n: [1, 2] },
  repeats: 2,
  setup: async ({ defer }) => {
    log('setup')
    defer(() => log('undone first'))
    defer(async () => log('undone before'))
    return { path: '/from-setup', word: 'hello' }
  },
  target: (_, { path }) => http({ url: url + path }),
  input: ({ n }, { word }) => ({ body: { n, word } }),
  load: closed({ concurrency: 1, requests: 5 }),
  check: (response, { n }, { word, path }) => response.json().path === path && n > 0 && word === 'hello',
})
scenario('without', { target: http({ url }), load: closed({ concurrency: 1, requests: 5 }) })`)
    using project = bench.project
    await bench.measure()
    expect(bench.run.code, bench.run.output).toBe(0)
    expect(bench.result.trials).toHaveLength(5)
    expect(
      bench.result.trials.every((trial) => trial.state === 'completed' && trial.counts.incorrect === 0),
    ).toBe(true)
    expect(readFileSync(project.path('log.txt'), 'utf8')).toBe('setup\nundone before\nundone first\n')
  })

  it('that fails is told, costs only its scenario, and is undone', async () => {
    const bench = new BenchRun(`${HEAD}
import { appendFileSync } from 'node:fs'
scenario('broken', {
  setup: ({ defer }) => {
    defer(() => appendFileSync('log.txt', 'undone'))
    throw new Error('no database')
  },
  target: http({ url }),
  load: closed({ concurrency: 1, requests: 5 }),
})
scenario('fine', { target: http({ url }), load: closed({ concurrency: 1, requests: 5 }) })`)
    using project = bench.project
    await bench.measure()
    expect(bench.run.code).toBe(2)
    expect(bench.run.stderr).toContain('no database')
    expect(bench.trial('fine').state).toBe('completed')
    expect(readFileSync(project.path('log.txt'), 'utf8')).toBe('undone')
    expect(bench.result.run.exit.code).toBe(2)
    expect(bench.result.run.exit.reasons.join()).toContain('no database')
  })
})
