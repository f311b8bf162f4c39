/** `servebench watch`: what a change of which file leads to, until the session ends. */
import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import { Cli } from './support/cli.ts'
import { expectGone, isRunning, readPids } from './support/processes.ts'
import { E2eProject } from './support/project.ts'

let server: TruthServer
let project: E2eProject
beforeAll(async () => {
  server = await createTruthServer({ program: { service: '1ms' } })
})
afterAll(async () => await server[Symbol.asyncDispose]())
afterEach(() => project[Symbol.dispose]())

/** A session, and how often it has come to rest. */
class Watch implements AsyncDisposable {
  readonly cli: Cli
  #rests = 0

  constructor(files: Readonly<Record<string, string>>, config: object = {}, args: readonly string[] = []) {
    project = new E2eProject(files, { warmup: '0s', duration: '100ms', ...config })
    this.cli = new Cli(project, ['watch', ...args], { env: { TARGET_URL: server.url }, timeout: 120_000 })
  }

  /** Resolves when what was to be run has been run once more. */
  async rests(): Promise<void> {
    this.#rests += 1
    await this.cli.said(new RegExp(`(?:Waiting for changes[^]*){${this.#rests}}`))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cli[Symbol.asyncDispose]()
  }
}

function bench(scenarios: Readonly<Record<string, string>>, head = ''): string {
  return `
import { closed, http, scenario } from 'servebench'
${head}
const base = { target: http({ url: process.env.TARGET_URL }), load: closed({ concurrency: 1 }) }
${Object.entries(scenarios)
  .map(([name, options]) => `scenario('${name}', { ...base, ${options} })`)
  .join('\n')}
`
}

/** Names of the scenarios of the newest run. */
const measured = (): string[] =>
  project
    .result()
    .trials.map((trial) => trial.path.join(' > '))
    .sort()
const runs = (): number => project.runs().length

