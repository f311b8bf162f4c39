/** Which cases run: matrix, exclude, names, tags, only, skip; and with which settings, and where these come from. */
import { afterEach, describe, expect, it } from 'vitest'
import { servebench } from './support/cli.ts'
import { E2eProject } from './support/project.ts'

let project: E2eProject
afterEach(() => project[Symbol.dispose]())

const HEAD = `
import { closed, constantRate, describe, http, scenario } from 'servebench'
const target = http({ url: 'http://127.0.0.1:9/' })
const load = closed({ concurrency: 1 })
`

interface Listed {
  readonly file: string
  readonly line: number
  readonly path: string[]
  readonly tags: string[]
  readonly cases: Record<string, unknown>[]
  readonly skipped: Record<string, unknown>[]
}

async function list(...args: string[]): Promise<Listed[]> {
  const run = await servebench(project, ['list', '--json', ...args])
  expect(run.output, run.stderr).toBe(run.stdout)
  expect(run.code).toBe(0)
  return JSON.parse(run.stdout) as Listed[]
}

interface DryRun {
  readonly seed: string
  readonly trials: {
    readonly path: string[]
    readonly case: Record<string, unknown>
    readonly repeat: number
    readonly effective: { path: string; value: unknown; origin: string }[]
  }[]
  readonly skipped: { readonly path: string[]; readonly reason: string }[]
  readonly estimate: { readonly total: number; readonly openEnded: number }
}

async function dryRun(args: string[] = [], env: Record<string, string> = {}): Promise<DryRun> {
  const run = await servebench(project, ['--dry-run', '--json', ...args], { env })
  expect(run.code, run.output).toBe(0)
  return JSON.parse(run.stdout) as DryRun
}

