/** A search for the highest load of a server whose capacity is known, from the bench file to the reports. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { AnalysisTable } from '../../src/report/result.ts'
import { createTruthServer } from '../../src/testing.ts'
import { flat, servebench } from './support/cli.ts'
import { E2eProject } from './support/project.ts'

let project: E2eProject
afterEach(() => project[Symbol.dispose]())

const HEAD = `import { capacityPlan, closed, constantRate, findMax, http, poisson, scenario } from 'servebench'
const target = http({ url: process.env.TARGET_URL ?? 'http://127.0.0.1:9/' })
`
/** A busy machine makes single measurements invalid, which is not what these tests are about. */
const QUIET = `gates: { foreignCpu: { invalid: null }, dispatchLag: { invalid: null }, accounting: { invalid: null } }`

it('finds how many users a server admits, in every case, and reports it everywhere', async () => {
  // The fifth request at a time is turned away, however fast or slow this machine is.
  await using server = await createTruthServer({ program: { servers: 4, queue: 0, service: '2ms' } })
  project = new E2eProject({
    'a.bench.ts': `${HEAD}
scenario('capacity', {
  target,
  matrix: { from: [1, 3] },
  search: ({ from }) => findMax({ vary: 'concurrency', from, to: 32, patience: 4, confirm: '500ms', plan: capacityPlan({ demand: 1e5, headroom: 0.5 }) }),
  slo: { errorRate: 0.05 },
  warmup: '100ms', duration: '500ms', cooldown: '100ms', drain: '3s', ${QUIET},
})`,
  })
  const reporters = ['console', 'junit', 'markdown', 'csv'].flatMap((name) => ['--reporter', name])
  const { code, output, stdout, stderr } = await servebench(project, reporters, {
    env: { TARGET_URL: server.url },
    timeout: 110_000,
  })
  // 3: measurements this short may rest on too few independent samples, which the verdict then says.
  expect([0, 3], output).toContain(code)
  const result = project.result()
  expect(result.searches).toHaveLength(2)
  for (const search of result.searches) {
    expect(search.outcome, search.message).toBe('found')
    expect(search.answer?.value, output).toBe(4)
    // The confirmation is the case's own result; other probes belong to no case.
    const one = result.cases.find(({ id }) => id === search.id)
    expect(one?.trials).toEqual(search.answer?.trials)
    const confirmed = result.trials.find(({ id }) => id === one?.trials[0])
    expect(confirmed).toMatchObject({ role: 'probe', plan: { probe: { value: search.answer?.value } } })
    expect(search.probes.length).toBeGreaterThan(2)
    expect(result.trials.filter(({ caseId }) => caseId === search.id)).toHaveLength(search.probes.length)
  }
  const text = flat(stdout)
  expect(text).toContain('capacity > from=1: highest concurrency inside the SLO')
  expect(text).toMatch(/answer 4 users/)
  expect(stderr).toContain('1 user, the lowest load')
  expect(stderr).toMatch(/users, confirming the answer/)
  const read = (name: string): string => readFileSync(join(project.runs()[0] as string, name), 'utf8')
  expect(read('junit.xml')).toMatch(
    /<testcase classname="capacity" name="capacity &gt; from=1: highest concurrency/,
  )
  expect(read('report.md')).toContain('highest concurrency inside the SLO')
  expect(read('searches.csv').split('\n')[0]).toContain('answer,answer.low,answer.high')
  const plan = result.analyses.find(({ name }) => name === 'capacity-plan') as AnalysisTable
  expect(plan.rows).toHaveLength(2)
  const later = await servebench(project, ['capacity', '--demand', '200000', '--headroom', '50%', '--json'])
  const [twice] = JSON.parse(later.stdout) as AnalysisTable[]
  for (const [index, row] of plan.rows.entries()) {
    const perMachine = row[2] as number
    // Half of what was measured at the answer stays free.
    expect(row[4]).toBe(Math.ceil(1e5 / (perMachine / 2)))
    expect(twice?.rows[index]?.[4]).toBe(Math.ceil(2e5 / (perMachine / 2)))
  }
  expect((await servebench(project, ['capacity', '--by', 'colour'])).code).toBe(2)
}, 120_000)