describe('watch', () => {
  it('measures what a change affects, and compares it with before', async () => {
    await using watch = new Watch({
      'a.bench.ts': bench({ one: 'tags: [tag]', two: '' }, `import { tag } from './tag.ts'`),
      'b.bench.ts': bench({ three: '' }),
      'tag.ts': `export const tag = 'old'`,
      'notes.md': 'nothing',
    })
    await watch.rests()
    expect(measured()).toEqual(['one', 'three', 'two'])
    const { seed } = project.result().run

    // One scenario of a file.
    project.write(
      'a.bench.ts',
      bench({ one: 'tags: [tag]', two: `timeout: '2s'` }, `import { tag } from './tag.ts'`),
    )
    await watch.rests()
    expect(measured()).toEqual(['two'])
    expect(project.result().run.seed).toBe(seed)

    // What a file imports: everything may depend on it.
    project.write('tag.ts', `export const tag = 'new'`)
    await watch.rests()
    expect(measured()).toEqual(['one', 'two'])
    expect(project.result().trials.find((trial) => trial.path[0] === 'one')?.tags).toEqual(['new'])

    // A file saved as it was, by an editor that replaces it.
    const text = readFileSync(project.path('b.bench.ts'))
    writeFileSync(project.path('b.bench.ts.tmp'), text)
    renameSync(project.path('b.bench.ts.tmp'), project.path('b.bench.ts'))
    await watch.rests()
    expect(measured()).toEqual(['three'])
    await watch.cli.said(/Change against the previous measurement[^]*three +\d/)

    // A new file, in a new folder; what has nothing to do with it does not count.
    project.write('notes.md', 'changed')
    project.write('deep/er/c.bench.ts', bench({ four: '' }))
    await watch.rests()
    expect(measured()).toEqual(['four'])
    expect(runs()).toBe(5)

    watch.cli.signal('SIGINT')
    expect((await watch.cli.done).code).toBe(130)
  }, 120_000)

  it('shows mistakes and goes on when they are mended', async () => {
    await using watch = new Watch({ 'a.bench.ts': bench({ one: '' }), 'b.bench.ts': bench({ two: '' }) })
    await watch.rests()
    project.write('a.bench.ts', `${bench({ one: '' })}\nscenario('one', base\n`)
    await watch.rests()
    await watch.cli.said(/a\.bench\.ts:\d+[^]*\d+ │? ?.*scenario\('one', base/)
    expect(runs()).toBe(1)

    project.write('a.bench.ts', bench({ one: '' }, `import { tag } from './missing.ts'\nconsole.error(tag)`))
    await watch.rests()
    await watch.cli.said(/missing\.ts/)
    // The missing module appears.
    project.write('missing.ts', `export const tag = 'found'`)
    await watch.rests()
    expect(measured()).toEqual(['one'])
    expect(runs()).toBe(2)

    project.write('a.bench.ts', bench({ one: `load: closed({ concurrency: 0 })` }))
    await watch.rests()
    await watch.cli.said(/concurrency/)
    project.write('a.bench.ts', bench({ one: '' }))
    await watch.rests()
    expect(measured()).toEqual(['one'])
    watch.cli.signal('SIGINT')
    expect((await watch.cli.done).code).toBe(130)
  })

  it('begins with a mistake, and then measures everything', async () => {
    await using watch = new Watch({
      'a.bench.ts': `import { scenario } from 'servebench'\nscenario(`,
      'b.bench.ts': bench({ two: '' }),
    })
    await watch.rests()
    expect(runs()).toBe(0)
    project.write('a.bench.ts', bench({ one: '' }))
    await watch.rests()
    expect(measured()).toEqual(['one', 'two'])
  })

  it('waits for a first bench file', async () => {
    await using watch = new Watch({})
    await watch.rests()
    await watch.cli.said(/There is no bench file/)
    project.write('a.bench.ts', bench({ one: '' }))
    await watch.rests()
    expect(measured()).toEqual(['one'])
  })

  it('stops a run that is overtaken by changes, and measures what they affect, once', async () => {
    await using watch = new Watch(
      { 'a.bench.ts': bench({ one: '' }), 'b.bench.ts': bench({ two: '' }) },
      { duration: '60s' },
    )
    await watch.cli.said(/1\/2 /)
    const windows = (): boolean =>
      existsSync(project.path('servebench-results/latest')) &&
      JSON.stringify(project.journal()).includes('"type":"trial-start"')
    await expect.poll(windows, { timeout: 20_000, interval: 20 }).toBe(true)
    for (let write = 0; write < 5; write++)
      project.write('b.bench.ts', `${bench({ two: `duration: '100ms'` })}// ${write}`)
    await watch.rests()
    await watch.cli.said(/b\.bench\.ts changed: the run is stopped\./)
    expect(measured()).toEqual(['two'])
    // Coalesced, unless the machine was slower than the pause between writes.
    expect(runs()).toBeLessThanOrEqual(3)
    const output = (await end(watch)).output
    // The report of the run that was overtaken is not shown.
    expect(output.match(/Times from the intended start/g)).toHaveLength(1)
  })

  it('reads the configuration again', async () => {
    await using watch = new Watch({ 'a.bench.ts': bench({ one: '' }) })
    await watch.rests()
    const config = JSON.parse(readFileSync(project.path('servebench.config.json'), 'utf8')) as object
    project.write('servebench.config.json', JSON.stringify({ ...config, durration: '100ms' }))
    await watch.rests()
    await watch.cli.said(/durration[^]*duration/)
    expect(runs()).toBe(1)
    project.write('servebench.config.json', JSON.stringify({ ...config, duration: '150ms' }))
    await watch.rests()
    expect(runs()).toBe(2)
    expect(project.result().trials[0]?.plan.settings.duration).toBe(150e6)
  })

  it('reads a configuration that is a module again, with what it imports', async () => {
    const files = {
      'a.bench.ts': bench({ one: '' }),
      'servebench.config.ts': `import { repeats } from './settings.ts'\nexport default { warmup: '0s', duration: '100ms', repeats, watch: ['data/*.json'] }`,
      'settings.ts': `export enum Count { Two = 2 }\nexport const repeats: number = 1`,
      'data/rows.json': '[]',
    }
    project = new E2eProject(files)
    renameSync(project.path('servebench.config.json'), project.path('unused.json'))
    await using cli = new Cli(project, ['watch'], { env: { TARGET_URL: server.url } })
    await cli.said(/Waiting for changes/)
    project.write('settings.ts', `export enum Count { Two = 2 }\nexport const repeats: number = Count.Two`)
    await cli.said(/(?:Waiting for changes[^]*){2}/)
    expect(measured()).toEqual(['one', 'one'])
    // A file that `watch` names.
    project.write('data/rows.json', '[1]')
    await cli.said(/(?:Waiting for changes[^]*){3}/)
    expect(runs()).toBe(3)
  })
})

describe('servers in watch', () => {
  const source = (launch: string, state: string): string => `
import { closed, http, scenario } from 'servebench'
import { plainServer } from 'plain-server'
scenario('served', {
  server: plainServer({ ${launch} }, { ${state} }),
  target: http(),
  load: closed({ concurrency: 1 }),
})
`
  const pids = (): number[] => readPids(project.path('pids'))
  /** Logs of the servers of the session are in the folder of its first run. */
  const folder = (): string =>
    project
      .runs()
      .map((run) => `${run}/servers`)
      .find((path) => existsSync(path)) ?? ''
  const launches = (): number => readdirSync(folder()).filter((name) => name.endsWith('.log')).length
  /** How often the first one was configured. */
  const states = (): number => readFileSync(`${folder()}/plain-0.log`, 'utf8').match(/^state /gm)?.length ?? 0

  it('stay up between runs, and end with the session', async () => {
    const launch = `pidFile: process.cwd() + '/pids'`
    await using watch = new Watch({ 'a.bench.ts': source(launch, `instances: 1`) })
    await watch.rests()
    project.write('a.bench.ts', source(launch, `instances: 2`))
    await watch.rests()
    expect(launches()).toBe(1)
    expect(pids()).toHaveLength(1)
    expect(pids().every(isRunning)).toBe(true)
    await watch.cli.said(/server\.state\.instances: 1 → 2/)
    watch.cli.signal('SIGINT')
    expect((await watch.cli.done).code).toBe(130)
    await expectGone(pids())
  })

  it('are configured again or started again when a file that they name has another content', async () => {
    await using watch = new Watch({
      'a.bench.ts': source(`config: 'server.conf'`, `model: 'model.bin'`),
      'server.conf': 'threads=1',
      'model.bin': 'weights',
    })
    await watch.rests()
    expect(launches()).toBe(1)
    const before = states()

    // Another content: the same process takes it.
    project.write('model.bin', 'other weights')
    await watch.rests()
    await watch.cli.said(/↻ model\.bin changed/)
    expect(launches()).toBe(1)
    expect(states()).toBe(before + 1)
    expect(runs()).toBe(2)

    // What the launch names: another process.
    appendFileSync(project.path('server.conf'), '\nthreads=2')
    await watch.rests()
    await watch.cli.said(/↻ server\.conf changed/)
    expect(runs()).toBe(3)
    expect(launches()).toBe(2)
  })

  it('do not make endless runs of a file that they write themselves', async () => {
    await using watch = new Watch({
      'a.bench.ts': source(`pidFile: process.cwd() + '/pids', config: 'server.conf'`, ''),
      'server.conf': 'threads=1',
    })
    await watch.rests()
    project.write('server.conf', 'threads=2')
    await watch.rests()
    await watch.cli.said(/pids changes whenever it is used/)
    expect(measured()).toEqual(['served'])
    await end(watch)
    await expectGone(pids())
  })
})

describe('ending a watch session', () => {
  it('stops the run at the first Ctrl-C, and waits', async () => {
    await using watch = new Watch({ 'a.bench.ts': bench({ one: '' }) }, { duration: '60s' })
    await watch.cli.said(/1\/1 /)
    await expect
      .poll(() => project.runs().length === 1 && JSON.stringify(project.journal()).includes('trial-start'), {
        timeout: 20_000,
      })
      .toBe(true)
    watch.cli.signal('SIGINT')
    await watch.rests()
    expect(project.result().run.exit.code).toBe(130)
    watch.cli.signal('SIGINT')
    expect((await watch.cli.done).code).toBe(130)
  })

  it('ends after the run at SIGTERM', async () => {
    await using watch = new Watch({ 'a.bench.ts': bench({ one: '' }) }, { duration: '60s' })
    await watch.cli.said(/1\/1 /)
    await expect
      .poll(() => project.runs().length === 1 && JSON.stringify(project.journal()).includes('trial-start'), {
        timeout: 20_000,
      })
      .toBe(true)
    watch.cli.signal('SIGTERM')
    const { code, output } = await watch.cli.done
    expect(code).toBe(130)
    expect(output).not.toContain('Waiting for changes')
    expect(project.result().trials[0]?.state).toBe('interrupted')
  })

  it('refuses options that make no sense', async () => {
    await using watch = new Watch({}, {}, ['--json'])
    const { code, stderr } = await watch.cli.done
    expect(code).toBe(2)
    expect(stderr).toContain('--json')
  })
})

async function end(watch: Watch): Promise<{ readonly output: string }> {
  watch.cli.signal('SIGINT')
  return await watch.cli.done
}
