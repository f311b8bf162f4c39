/** Bench files that cannot be run: each is told where and why, nothing is run, and the exit code is 2. */
import { afterEach, expect, it } from 'vitest'
import { createTruthServer } from '../../src/testing.ts'
import { Cli, servebench, type CliResult } from './support/cli.ts'
import { E2eProject } from './support/project.ts'

let project: E2eProject
afterEach(() => project[Symbol.dispose]())

const HEAD = `import { burst, closed, constantRate, describe, http, poisson, scenario } from 'servebench'
const target = http({ url: 'http://127.0.0.1:9/' })
const load = closed({ concurrency: 1 })
`

async function run(source: string, config: object = {}): Promise<CliResult> {
  project = new E2eProject({ 'bench/a.bench.ts': source }, config)
  const result = await servebench(project)
  expect(result.code, result.output).toBe(2)
  expect(result.stderr).toContain('Nothing was run.')
  expect(result.stdout).toBe('')
  expect(project.runs()).toEqual([])
  return result
}

it('a syntax error, with the code around it', async () => {
  const { stderr } = await run(`${HEAD}scenario('x', { target, load: closed({ concurrency: 1 ) })\n`)
  expect(stderr).toContain('bench/a.bench.ts:4:')
  expect(stderr).toContain('SyntaxError')
  expect(stderr).toContain("> 4 | scenario('x', { target, load: closed({ concurrency: 1 ) })")
  expect(stderr).toMatch(/\n {4}\| +\^/)
})

it('an exception, with the code around the place that threw', async () => {
  const { stderr } = await run(`${HEAD}
enum Size { Small = 1 }
const settings: { size?: { value: number } } = {}
scenario('x', { target, load: closed({ concurrency: settings.size!.value * Size.Small }) })`)
  expect(stderr).toContain('bench/a.bench.ts:7:')
  expect(stderr).toContain("TypeError: Cannot read properties of undefined (reading 'value')")
  expect(stderr).toContain('> 7 |')
})

it('an exception in a function of the case, with the case', async () => {
  const { stderr } = await run(`${HEAD}
scenario('x', { matrix: { n: [1, 2] }, target, load: ({ n }) => { if (n === 2) throw new Error('n is 2'); return load } })`)
  expect(stderr).toContain('n is 2')
  expect(stderr).toContain('n=2')
  expect(stderr).toContain('bench/a.bench.ts:5:')
})

it('an endless loop, and something awaited that does not happen; other files are still looked at', async () => {
  project = new E2eProject(
    {
      'loop.bench.ts': `${HEAD}for (;;);`,
      'await.bench.ts': `${HEAD}await new Promise(() => setInterval(() => {}, 1000))`,
      'exit.bench.ts': `${HEAD}process.exit(0)`,
      'late.bench.ts': `${HEAD}scenario('bad rate', { target, load: constantRate({ rate: 0 }) })`,
    },
    { collectTimeout: '1s' },
  )
  const { code, stderr } = await servebench(project)
  expect(code).toBe(2)
  for (const file of ['loop', 'await'])
    expect(stderr).toContain(
      `${file}.bench.ts\nThe file was not collected within 1.00 s: an endless loop, or`,
    )
  expect(stderr).toContain('exit.bench.ts\nThe file ended the thread that collects it')
  expect(stderr).toContain("Scenario 'bad rate' has a problem")
  expect(stderr).toContain('The bench files have 4 problems.')
  expect(project.runs()).toEqual([])
})

it('an endless loop in a function of the case', async () => {
  const { stderr } = await run(`${HEAD}scenario('x', { target: () => { for (;;); }, load })`, {
    collectTimeout: '1s',
  })
  expect(stderr).toContain('The file was not collected within 1.00 s')
})

it('two scenarios of one name, with both places', async () => {
  const { stderr } = await run(`${HEAD}
describe('group', () => {
  scenario('twin', { target, load })
  scenario('twin', { target, load })
})`)
  expect(stderr).toContain("The name 'twin' is used twice")
  expect(stderr).toMatch(/bench\/a\.bench\.ts:6:3 and at .*bench\/a\.bench\.ts:7:3/)
  // The place shown is the user's, not servebench's own.
  expect(stderr).toContain("> 7 |   scenario('twin', { target, load })")
  expect(stderr).not.toContain('addScenario')
})

