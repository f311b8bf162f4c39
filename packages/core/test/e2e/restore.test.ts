/** Servers that outlive a run: what it changes is taken back, whatever becomes of the run. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ATTACHED_KINDS } from './support/attached-servers.ts'
import { Cli, flat, servebench } from './support/cli.ts'
import { KEPT_SERVER_PLUGIN } from './support/kept-server.ts'
import { E2eProject } from './support/project.ts'

const ORIGINAL = { instances: 1 }
let state: unknown
let requests: number
let server: Server
let url: string
let project: E2eProject

beforeEach(async () => {
  state = ORIGINAL
  requests = 0
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      if (request.url !== '/state') requests += 1
      else if (request.method === 'POST') state = JSON.parse(body)
      response.end(request.url === '/state' ? JSON.stringify(state) : '{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  project = new E2eProject({
    'kept.bench.ts': `
import { constantRate, http, scenario } from 'servebench'
import { keptServer } from 'kept-server'
scenario('long', {
  matrix: { instances: [2, 3] },
  server: ({ instances }) => keptServer({ url: '${url}' }, { instances }),
  target: http(),
  load: constantRate({ rate: 100 }),
})`,
  })
  project.install('kept-server', KEPT_SERVER_PLUGIN)
})
afterEach(async () => {
  project[Symbol.dispose]()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const journals = (of = project): string[] => readdirSync(of.path('servebench-results/undo'))
const LONG = ['--duration', '60s']

/** Resolves when the state has been changed and load has begun. */
async function measuring(): Promise<void> {
  await expect.poll(() => requests, { timeout: 30_000, interval: 20 }).toBeGreaterThan(0)
  expect(state).toEqual({ instances: 2 })
  expect(journals()).toHaveLength(1)
}

it('after a run, all its cases are taken back', async () => {
  const run = await servebench(project)
  expect(run.code, run.output).toBe(0)
  expect(project.result().trials.map((trial) => trial.server?.effectiveConfig)).toEqual([
    { instances: 2 },
    { instances: 3 },
  ])
  expect(state).toEqual(ORIGINAL)
  expect(journals()).toEqual([])
})

it('after Ctrl-C it is taken back before the run ends', async () => {
  await using cli = new Cli(project, LONG)
  await measuring()
  cli.signal('SIGINT')
  expect((await cli.done).code).toBe(130)
  expect(state).toEqual(ORIGINAL)
  expect(journals()).toEqual([])
})

describe.each(['SIGKILL', 'SIGSEGV'] as const)('after %s', (signal) => {
  it('it is offered by the next run and by doctor, and taken back by doctor --restore', async () => {
    await using cli = new Cli(project, LONG)
    await measuring()
    cli.signal(signal)
    expect((await cli.done).signal).toBe(signal)
    expect(state).toEqual({ instances: 2 })

    const looked = await servebench(project, ['doctor'])
    expect(looked.code, looked.output).toBe(0)
    expect(flat(looked.stdout)).toContain(`an earlier run has left a change of the kept server at ${url}`)
    const next = await servebench(project)
    expect(flat(next.output)).toContain('`servebench doctor --restore` takes back what it can')
    // That run has put back what it found.
    expect(state).toEqual({ instances: 2 })

    const restored = await servebench(project, ['doctor', '--restore'])
    expect(restored.code, restored.output).toBe(0)
    expect(flat(restored.stdout)).toContain(`a change of the kept server at ${url} taken back`)
    expect(state).toEqual(ORIGINAL)
    expect(journals()).toEqual([])
    expect((await servebench(project, ['doctor', '--restore'])).stdout).not.toContain('kept')
  })
})

it('what cannot be taken back is said, and kept', async () => {
  await using cli = new Cli(project, LONG)
  await measuring()
  cli.signal('SIGKILL')
  await cli.done
  project.install('kept-server', 'export const plugin = null')
  const run = await servebench(project, ['doctor', '--restore'])
  expect(run.code).toBe(2)
  expect(flat(run.stdout)).toMatch(/✗ servers +a change of the kept server at \S+: .*kept-server/)
  expect(flat(run.stdout)).toContain('if it is gone for good, delete')
  expect(journals()).toHaveLength(1)
})

describe.concurrent.each(ATTACHED_KINDS)('a $kind server', ({ kind, imports, packages, start }) => {
  it('is as it was after Ctrl-C, and by doctor --restore after kill -9', async ({ expect: check }) => {
    await using attached = await start()
    using own = new E2eProject({
      'kept.bench.ts': `
import { constantRate, http, scenario } from 'servebench'
${imports}
scenario('long', {
  server: ${attached.spec},
  target: http({ path: '${attached.path}' }),
  load: constantRate({ rate: 20 }),
})`,
    })
    for (const name of packages) own.link(name)
    const before = attached.state()
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      await using cli = new Cli(own, LONG)
      const ended = cli.done.then(({ output }) => `The run has ended:\n${output}`)
      const changed = check
        .poll(attached.state, { timeout: 30_000, interval: 20 })
        .toMatchObject(attached.changed as object)
        .then(() => null)
      check(await Promise.race([changed, ended])).toBeNull()
      cli.signal(signal)
      const { code, output } = await cli.done
      check(code, output).toBe(signal === 'SIGINT' ? 130 : null)
      if (signal === 'SIGINT') {
        check(attached.state()).toEqual(before)
        check(journals(own)).toEqual([])
      }
    }
    check(attached.state()).not.toEqual(before)
    const restored = await servebench(own, ['doctor', '--restore'])
    check(restored.code, restored.output).toBe(0)
    check(flat(restored.stdout)).toMatch(
      new RegExp(`changes? of the ${kind} server at ${attached.url} taken back`),
    )
    check(attached.state()).toEqual(before)
    check(journals(own)).toEqual([])
  })
})