describe('cases', () => {
  it('are the combinations of the axes, without the excluded ones, the last axis varying fastest', async () => {
    project = new E2eProject({
      'm.bench.ts': `${HEAD}
scenario('pairs', {
  matrix: { size: [1, 2, 3], mode: ['a', 'b'], on: [true] },
  exclude: [{ size: 2, mode: 'b' }],
  target,
  load,
})
scenario('computed', { matrix: { n: [1, 2, 3, 4] }, exclude: ({ n }) => n % 2 === 0, target, load })`,
    })
    const [pairs, computed] = await list()
    expect(pairs?.cases.map(({ size, mode }) => `${String(size)}${String(mode)}`)).toEqual([
      '1a',
      '1b',
      '2a',
      '3a',
      '3b',
    ])
    expect(computed?.cases).toEqual([{ n: 1 }, { n: 3 }])
    expect(pairs).toMatchObject({ file: 'm.bench.ts', path: ['pairs'], line: 6 })
  })

  it('are chosen by name, by tag and by value', async () => {
    project = new E2eProject({
      'a.bench.ts': `${HEAD}
describe('models', { tags: ['all'] }, () => {
  scenario('small', { matrix: { batch: [1, 8] }, tags: ['fast'], target, load })
  scenario('large', { matrix: { batch: [1, 8] }, tags: ['slow'], target, load })
})`,
      'sub/b.bench.ts': `${HEAD}
scenario('other', { target, load })`,
    })
    const names = (listed: readonly Listed[]): string[] =>
      listed.flatMap(({ path, cases }) =>
        cases.map((at) => `${path.at(-1)}${typeof at['batch'] === 'number' ? at['batch'] : ''}`),
      )
    expect(names(await list())).toEqual(['small1', 'small8', 'large1', 'large8', 'other'])
    expect(names(await list('sub'))).toEqual(['other'])
    expect(names(await list('-t', 'small'))).toEqual(['small1', 'small8'])
    expect(names(await list('-t', 'models > .* > batch=8$'))).toEqual(['small8', 'large8'])
    expect(names(await list('--tag', 'fast'))).toEqual(['small1', 'small8'])
    expect(names(await list('--tag', 'all', '--tag', '!slow'))).toEqual(['small1', 'small8'])
    expect(names(await list('--set', 'batch=8', 'a.bench'))).toEqual(['small8', 'large8'])
    const text = await servebench(project, ['list', '-t', 'small'])
    expect(text.stdout).toBe(
      'a.bench.ts\n  models > small #all #fast\n    batch=1\n    batch=8\n2 cases in 1 scenario\n',
    )
  })

  it('says what to do when a filter leaves none, and when an axis does not exist', async () => {
    project = new E2eProject({
      'a.bench.ts': `${HEAD}\nscenario('one', { matrix: { batch: [1] }, target, load })`,
    })
    const none = await servebench(project, ['list', '-t', 'nonsense'])
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('The filters leave none of the 1 cases.')
    const axis = await servebench(project, ['list', '--set', 'bathc=1'])
    expect(axis.code).toBe(2)
    expect(axis.stderr).toContain("No scenario has an axis 'bathc'.")
    expect(axis.stderr).toContain("Did you mean 'batch'?")
    const file = await servebench(project, ['list', 'nonsense'])
    expect(file.code).toBe(2)
    expect(file.stderr).toContain("No bench file matches 'nonsense'.")
  })

  it('leaves all others out beside `only`, and says so', async () => {
    project = new E2eProject({
      'a.bench.ts': `${HEAD}
scenario('one', { target, load })
scenario('two', { only: true, target, load })`,
    })
    const run = await servebench(project, ['list'])
    expect(run.stdout).toContain('two')
    expect(run.stdout).not.toContain('one\n')
    expect(run.stderr).toContain('1 of 2 scenarios are left out because of `only` at a.bench.ts:7.')
  })

  it('skips with a reason, and skipped cases need no plugin', async () => {
    project = new E2eProject({
      'a.bench.ts': `${HEAD}
scenario('here', { target, load })
scenario('elsewhere', { matrix: { gpu: [false, true] }, skip: ({ gpu }) => (gpu ? 'no GPU here' : false), target, load })
scenario('never', { skip: true, target: { kind: 'x', package: 'not-installed', options: {} }, load })`,
    })
    const plan = await dryRun()
    expect(plan.trials.map(({ path }) => path.at(-1))).toEqual(['here', 'elsewhere'])
    expect(plan.skipped.map(({ path, reason }) => [path.at(-1), reason])).toEqual([
      ['elsewhere', 'no GPU here'],
      ['never', expect.any(String)],
    ])
    const listed = await servebench(project, ['list'])
    expect(listed.stdout).toContain('gpu=true skipped: no GPU here')
  })
})

describe('settings', () => {
  it('come from defaults, configuration, describe, scenario, environment, command line, in this order', async () => {
    project = new E2eProject(
      {
        'a.bench.ts': `${HEAD}
describe('outer', { timeout: '4s', connections: { count: 5 }, duration: '5s' }, () => {
  describe('inner', { timeout: '3s' }, () => {
    scenario('x', { drain: '2s', connections: { reuse: 'per-request' }, target, load })
  })
})`,
      },
      { maxInFlight: 77, drain: '9s' },
    )
    const settings = async (
      args: string[] = [],
      env: Record<string, string> = {},
    ): Promise<Record<string, string>> => {
      const [trial] = (await dryRun(args, env)).trials
      return Object.fromEntries(
        (trial?.effective ?? []).map(({ path, value, origin }) => [
          path,
          `${JSON.stringify(value)} ${origin}`,
        ]),
      )
    }
    const plain = await settings()
    expect(plain).toMatchObject({
      maxInFlight: '77 servebench.config.json',
      drain: "2000000000 scenario 'x'",
      timeout: "3000000000 describe 'inner'",
      duration: "5000000000 describe 'outer'",
      'connections.count': "5 describe 'outer'",
      'connections.reuse': `"per-request" scenario 'x'`,
      overflow: '"queue" default',
    })
    const set = await settings(['--timeout', '700ms'], { SERVEBENCH_DRAIN: '1s', SERVEBENCH_TIMEOUT: '1s' })
    expect(set).toMatchObject({ timeout: '700000000 --timeout', drain: '1000000000 SERVEBENCH_DRAIN' })
  })

  it('refuses all wrong ones at once, with where they come from and what was meant', async () => {
    project = new E2eProject(
      { 'a.bench.ts': `${HEAD}\nscenario('x', { target, load, durations: '1s', drain: 5 })` },
      { duratoin: '5s', warmup: '2 parsecs' },
    )
    const run = await servebench(project, ['--dry-run', '--workers', 'many'], {
      env: { SERVEBENCH_MAX_IN_FLIGHT: '-1' },
    })
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('duratoin: there is no such option.')
    expect(run.stderr).toContain("Did you mean 'duration'?")
    expect(run.stderr).toContain('warmup: expected a duration')
    expect(run.stderr).toContain('(from SERVEBENCH_MAX_IN_FLIGHT)')
    expect(run.stderr).toContain('(from --workers)')
    project.write('servebench.config.json', '{}')
    const bench = await servebench(project, ['--dry-run'])
    expect(bench.code).toBe(2)
    expect(bench.stderr).toContain("Scenario 'x' has 2 problems:")
    expect(bench.stderr).toContain("durations: there is no such option. Did you mean 'duration'?")
    expect(bench.stderr).toContain('drain: expected a duration')
  })
})