it('all impossible matrices, loads and settings at once, each with its scenario', async () => {
  const { stderr } = await run(`${HEAD}
scenario('empty matrix', { matrix: { n: [] }, target, load })
scenario('nothing left', { matrix: { n: [1] }, exclude: [{ n: 1 }], target, load })
scenario('rate 0', { target, load: constantRate({ rate: 0 }) })
scenario('negative rate', { target, load: poisson({ rate: -5 }) })
scenario('no number', { target, load: poisson({ rate: NaN }) })
scenario('10⁹ per second', { target, load: constantRate({ rate: 1e9 }) })
scenario('no users', { target, load: closed({ concurrency: 0 }) })
scenario('no load', { target })
scenario('no target', { load })
scenario('burst too long', { target, load: burst({ count: 10, within: '2s', every: '1s' }) })
scenario('duration without unit', { target, load, duration: 5 })
scenario('unknown option', { target, load, repeat: 3 })
scenario('bad slo', { target, load, slo: { p99: '5 bananas', p101: '1s' } })`)
  for (const [scenario, what] of [
    ['empty matrix', 'matrix.n: the axis has no values'],
    ['rate 0', 'load.rate: expected arrivals per second, a number above 0, not 0.'],
    ['negative rate', 'not -5.'],
    ['no number', 'not NaN.'],
    ['10⁹ per second', '1000000000 arrivals per second cannot be scheduled'],
    ['no users', 'load.concurrency: expected a whole number from 1'],
    ['no load', 'load: there is no load'],
    ['no target', 'target: there is no target'],
    ['burst too long', 'does not fit between bursts'],
    ['duration without unit', 'duration: expected a duration'],
    ['unknown option', "repeat: there is no such option. Did you mean 'repeats'?"],
    ['bad slo', 'slo.p99'],
  ] as const) {
    const block = stderr.split('✗ ').find((each) => each.includes(`Scenario '${scenario}' has`))
    expect(block, `${scenario}\n${stderr}`).toContain(what)
    expect(block).toMatch(/^bench\/a\.bench\.ts:\d+:\d+\n/)
  }
})

it('a rate that is hardly possible is planned, with a warning', async () => {
  project = new E2eProject({
    'a.bench.ts': `${HEAD}scenario('fast', { target, load: constantRate({ rate: 1e6 }) })`,
  })
  const { code, stderr, stdout } = await servebench(project, ['--dry-run'])
  expect(code).toBe(0)
  expect(stderr).toContain('1000000 arrivals per second are more than one machine is likely to send')
  expect(stdout).toContain('1 trial, about')
})

it('an import that cannot be found', async () => {
  const { stderr } = await run(
    `${HEAD}import { model } from './model.ts'\nscenario(model.name, { target, load })`,
  )
  expect(stderr).toContain('bench/a.bench.ts:4:')
  expect(stderr).toContain('model.ts')
})

it('no bench file at all: what to do is said', async () => {
  project = new E2eProject({})
  const { code, stderr } = await servebench(project)
  expect(code).toBe(2)
  expect(stderr).toContain(`There is no bench file in ${project.root}.`)
  expect(stderr).toContain('`servebench init` writes a first one')
})

it('a benchmark of vitest is left alone, with a note', async () => {
  project = new E2eProject({
    'vitest.bench.ts': `import { bench } from 'vitest'\nbench('x', () => {})`,
    'ours.bench.ts': `${HEAD}scenario('x', { target, load })`,
  })
  const { code, stdout, stderr } = await servebench(project, ['list'])
  expect(code).toBe(0)
  expect(stdout).toContain('1 case in 1 scenario')
  expect(stderr).toContain("vitest.bench.ts: skipped: it does not import 'servebench'")
})

it('a file that changes while the run goes on is not half measured', async () => {
  await using server = await createTruthServer()
  project = new E2eProject({
    'a.bench.ts': `import { closed, http, scenario } from 'servebench'
const target = http({ url: '${server.url}' })
scenario('first', { target, load: closed({ concurrency: 1 }), duration: '1500ms' })
scenario('second', { target, load: closed({ concurrency: 1 }), check: () => true })`,
  })
  await using cli = new Cli(project, [])
  await cli.said(/1\/2 first/)
  project.write('a.bench.ts', `${HEAD}scenario('second', { target, load, check: () => false })`)
  const { code, stdout } = await cli.done
  expect(code).toBe(2)
  expect(stdout).toContain('The bench file a.bench.ts has changed since it was collected.')
  expect(project.result().trials.map((trial) => trial.state)).toEqual(['completed', 'failed'])
})
