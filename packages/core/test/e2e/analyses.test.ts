/** Tables that the core adds to results, and the audit of tables of others. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AnalysisTable, RunResult } from '../../src/report/result.ts'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import { flat, servebench } from './support/cli.ts'
import { E2eProject } from './support/project.ts'

let server: TruthServer
let project: E2eProject
beforeAll(async () => {
  server = await createTruthServer({
    program: {
      service: '2ms',
      rules: [{ when: { path: '/slow' }, service: '4ms' }],
    },
  })
})
afterAll(() => server[Symbol.asyncDispose]())
afterEach(() => project[Symbol.dispose]())

const run = async (bench: string, ...args: string[]): Promise<{ result: RunResult; stdout: string }> => {
  project = new E2eProject({ 'a.bench.ts': bench }, { warmup: '50ms', duration: '150ms', order: 'random' })
  const { code, stdout, output } = await servebench(project, args, { env: { TARGET_URL: server.url } })
  expect(code, output).toBe(0)
  return { result: project.result(), stdout }
}
function table(result: RunResult, name: string): AnalysisTable {
  const found = result.analyses.find((analysis) => analysis.name === name)
  expect(found).toBeDefined()
  return found as AnalysisTable
}
function column(analysis: AnalysisTable, name: string): unknown[] {
  const index = analysis.columns.findIndex((one) => one.name === name)
  return analysis.rows.map((row) => row[index])
}

describe('analyses of a run', () => {
  it('compares two cases repeat by repeat', async () => {
    const { result, stdout } = await run(`
import { closed, http, scenario } from 'servebench'
scenario('paths', {
  matrix: { path: ['slow', 'fast'] },
  versus: { case: { path: 'slow' }, against: { path: 'fast' } },
  target: ({ path }) => http({ url: process.env.TARGET_URL + '/' + path }),
  load: closed({ concurrency: 1, requests: 40 }),
  repeats: 8,
})`)
    const versus = table(result, 'versus')
    expect(column(versus, 'metric')[0]).toBe('responseTime.p50')
    expect(column(versus, 'verdict')[0]).toBe('worse')
    expect(column(versus, 'pairs')[0]).toBe(8)
    expect(column(versus, 'ratio')[0]).toBeGreaterThan(1.5)
    // Trials ran in turn, in the order that the result states.
    expect(versus.notes.join()).not.toContain('before or after')
    expect(result.run.order?.trials).toHaveLength(16)
    expect(stdout).toContain('paths: path=slow against path=fast')
  })

  it('compares the answers of cases before their loads, and does not measure one that differs', async () => {
    project = new E2eProject(
      {
        'a.bench.ts': `
import { closed, generate, inline, scenario } from 'servebench'
const offsets = { one: 0, two: 1e-7, three: 0.5 }
scenario('same model', {
  matrix: { server: ['one', 'two', 'three'] },
  target: ({ server }) => inline(({ x }) => ({ scores: [[x, x + offsets[server]]] })),
  input: generate(({ random }) => ({ x: random.next() })),
  load: closed({ concurrency: 1, requests: 20 }),
  agreement: { inputs: 3 },
})`,
      },
      { warmup: '0ms', order: 'as-written' },
    )
    const { code, stdout } = await servebench(project, [])
    expect(code, stdout).toBe(4)
    const result = project.result()
    const byServer = new Map(result.trials.map((trial) => [trial.case['server'], trial]))
    expect([...byServer.values()].map(({ state }) => state)).toEqual(['completed', 'completed', 'failed'])
    expect(byServer.get('one')?.agreement).toMatchObject({ reference: null, inputs: 3, agrees: true })
    const [scores] = byServer.get('two')?.agreement?.outputs ?? []
    expect(scores).toMatchObject({ name: 'scores', shape: [1, 2], elements: 6, differing: 0 })
    expect(scores?.maxAbsolute).toBeCloseTo(1e-7, 12)
    expect(byServer.get('three')?.agreement).toMatchObject({ agrees: false, reference: { server: 'one' } })
    expect(byServer.get('three')?.error?.message).toContain(
      "The answers differ from server=one: output 'scores'. 3 of 6 elements differ",
    )
    expect(column(table(result, 'agreement'), 'agrees')).toEqual(['reference', 'yes', 'no'])
    // Of what was measured, what a request takes; sent to a function, it takes no bytes.
    expect(column(table(result, 'per-request'), 'sent')).toEqual([0, 0])
    expect(flat(stdout)).toContain('same model: agreement of the answers with those of server=one')
  })

  it('shows reliability against load, and the formulas of articles', async () => {
    const { result, stdout } = await run(`
import { closed, http, scenario } from 'servebench'
scenario('users', {
  matrix: { users: [1, 2, 4] },
  target: http({ url: process.env.TARGET_URL }),
  load: ({ users }) => closed({ concurrency: users, requests: 100 }),
})`)
    const reliability = table(result, 'reliability')
    expect(column(reliability, 'users')).toEqual([1, 2, 4])
    expect(column(reliability, 'failure share')).toEqual([0, 0, 0])
    // The stages of every case that was measured add up to its mean response time.
    const stages = result.analyses.filter(({ name }) => name === 'stages').flatMap(({ rows }) => rows)
    for (const one of result.cases.filter(({ pooled }) => pooled !== null)) {
      const own = stages.filter(
        ([name, , stage]) => name === `users=${one.case['users']}` && stage !== 'encode',
      )
      const sum = own.reduce((all, row) => all + (row[3] as number), 0)
      expect(Math.abs(sum / (one.pooled?.responseTime.mean ?? NaN) - 1)).toBeLessThan(1e-9)
    }
    const little = table(result, 'littles-law')
    // Of one user the formulas hold, and there is nothing to see.
    expect(column(little, 'users')).toEqual(expect.arrayContaining([2, 4]))
    for (const { plan, throughput, responseTime } of result.trials) {
      const at = column(little, 'users').indexOf(plan.case['users'])
      if (plan.case['users'] === 1) continue
      expect(column(little, 'throughput')[at]).toBeCloseTo(throughput as number, 6)
      expect(column(little, '1 ÷ mean')[at]).toBeCloseTo(1e9 / (responseTime.mean as number), 6)
    }
    expect(stdout).toContain('reliability against users')
  })

  it('refuses a versus of values that the matrix lacks', async () => {
    project = new E2eProject({
      'a.bench.ts': `
import { closed, http, scenario } from 'servebench'
scenario('paths', {
  matrix: { path: ['slow', 'fast'] },
  versus: { case: { path: 'slow' }, against: { path: 'fats' } } as never,
  target: http({ url: process.env.TARGET_URL }),
  load: closed({ concurrency: 1 }),
})`,
    })
    const { code, output } = await servebench(project, ['list'], { env: { TARGET_URL: server.url } })
    expect(code).toBe(2)
    expect(flat(output)).toContain("versus.against.path: the axis has no value 'fats'")
  })
})

describe('audit', () => {
  it('flags rows that no client can have seen, and lets others pass', async () => {
    project = new E2eProject({
      'bad.csv': 'Concurrency,Throughput,P99 latency (ms)\n10,41.05,25.48\n',
      'good.md': '| users | req/s | mean (ms) |\n|---|---|---|\n| 4 | 100 | 40 |\n',
      'none.csv': 'users,req/s,mean (ms)\n',
    })
    const bad = await servebench(project, ['audit', 'bad.csv'])
    expect(bad.code, bad.output).toBe(1)
    expect(flat(bad.stdout)).toContain('It is a time inside the server, not what users saw')
    const good = await servebench(project, ['audit', 'good.md', '--json'])
    expect(good.code, good.output).toBe(0)
    expect(JSON.parse(good.stdout)).toMatchObject({ flagged: 0, rows: [{ users: 4, verdict: 'consistent' }] })
    expect((await servebench(project, ['audit', 'good.md', '--think-time', '40ms'])).code).toBe(1)
    for (const args of [['none.csv'], ['missing.csv'], ['good.md', '--tolerance', 'x']]) {
      const refused = await servebench(project, ['audit', ...args])
      expect(refused.code, refused.output).toBe(2)
      expect(refused.stderr).not.toContain('Internal error')
    }
  })
})
