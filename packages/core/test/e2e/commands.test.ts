/** compare, doctor, init, help, and two runs at once. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import type { RunResult } from '../../src/report/result.ts'
import { mlp } from '../support/architectures.ts'
import { Cli, flat, servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'

let server: TruthServer
let project: E2eProject
beforeAll(async () => {
  server = await createTruthServer({ program: { rules: [{ when: { path: '/slow' }, service: '20ms' }] } })
})
afterAll(() => server[Symbol.asyncDispose]())

const bench = (path: string, engine = 'raw'): string => `
import { constantRate, http, scenario } from 'servebench'
scenario('same name', { target: http({ url: process.env.TARGET_URL + '${path}', engine: '${engine}' }), static: { task: 'echo', flops: 1e6, bytes: 400 }, load: constantRate({ rate: 200 }), repeats: 3 })`

describe('compare', () => {
  let folders: string[]
  const compare = (...args: string[]): Promise<CliResult> => servebench(project, ['compare', ...args])

  beforeAll(async () => {
    project = new E2eProject({ 'a.bench.ts': bench('/fast') })
    const env = { TARGET_URL: server.url }
    expect((await servebench(project, [], { env })).code).toBe(0)
    project.write('a.bench.ts', bench('/slow'))
    expect((await servebench(project, [], { env })).code).toBe(0)
    project.write('a.bench.ts', bench('/fast', 'undici'))
    expect((await servebench(project, [], { env })).code).toBe(0)
    folders = project.runs()
  }, 60_000)
  afterAll(() => project[Symbol.dispose]())

  it('has what bench files say of models in every trial', () => {
    const result = JSON.parse(readFileSync(join(folders[0] as string, 'result.json'), 'utf8')) as RunResult
    expect(result.trials).toHaveLength(3)
    for (const trial of result.trials)
      expect(trial.static).toMatchObject({
        main: { task: 'echo', source: 'given', macs: 5e5, weightBytes: 400 },
      })
  })

  it('shows differences with their intervals', async () => {
    const run = await compare(folders[0] as string, folders[1] as string, '--force')
    expect(run.code, run.output).toBe(0)
    expect(run.stdout).toContain('same name')
    expect(run.stdout).toMatch(/p50/)
    const json = await compare(folders[0] as string, folders[1] as string, '--force', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({ cases: [expect.objectContaining({ name: 'same name' })] })
  })

  it('refuses to compare different engines, unless forced', async () => {
    const run = await compare(folders[0] as string, folders[2] as string)
    expect(run.code).toBe(2)
    expect(flat(run.output)).toMatch(/http1-raw.*http1-undici/)
    expect((await compare(folders[0] as string, folders[2] as string, '--force')).code).toBe(0)
  })

  it('takes the newest run of the project when only one is given', async () => {
    const run = await compare(folders[2] as string)
    expect(run.code, run.output).toBe(0)
  })

  it.each([
    ['not JSON', 'garbage {', 'is not JSON'],
    ['something else', '{"hello":1}', 'is not a servebench result'],
    ['of a newer version', '{"schemaVersion":9}', 'was written by a newer servebench'],
    ['damaged', '{"schemaVersion":1,"run":{}}', 'problems'],
    ['empty', '', 'is not JSON'],
  ])('refuses a file that is %s', async (_, text, message) => {
    writeFileSync(project.path('odd.json'), text)
    const run = await compare('odd.json', folders[0] as string)
    expect(run.code).toBe(2)
    expect(flat(run.stderr)).toContain(message)
    expect(run.stderr).not.toContain('Internal error')
  })

  it('refuses a file that is not there', async () => {
    const run = await compare('nowhere', folders[0] as string)
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('There is no result at')
  })
})

describe('doctor', () => {
  afterEach(() => project[Symbol.dispose]())

  it('looks at the machine and at the project', async () => {
    project = new E2eProject({})
    const run = await servebench(project, ['doctor'])
    expect(run.code, run.output).toBe(0)
    for (const name of ['node', 'processor', 'timers', 'descriptors', 'configuration', 'results'])
      expect(run.stdout).toContain(name)
    const json = await servebench(project, ['doctor', '--json'])
    const { findings } = JSON.parse(json.stdout) as {
      findings: { name: string; state: string; message: string }[]
    }
    expect(findings.find((finding) => finding.name === 'configuration')).toMatchObject({
      state: 'ok',
      message: expect.stringContaining('servebench.config.json'),
    })
  })

  it('finds a broken configuration and a folder that cannot be written', async () => {
    project = new E2eProject({ 'servebench-results': 'a file' })
    const run = await servebench(project, ['doctor'])
    expect(run.code).toBe(2)
    expect(run.stdout).toMatch(/✗ results +.*cannot be written/)
    project.write('servebench.config.json', '{ "duraton": 1 }')
    const broken = await servebench(project, ['doctor'])
    expect(broken.code).toBe(2)
    expect(broken.stdout).toContain('duraton')
  })
})

describe('init', () => {
  afterEach(() => project[Symbol.dispose]())

  it('writes a bench file, a configuration and a workflow that work as they are', async () => {
    project = new E2eProject({ 'vitest.config.ts': 'export default {}' })
    project.write('servebench.config.json', '{}')
    const refused = await servebench(project, ['init'])
    // A second configuration would be one too many.
    expect(refused.stdout).toContain('servebench.config.json is there already')
    expect(existsSync(project.path('servebench.config.ts'))).toBe(false)
    expect(refused.stdout).toContain('vitest bench')
    const listed = await servebench(project, ['list'])
    expect(listed.code, listed.output).toBe(0)
    expect(listed.stdout).toContain('users=32')
    expect(existsSync(project.path('.github/workflows/servebench.yml'))).toBe(true)
    const run = await servebench(project, ['--duration', '200ms', '--warmup', '100ms', '-t', 'users=8'], {
      env: { MODEL_URL: server.url },
    })
    expect(run.code, run.output).not.toBe(2)
    expect(project.result().trials[0]).toMatchObject({ state: 'completed', counts: { incorrect: 0 } })
  })

  it('leaves what is there alone, unless it is told to overwrite', async () => {
    project = new E2eProject({ 'bench/first.bench.ts': 'mine' })
    const kept = await servebench(project, ['init'])
    expect(kept.stdout).toContain('bench/first.bench.ts is there already')
    expect(readFileSync(project.path('bench/first.bench.ts'), 'utf8')).toBe('mine')
    await servebench(project, ['init', '--force'])
    expect(readFileSync(project.path('bench/first.bench.ts'), 'utf8')).toContain('scenario(')
  })
})

describe('the command line', () => {
  it.each([
    ['1', true],
    ['0', false],
    ['false', false],
  ])('understands FORCE_COLOR=%s', async (FORCE_COLOR, colored) => {
    project = new E2eProject({})
    const run = await servebench(project, ['doctor'], { env: { NO_COLOR: '', FORCE_COLOR } })
    expect(run.stdout.includes('\u001b[')).toBe(colored)
  })

  afterEach(() => project[Symbol.dispose]())

  it('helps, tells its version, and suggests what was meant', async () => {
    project = new E2eProject({})
    const help = await servebench(project, ['--help'])
    expect(help.code).toBe(0)
    expect(help.stdout).toContain('Exit codes: 0 ok')
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect((await servebench(project, ['--version'])).stdout).toBe(`${version}\n`)
    const unknown = await servebench(project, ['--duraton', '1s'])
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain("unknown option '--duraton'")
    expect(unknown.stderr).toContain('--duration')
    const command = await servebench(project, ['compair', 'a'])
    expect(command.code).toBe(2)
  })

  it.each(['', 'run', 'watch', 'list', 'quick', 'compare', 'report', 'doctor', 'init'])(
    "shows the help of '%s' on 80 columns, without traces of how it is made",
    async (command) => {
      project = new E2eProject({})
      const help = await servebench(project, [...(command === '' ? [] : [command]), '--help'])
      expect(help.code, help.output).toBe(0)
      expect(help.stdout).not.toMatch(/\\n|undefined|null|\[object|\(default: \[\]\)/)
      expect(help.stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    },
  )

  it("names every key in the help of 'watch'", async () => {
    project = new E2eProject({})
    const { stdout } = await servebench(project, ['watch', '--help'])
    for (const key of ['r, Enter', 'f', 'l', 's', 'h', 'q', 'Ctrl-C']) {
      expect(stdout).toMatch(new RegExp(`^  ${key} +[a-z]`, 'm'))
    }
  })

  it("has examples in the help of 'quick' that can be pasted into a shell", async () => {
    project = new E2eProject({})
    const { stdout } = await servebench(project, ['quick', '--help'])
    const examples = stdout
      .slice(stdout.indexOf('Examples:'))
      .replaceAll('\\\n', ' ')
      .match(/servebench quick .+/g)
    expect(examples).toHaveLength(3)
    for (const example of examples ?? []) {
      const words = (example.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''))
      const run = await servebench(project, [...words.slice(1), '--print-bench'])
      expect(run.code, run.output).toBe(0)
      expect(run.stdout).toContain('scenario(')
    }
  })

  it('goes on measuring when nobody reads what it says', async () => {
    project = new E2eProject({ 'a.bench.ts': bench('/fast') })
    // The shell closes its end of both pipes at once.
    const run = await servebench(project, [], {
      env: { TARGET_URL: server.url },
      shell: 'set -- sh -c \'("$@" 2>&1; echo $? > code) | true\' sh "$@"',
    })
    expect(run.output).toBe('')
    await expect.poll(() => existsSync(project.path('code')), { timeout: 20_000 }).toBe(true)
    expect(readFileSync(project.path('code'), 'utf8')).toBe('0\n')
    expect(project.result().trials.map((trial) => trial.state)).toEqual([
      'completed',
      'completed',
      'completed',
    ])
  })

  it('stops after the first failure with --bail, and takes suspicion for failure with --strict', async () => {
    project = new E2eProject({
      'a.bench.ts': `
import { closed, generate, http, inline, scenario } from 'servebench'
const load = closed({ concurrency: 1, requests: 20 })
scenario('broken', { target: http({ url: 'http://127.0.0.1:9/' }), load })
scenario('fine', { target: http({ url: process.env.TARGET_URL }), load })
// One of 64 fails: that may be more than 3 %, or less.
scenario('doubtful', {
  target: inline(async ({ n }) => { if (n === 5) throw new Error('no') }),
  input: generate(({ index }) => ({ n: index })),
  load: closed({ concurrency: 1, requests: 64 }),
  slo: { errorRate: 0.03 },
})`,
    })
    const env = { TARGET_URL: server.url }
    const bail = await servebench(project, ['--bail'], { env })
    expect(bail.code).toBe(4)
    expect(project.result().trials.map((trial) => trial.state)).toEqual(['failed', 'skipped', 'skipped'])
    expect(trialOf(project.result(), 'fine').error?.message).toBe(
      'Left out because of `bail`: broken had failed.',
    )
    const lax = await servebench(project, ['-t', 'doubtful'], { env })
    const strict = await servebench(project, ['-t', 'doubtful', '--strict'], { env })
    expect(lax.code, lax.output).toBe(0)
    expect(flat(lax.stdout)).toContain('SLO undecided')
    expect(strict.code).toBe(1)
    expect(strict.stdout).toContain('which --strict does not accept')
  })
})

describe('two runs on one host', () => {
  it('notice each other, and say so in output and verdict', async () => {
    project = new E2eProject({ 'a.bench.ts': bench('/fast').replace('repeats: 3', "duration: '2s'") })
    using other = new E2eProject({ 'b.bench.ts': bench('/fast').replace('repeats: 3', "duration: '400ms'") })
    const env = { TARGET_URL: server.url }
    await using first = new Cli(project, [], { env })
    await expect
      .poll(
        () =>
          existsSync(join(project.temporary, 'servebench-runs')) &&
          readdirSync(join(project.temporary, 'servebench-runs')).length,
        { timeout: 20_000 },
      )
      .toBe(1)
    const second = await servebench(other, [], { env: { ...env, TMPDIR: project.temporary } })
    expect(flat(second.stderr)).toContain(
      `Another servebench run is measuring on this host (process ${first.pid}, in ${project.root}).`,
    )
    const reason = expect.objectContaining({ code: 'other-run', severity: 'suspect' })
    expect(trialOf(other.result(), 'same name').verdict.reasons).toContainEqual(reason)
    const result = await first.done
    expect(result.code).toBe(0)
    expect(trialOf(project.result() as RunResult, 'same name').verdict.reasons).toContainEqual(reason)
    // Both are gone, also from where they look.
    expect(readdirSync(join(project.temporary, 'servebench-runs'))).toEqual([])
    const third = await servebench(other, [], { env: { ...env, TMPDIR: project.temporary } })
    expect(third.stderr).not.toContain('Another servebench run')
    project[Symbol.dispose]()
  }, 60_000)

  it('are not mistaken for one that was killed', async () => {
    project = new E2eProject({ 'a.bench.ts': bench('/fast').replace('repeats: 3', "duration: '30s'") })
    const env = { TARGET_URL: server.url }
    const folder = join(project.temporary, 'servebench-runs')
    {
      await using first = new Cli(project, [], { env })
      await expect.poll(() => existsSync(folder) && readdirSync(folder).length, { timeout: 20_000 }).toBe(1)
      first.signal('SIGKILL')
    }
    expect(readdirSync(folder)).toHaveLength(1)
    const next = await servebench(project, ['--duration', '200ms'], { env })
    expect(next.stderr).not.toContain('Another servebench run')
    expect(readdirSync(folder)).toEqual([])
    project[Symbol.dispose]()
  }, 60_000)
})

describe('model and peaks', () => {
  beforeAll(() => {
    project = new E2eProject({ 'foreign.onnx': 'no model at all' })
    writeFileSync(project.path('mlp.onnx'), mlp([784, 1024, 10]))
  })
  afterAll(() => project[Symbol.dispose]())

  it('say what is known without running anything', async () => {
    const run = await servebench(project, ['model', 'mlp.onnx', '--batch', '8', '--json', '--layers'])
    expect(run.code, run.output).toBe(0)
    expect(JSON.parse(run.stdout)).toMatchObject({
      file: 'mlp.onnx',
      batch: 8,
      parameters: 784 * 1024 + 1024 + 1024 * 10 + 10,
      macs: 8 * (784 * 1024 + 1024 * 10),
      layers: [{ operator: 'Gemm' }, { operator: 'Relu' }, { operator: 'Gemm' }],
    })
    const shown = await servebench(project, ['model', 'mlp.onnx', '--device', 'nvidia t4'])
    expect(shown.stdout).toContain('on NVIDIA T4: bound by memory bandwidth')
    const peaks = await servebench(project, ['peaks', '--all'])
    expect(peaks.stdout).toMatch(/NVIDIA H100 SXM .*3350/)
  })

  it('say what is wrong with a file', async () => {
    const run = await servebench(project, ['model', 'foreign.onnx'])
    expect(run.code).toBe(2)
    expect(flat(run.output)).toMatch(/foreign\.onnx: This is no readable model/)
  })
})
