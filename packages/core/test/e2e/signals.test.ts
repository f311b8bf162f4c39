/** Ctrl-C once, twice, SIGTERM, kill -9: what is reported, what is left behind. */
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { Cli, servebench } from './support/cli.ts'
import { expectGone, isRunning, readPids } from './support/processes.ts'
import { E2eProject, trialOf } from './support/project.ts'
import { readRecordFile } from './support/records.ts'

let project: E2eProject
afterEach(() => project[Symbol.dispose]())

/** A server of its own, and a load that would go on for a minute. */
function longProject(options = '', server = ''): E2eProject {
  project = new E2eProject({
    'long.bench.ts': `
import { appendFileSync } from 'node:fs'
import { constantRate, http, scenario } from 'servebench'
import { plainServer } from 'plain-server'
scenario('long', {
  server: plainServer({ pidFile: process.cwd() + '/pids', child: true, ${server} }),
  target: http(),
  load: constantRate({ rate: 200 }),
  duration: '60s',
  repeats: 2,
  ${options}
})
scenario('after', { target: http({ url: 'http://127.0.0.1:9/' }), load: constantRate({ rate: 10 }) })`,
  })
  return project
}

const pids = (): number[] => readPids(project.path('pids'))
const journalText = (): string =>
  readFileSync(project.path('servebench-results/latest/journal.ndjson'), 'utf8')

/** Resolves when the journal holds a window of the measurement. */
async function measuring(): Promise<void> {
  await expect
    .poll(
      () =>
        existsSync(project.path('servebench-results/latest')) && journalText().includes('"type":"window"'),
      {
        timeout: 30_000,
        interval: 20,
      },
    )
    .toBe(true)
}

describe('Ctrl-C', () => {
  it('once: drains, reports what was measured and says that it is a part, and ends the servers', async () => {
    longProject()
    await using cli = new Cli(project, [])
    await measuring()
    expect(pids()).toHaveLength(2)
    cli.signal('SIGINT')
    const run = await cli.done
    expect(run.code).toBe(130)
    expect(run.stderr).toContain('Stopping: what was measured will be reported.')
    const result = project.result()
    const trial = trialOf(result, 'long')
    expect(trial.state).toBe('interrupted')
    const { counts, phases } = trial
    // As much as was measured, and not the minute that was asked for.
    const seconds = (phases.measurement.until - phases.measurement.from) / 1e9
    expect(seconds).toBeGreaterThan(0.5)
    expect(seconds).toBeLessThan(30)
    expect(Math.abs(counts.due - seconds * 200)).toBeLessThanOrEqual(1)
    expect(counts.completed).toBe(counts.due)
    expect(trial.engine.accounting).toBeLessThan(0.001)
    expect(trial.verdict.reasons).toContainEqual(
      expect.objectContaining({ code: 'stopped-early', severity: 'suspect' }),
    )
    expect(run.stdout).toContain('The trial was stopped before its end')
    expect(trialOf(result, 'long', {}, 1).state).toBe('skipped')
    expect(trialOf(result, 'after').state).toBe('skipped')
    expect(result.run.exit).toMatchObject({
      code: 130,
      reasons: expect.arrayContaining(['The run was interrupted.']),
    })
    await expectGone(pids())
  }, 60_000)

  it('while warming up: nothing is reported as measured', async () => {
    longProject(`warmup: '60s',`)
    await using cli = new Cli(project, [])
    await expect
      .poll(
        () => existsSync(project.path('servebench-results/latest')) && journalText().includes('trial-start'),
        { timeout: 30_000 },
      )
      .toBe(true)
    cli.signal('SIGINT')
    const run = await cli.done
    expect(run.code).toBe(130)
    const trial = trialOf(project.result(), 'long')
    expect(trial).toMatchObject({ state: 'interrupted', counts: { due: 0 } })
    expect(run.output).not.toContain('Error:')
    await expectGone(pids())
  }, 60_000)

  it('while a server starts: it is ended', async () => {
    project = new E2eProject({
      'a.bench.ts': `
import { constantRate, http, scenario } from 'servebench'
scenario('x', { server: { kind: 'slow', package: 'slow-server', launch: {}, state: {} }, target: http(), load: constantRate({ rate: 10 }) })`,
    })
    project.install(
      'slow-server',
      `import { appendFileSync } from 'node:fs'
       export const plugin = { name: 'slow-server', apiVersion: 1, apply({ hooks }) {
         hooks.launch.for('slow').tapPromise('slow-server', async (plan, context) => {
           const server = await context.spawn({ command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] })
           appendFileSync(context.root + '/pids', server.pid + '\\n')
           await context.waitUntilReady(server, async () => false)
         })
       } }`,
    )
    await using cli = new Cli(project, [])
    await expect.poll(pids, { timeout: 30_000 }).toHaveLength(1)
    cli.signal('SIGINT')
    const run = await cli.done
    expect(run.code).toBe(130)
    await expectGone(pids())
  }, 60_000)

  it('twice: leaves at once, with nothing left running and a readable result', async () => {
    longProject('', 'stubborn: true')
    await using cli = new Cli(project, [])
    await measuring()
    cli.signal('SIGINT')
    await cli.said(/Stopping/)
    const asked = performance.now()
    cli.signal('SIGINT')
    const run = await cli.done
    expect(run.code).toBe(130)
    expect(performance.now() - asked).toBeLessThan(2000)
    await expectGone(pids())
    const report = await servebench(project, ['report'])
    expect(report.code).toBe(130)
    expect(trialOf(project.result(), 'long').state).toBe('interrupted')
  }, 60_000)

  it('runs what setup deferred', async () => {
    longProject(`setup: ({ defer }) => { defer(() => appendFileSync('undone', 'yes')) },`)
    await using cli = new Cli(project, ['-t', 'long'])
    await measuring()
    cli.signal('SIGINT')
    expect((await cli.done).code).toBe(130)
    expect(readFileSync(project.path('undone'), 'utf8')).toBe('yes')
  }, 60_000)
})