describe('--dry-run', () => {
  it('lists the plan with a time estimate, and measures nothing', async () => {
    project = new E2eProject({
      'a.bench.ts': `${HEAD}
scenario('x', { repeats: 3, target, load })
scenario('y', { target, load: constantRate({ rate: 10 }), warmup: '1s', duration: '9s' })`,
    })
    const run = await servebench(project, ['--dry-run', '--seed', 'fixed'])
    expect(run.code).toBe(0)
    expect(run.stdout).toMatch(/ {2}x\n/)
    expect(run.stdout).toContain('x · repeat 3')
    expect(run.stdout).toMatch(/4 trials, about \d+\.\d s · seed fixed\n$/)
    expect(project.runs()).toEqual([])
    const plan = await dryRun(['--seed', 'fixed'])
    expect(plan.seed).toBe('fixed')
    expect(plan.trials.map(({ path, repeat }) => `${path.at(-1)}${repeat}`).sort()).toEqual([
      'x0',
      'x1',
      'x2',
      'y0',
    ])
    // 3 × (0.1 + 0.3) s and 10 s of load, and what surrounds them.
    expect(plan.estimate.total).toBeGreaterThan(11.2e9)
    expect(plan.estimate.total).toBeLessThan(17e9)
    expect(plan.estimate.openEnded).toBe(0)
  })

  it('lists searches with their range, their probes and a time estimate', async () => {
    project = new E2eProject({
      'a.bench.ts': `import { findMax } from 'servebench'\n${HEAD}
scenario('plain', { target, load })
scenario('capacity', {
  target, matrix: { from: [50, 100] }, slo: { p99: '50ms' }, warmup: '1s', duration: '5s',
  search: ({ from }) => findMax({ vary: 'rate', from, to: 2000 }),
})`,
    })
    const { code, stdout } = await servebench(project, ['--dry-run', '--seed', 'fixed'])
    expect(code).toBe(0)
    expect(stdout).toContain('capacity > from=100 · highest rate from 100/s to 2000/s')
    expect(stdout).toContain(
      'about 10 probes of 5.00 s, at most 40.0 s at one load, then 2 of 15.0 s to confirm',
    )
    expect(stdout).toMatch(/1 trial and 2 searches, about [\d.]+ min · seed fixed\n$/)
    const { searches, trials, estimate } = (await dryRun([])) as unknown as {
      searches: { case: unknown; probes: number; estimate: number }[]
      trials: unknown[]
      estimate: { total: number }
    }
    expect(trials).toHaveLength(1)
    expect(searches.map((search) => search.case)).toEqual([{ from: 50 }, { from: 100 }])
    expect(estimate.total).toBeGreaterThan(2 * (searches[0]?.estimate ?? Infinity))
    const list = await servebench(project, ['list'])
    expect(list.stdout).toContain('capacity · finds the highest rate')
  })
})