it('fails when the answer is below what is demanded, or when not even the lowest load passes', async () => {
  await using server = await createTruthServer({
    program: { service: '5ms', rules: [{ when: { path: '/slow' }, service: '80ms' }] },
  })
  project = new E2eProject({
    'a.bench.ts': `${HEAD}
const options = {
  slo: { p90: '50ms', errorRate: 0.01 },
  warmup: '100ms', duration: '500ms', cooldown: '0s', ${QUIET},
} as const
scenario('demanded', {
  ...options, target,
  search: findMax({ vary: 'concurrency', from: 1, to: 2, atLeast: 4, confirm: false }),
})
scenario('slow', {
  ...options, target: http({ url: process.env.TARGET_URL + '/slow' }),
  search: findMax({ vary: 'concurrency', from: 2, to: 8 }),
})`,
  })
  const { code, output, stdout } = await servebench(project, [], { env: { TARGET_URL: server.url } })
  expect(code, output).toBe(1)
  expect(project.result().searches.map(({ outcome }) => outcome)).toEqual(['above-range', 'below-range'])
  const text = flat(stdout)
  expect(text).toContain('demanded: the answer, 2 users, is below 4 users.')
  expect(text).toContain('The SLO does not hold at the lowest load, 2 users')
})

it('nothing listens: the search ends with the first probe, and so does the run, with 4', async () => {
  project = new E2eProject({
    'a.bench.ts': `${HEAD}
scenario('gone', { target, search: findMax({ vary: 'rate', from: 10 }), slo: { p99: '1s' } })`,
  })
  const { code, output } = await servebench(project)
  expect(code, output).toBe(4)
  const [search] = project.result().searches
  expect(search).toMatchObject({ outcome: 'failed', answer: null })
  expect(search?.probes).toHaveLength(1)
})

it('says all that is wrong with a search, before anything runs', async () => {
  project = new E2eProject({
    'a.bench.ts': `${HEAD}
scenario('no slo', { target, search: findMax({ vary: 'rate', from: 10 }) })
scenario('loop', { target, load: closed({ concurrency: 1 }), search: findMax({ vary: 'rate', from: 10 }), slo: { p99: '1s' } })
scenario('open', { target, load: poisson({ rate: 1 }), search: findMax({ vary: 'concurrency', from: 1 }), slo: { p99: '1s' } })
scenario('range', { target, search: findMax({ vary: 'rate', from: 10, to: 5, precision: 2, groth: 3 } as never), slo: { p99: '1s' } })
scenario('floor', { target, search: findMax({ vary: 'rate', from: 10 }), slo: { p99: '1s', throughput: 100 } })
scenario('many', { target, search: findMax({ vary: 'concurrency', from: 1, to: 100 }), slo: { p99: '1s' }, maxInFlight: 50 })
scenario('what', { target, search: 'max' as never, slo: { p99: '1s' }, load: poisson({ rate: 1 }) })`,
  })
  const { code, stderr } = await servebench(project)
  expect(code).toBe(2)
  const text = flat(stderr)
  expect(text).toContain('a search looks for the highest load at which the SLO holds, and there is none')
  expect(text).toContain('a closed loop has no rate: use poisson(), or vary the concurrency.')
  expect(text).toContain('only users of a closed loop can be varied as concurrency')
  expect(text).toContain('5 is below `from`, 10.')
  expect(text).toContain("there is no such option. Did you mean 'growth'?")
  expect(text).toContain('expected a number from 0.001 to 0.5, not 2.')
  expect(text).toContain('give the search `atLeast` instead')
  expect(text).toContain('100 users do not fit into maxInFlight, 50')
  expect(text).toContain("expected findMax({ vary: 'rate', from: 10 }), not 'max'.")
})