it('SIGTERM is taken like Ctrl-C', async () => {
  longProject()
  await using cli = new Cli(project, [])
  await measuring()
  cli.signal('SIGTERM')
  const run = await cli.done
  expect(run.code).toBe(130)
  expect(trialOf(project.result(), 'long').counts.completed).toBeGreaterThan(0)
  await expectGone(pids())
}, 60_000)

describe('kill -9', () => {
  it('leaves no server, and a result that can be read', async () => {
    longProject('', 'stubborn: true')
    await using cli = new Cli(project, [])
    await measuring()
    const servers = pids()
    expect(servers).toHaveLength(2)
    expect(servers.every(isRunning)).toBe(true)
    cli.signal('SIGKILL')
    expect((await cli.done).signal).toBe('SIGKILL')
    await expectGone(servers)

    expect(existsSync(project.path('servebench-results/latest/result.json'))).toBe(false)
    const report = await servebench(project, ['report', '--reporter', 'console', '--reporter', 'junit'])
    expect(report.code).toBe(130)
    expect(report.stdout).toContain('The run ended during this trial.')
    const result = project.result()
    const trial = trialOf(result, 'long')
    expect(trial.state).toBe('interrupted')
    expect(trial.windows.length).toBeGreaterThan(0)
    expect(trial.windows[0]).toMatchObject({ from: 0, until: 1e9 })
    expect(trial.windows[0]?.due).toBe(200)
    expect(trial.windows[0]?.p50).toBeGreaterThan(0)
    expect(trialOf(result, 'after').state).toBe('skipped')
    expect(readFileSync(project.path('servebench-results/latest/junit.xml'), 'utf8')).toContain(
      'The run ended during this trial.',
    )
    // The records end without their footer and can be read all the same.
    const rows = readRecordFile(project.path('servebench-results/latest/records', `${trial.id}.arrows`))
    expect(rows.length).toBeGreaterThan(100)
    // Once more: from the result now.
    expect((await servebench(project, ['report'])).stdout).toBe(report.stdout)
  }, 60_000)
})
