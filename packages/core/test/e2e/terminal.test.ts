/** The command on a terminal: what it draws, that it draws within the width, and that it leaves everything as it was. */
import { existsSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { displayWidth } from '../../src/report/text-layout.ts'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import { E2eProject } from './support/project.ts'
import { Pty, type PtyOptions } from './support/pty.ts'

const BENCH = `
import { closed, http, scenario } from 'servebench'
scenario('first', { target: http({ url: process.env.TARGET_URL }), load: closed({ concurrency: 2 }) })
scenario('second', { target: http({ url: process.env.TARGET_URL }), load: closed({ concurrency: 2 }) })
`

/** Throws where nobody can catch it, in the middle of a measurement. */
const BROKEN = `
export const plugin = {
  name: 'broken',
  apiVersion: 1,
  apply({ hooks }) {
    hooks.snapshot.tap('broken', ({ trial }) => {
      if (trial?.phase !== 'measurement' || trial.elapsed < 3e9) return
      setImmediate(() => {
        throw new Error('thrown by a plugin')
      })
    })
  },
}
`

let server: TruthServer
let project: E2eProject
beforeAll(async () => {
  server = await createTruthServer({ program: { service: '2ms' } })
})
afterAll(async () => await server[Symbol.asyncDispose]())
afterEach(() => project[Symbol.dispose]())

function open(args: readonly string[], options: PtyOptions = {}, config: object = {}): Pty {
  project = new E2eProject({ 'a.bench.ts': BENCH, 'broken.js': BROKEN }, config)
  return new Pty(project, args, { ...options, env: { TARGET_URL: server.url, ...options.env } })
}

function expectRestored(pty: Pty): void {
  expect(pty.showsCursor).toBe(true)
  const { before, after } = pty.settings
  expect(after).toBe(before)
  expect(before).toMatch(/ icanon/)
}

const ESC = '\u001b'

describe('on a terminal', () => {
  it('draws progress, prints the tables and restores the terminal', async () => {
    await using pty = open(['--duration', '1s'])
    await pty.said(/trial 1 of 2/)
    await pty.said(/measurement .*█/)
    await pty.said(/2\/2 /)
    expect(await pty.code).toBe(0)
    expect(pty.output).toContain(`${ESC}[?25l`)
    expect(pty.output).toContain(`${ESC}[3`)
    const { text } = pty
    expect(text).toMatch(/1\/2 first\s+✓ [\d ]+\/s · p50 /)
    // The report comes after all drawing.
    expect(text.lastIndexOf('in flight')).toBeLessThan(text.indexOf('Times from the intended start'))
    expect(text).toMatch(/results +\S*servebench-results/)
    expectRestored(pty)
  })

  it.each([80, 40])('stays within %i columns, without colours where they are not wanted', async (columns) => {
    await using pty = open(['--duration', '600ms'], { columns, env: { NO_COLOR: '1' } })
    expect(await pty.code).toBe(0)
    expect(pty.output).toContain(`${ESC}[?25l`)
    // oxlint-disable-next-line no-control-regex
    expect(pty.output.match(/\u001b\[[\d;]*m/)).toBeNull()
    const lines = pty.text.split(/\r*\n|\r/)
    for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(columns)
    expect(lines.some((line) => line.includes('in flight'))).toBe(true)
    expectRestored(pty)
  })

  it('stops and reports at the first Ctrl-C', async () => {
    await using pty = open(['--duration', '20s'])
    await pty.said(/measurement .*█/)
    pty.type('\u0003')
    await pty.said(/stopping…/)
    expect(await pty.code).toBe(130)
    expect(pty.output).toContain('The run was interrupted.')
    expect(project.result().trials.map((trial) => trial.state)).toEqual(['interrupted', 'skipped'])
    expectRestored(pty)
  })

  it.each([['run'], ['watch']])('leaves %s at once at the second Ctrl-C', async (command) => {
    // The first one would wait for answers that do not come.
    await using slow = await createTruthServer({ program: { service: '30s' } })
    await using pty = open(
      [command, '--duration', '20s'],
      { env: { TARGET_URL: slow.url } },
      { drain: '30s' },
    )
    await pty.said(/measurement .*█/)
    pty.type('\u0003')
    await pty.said(/stopping…/)
    expect(pty.showsCursor).toBe(false)
    pty.type('\u0003')
    expect(await pty.code).toBe(130)
    expect(existsSync(project.path('servebench-results', 'latest', 'result.json'))).toBe(false)
    expectRestored(pty)
  })

  it('restores the terminal when something throws', async () => {
    await using pty = open(['--duration', '20s'], {}, { plugins: ['./broken.js'] })
    await pty.said(/measurement .*█/)
    expect(await pty.code).not.toBe(0)
    expect(pty.text).toContain('thrown by a plugin')
    expectRestored(pty)
  })

  it('prints plain lines in CI, and for a run that is over at once', async () => {
    await using ci = open(['--duration', '1s'], { env: { CI: 'true' } })
    expect(await ci.code).toBe(0)
    expect(ci.output).not.toContain(`${ESC}[?25l`)
    expect(ci.text).toMatch(/1\/2 first \(about/)
    project[Symbol.dispose]()
    await using brief = open(['--name', 'first', '--duration', '100ms', '--warmup', '0s'])
    expect(await brief.code).toBe(0)
    expect(brief.output).not.toContain(`${ESC}[?25l`)
  })
})

describe('watch on a terminal', () => {
  it('obeys keys', async () => {
    await using pty = open(['watch', '--duration', '100ms'])
    let at = await pty.said(/Waiting for changes[^]*q quit/)
    pty.type('r')
    at = await pty.said(/Waiting for changes[^]*q quit/, at)
    expect(project.runs()).toHaveLength(2)

    pty.type('h')
    at = await pty.said(/r, Enter {2}run everything again/, at)

    pty.type('f')
    at = await pty.said(/[Oo]nly what matches: /, at)
    pty.type('secomd\u007f\u007fnd\r')
    at = await pty.said(/Only cases that match 'second'/, at)
    expect(project.result().trials.map((trial) => trial.path)).toEqual([['second']])

    pty.type('f')
    at = await pty.said(/matches: second/, at)
    pty.type('(\r')
    at = await pty.said(/is no regular expression/, at)

    pty.type('l')
    at = await pty.said(/Nothing failed last/, at)
    pty.type('q')
    expect(await pty.code).toBe(0)
    expectRestored(pty)
  })

  it('stops a run by s, and waits', async () => {
    await using pty = open(['watch', '--duration', '20s'])
    let at = await pty.said(/measurement .*█/)
    expect(pty.text).toContain('s stop · q quit')
    // Nothing else starts while it runs.
    pty.type('rl')
    pty.type('s')
    at = await pty.said(/stopping…/, at)
    at = await pty.said(/Waiting for changes[^]*q quit/, at)
    expect(project.runs()).toHaveLength(1)
    pty.type('\u0003')
    expect(await pty.code).toBe(130)
    expectRestored(pty)
  })
})
