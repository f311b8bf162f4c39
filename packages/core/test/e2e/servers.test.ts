/** Servers that a scenario launches: reused, adjusted, crashing, not starting, on a port that is taken. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeRuntime } from '../support/fake-runtime.ts'
import { Cli, flat, servebench } from './support/cli.ts'
import { expectGone, readPids } from './support/processes.ts'
import { E2eProject, trialOf } from './support/project.ts'

let project: E2eProject
afterEach(() => project[Symbol.dispose]())

const HEAD = `
import { closed, constantRate, http, scenario } from 'servebench'
import { plainServer } from 'plain-server'
const pidFile = process.cwd() + '/pids'
const load = constantRate({ rate: 200 })
`
const pids = (): number[] => readPids(project.path('pids'))

it('are started once for equal launches, adjusted in place, restored and ended', async () => {
  project = new E2eProject({
    'a.bench.ts': `${HEAD}
scenario('one', {
  matrix: { workers: [1, 2] },
  server: ({ workers }) => plainServer({ pidFile }, { workers }),
  target: () => http({ path: '/x' }),
  load: closed({ concurrency: 1, requests: 20 }),
  check: (response, { workers }) => response.json().state.workers === workers,
})
scenario('same', { server: plainServer({ pidFile }, { workers: 2 }), target: http(), load: closed({ concurrency: 1, requests: 20 }) })
scenario('other', { server: plainServer({ pidFile, other: true }), target: http(), load: closed({ concurrency: 1, requests: 20 }) })`,
  })
  const run = await servebench(project)
  expect(run.code, run.output).toBe(0)
  expect(pids()).toHaveLength(2)
  await expectGone(pids())
  const result = project.result()
  for (const trial of result.trials)
    expect(trial.counts).toMatchObject({ due: 20, completed: 20, incorrect: 0 })
  const { server } = trialOf(result, 'one', { workers: 2 })
  expect(server).toMatchObject({ kind: 'plain', version: '1.2.3', effectiveConfig: { workers: 2 } })
  expect(server?.startup?.['ready']).toBeGreaterThan(0)
  expect(result.run.environment.servers['plain']).toMatchObject({ version: '1.2.3' })
  const log = readFileSync(project.path('servebench-results/latest/servers/plain-0.log'), 'utf8')
  expect(log.match(/^state .*$/gm)).toEqual(['state {"workers":1}', 'state {"workers":2}', 'state {}'])
})

it('are started anew for every repeat of a cold start; one that runs already is left idle', async () => {
  /** When requests came, and what for. */
  const seen: number[] = []
  const server = createServer((_request, response) => {
    seen.push(performance.now())
    response.end('ok')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  project = new E2eProject({
    'a.bench.ts': `${HEAD}
scenario('launch', { server: plainServer({ pidFile }), target: http(), coldStart: { requests: 2 }, repeats: 2 })
scenario('idle', { target: http({ url: 'http://127.0.0.1:${port}/' }), coldStart: { requests: 1, idle: '400ms' }, repeats: 2 })`,
  })
  const run = await servebench(project)
  server.close()
  expect(run.code, run.output).toBe(0)
  expect(pids()).toHaveLength(2)
  await expectGone(pids())
  const result = project.result()
  for (const repeat of [0, 1]) {
    const { coldStart, counts } = trialOf(result, 'launch', {}, repeat)
    expect(counts).toMatchObject({ due: 3, completed: 3 })
    // All that this launcher tells of a start is when it was ready.
    expect(coldStart).toMatchObject({
      kind: 'launch',
      system: null,
      modelLoad: null,
      model: null,
      warmCount: 2,
    })
    expect(coldStart?.total).toBe((coldStart?.ready as number) + (coldStart?.firstAnswer as number))
    expect(trialOf(result, 'idle', {}, repeat).coldStart).toMatchObject({
      kind: 'idle',
      idle: 400e6,
      ready: null,
      warmCount: 1,
    })
  }
  // Two requests, nothing for a while, two requests.
  expect(seen).toHaveLength(4)
  expect((seen[2] as number) - (seen[1] as number)).toBeGreaterThanOrEqual(400)
  expect(run.stdout).toContain('launch: cold start')
  expect(run.stdout).toContain('idle: first answer after idling')
})

it('are any programs that listen on a port, on the CPUs that they may use', async () => {
  project = new E2eProject({
    'bin/serve.mjs': `
import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
appendFileSync(process.env.PIDS, process.pid + '\\n')
const [, cpus] = /^Cpus_allowed_list:\\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
createServer((request, response) => response.end(JSON.stringify({ url: request.url, cpus, cwd: process.cwd() })))
  .listen(Number(process.argv[2].slice(7)), '127.0.0.1', () => console.log('listening'))`,
    'a.bench.ts': `
import { closed, confine, http, processServer, scenario } from 'servebench'
const serve = (more = {}) => processServer({
  command: process.execPath,
  args: ['serve.mjs', '--port={port}'],
  cwd: 'bin',
  env: { PIDS: process.cwd() + '/pids' },
  ...more,
})
const load = closed({ concurrency: 1, requests: 3 })
const target = http({ path: '/infer' })
const check = (response) => response.json().url === '/infer' && response.json().cwd.endsWith('/bin')
scenario('port', { server: serve(), target, load, check })
scenario('log', { server: serve({ ready: { log: 'listening' } }), target, load, check })
scenario('path', { server: confine(serve({ ready: { path: '/' } }), { cpus: '0' }), target, load,
  check: (response) => response.json().cpus === '0' })
scenario('fails', { server: serve({ args: ['-e', 'process.exit(7)'] }), target, load })`,
  })
  const run = await servebench(project)
  const result = project.result()
  for (const name of ['port', 'log', 'path'])
    expect(trialOf(result, name).counts, name).toMatchObject({ completed: 3, incorrect: 0, checked: 3 })
  expect(run.code).toBe(4)
  expect(trialOf(result, 'fails').error?.message).toBe(
    'The process server ended with code 7 before it was ready.',
  )
  expect(trialOf(result, 'path').server?.plan?.limits).toEqual({ cpus: '0', memory: null })
  expect(new Set(pids()).size).toBe(3)
  await expectGone(pids())
})

it('are started as often as there are replicas, which share the requests of a target without a URL', async () => {
  project = new E2eProject({
    'a.bench.ts': `
import { closed, http, replicate, scenario } from 'servebench'
import { plainServer } from 'plain-server'
scenario('launched', {
  server: replicate(plainServer({ pidFile: process.cwd() + '/pids' }, { workers: 2 }), { count: 3 }),
  target: () => http({ path: '/x' }),
  load: closed({ concurrency: 3, requests: 60 }),
  warmup: 0,
  check: (response) => response.json().state.workers === 2,
})`,
  })
  const run = await servebench(project)
  expect(run.code, run.output).toBe(0)
  expect(new Set(pids()).size).toBe(3)
  await expectGone(pids())
  const { replicas = [], counts, server } = trialOf(project.result(), 'launched')
  expect(counts).toMatchObject({ completed: 60, incorrect: 0 })
  expect(replicas.map((replica) => replica.counts.completed)).toEqual([20, 20, 20])
  expect(new Set(replicas.map(({ name }) => name)).size).toBe(3)
  expect(server?.plan?.replicas).toEqual({ count: 3, policy: 'roundRobin' })
})

it('that are replicas share the requests, and one that dies keeps its failures to itself', async () => {
  const servers = [0, 1, 2].map(() => createServer((_request, response) => response.end('ok')))
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening')
  let served = 0
  // The third stops for good while it is measured.
  servers[2]?.on('request', (request) => {
    served += 1
    if (served < 10) return
    servers[2]?.close()
    request.socket.destroy()
    servers[2]?.closeAllConnections()
  })
  const urls = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  project = new E2eProject({
    'a.bench.ts': `
import { balance, closed, http, scenario } from 'servebench'
scenario('replicas', {
  target: () => balance([${urls.map((url) => `http({ url: '${url}' })`).join(', ')}]),
  load: closed({ concurrency: 3, requests: 90 }),
  warmup: 0,
  slo: { errorRate: 0.5 },
})`,
  })
  const run = await servebench(project)
  for (const server of servers) server.close()
  expect(run.code, run.output).toBe(0)
  const { replicas = [], counts } = trialOf(project.result(), 'replicas')
  expect(replicas.map(({ name }) => name)).toEqual(urls)
  expect(replicas.map((replica) => replica.counts.due)).toEqual([30, 30, 30])
  expect(replicas.map((replica) => replica.counts.failed)).toEqual([0, 0, counts.failed])
  expect(counts.failed).toBeGreaterThanOrEqual(20)
  expect(run.stdout).toContain('replicas: replica by replica')
  expect(run.stdout).toContain(`${urls[2]}: ${counts.failed} of its 30 requests did not complete`)
})

it('that crash end their trial with what was measured, and the next one gets a new server', async () => {
  project = new E2eProject({
    'a.bench.ts': `${HEAD}
scenario('measuring', { server: plainServer({ pidFile, crashAfter: 50 }), target: http(), load, duration: '20s', records: 'all' })
scenario('warming up', { server: plainServer({ pidFile, crashAfter: 5 }), target: http(), load, warmup: '20s' })
scenario('after', { server: plainServer({ pidFile }), target: http(), load })`,
  })
  const run = await servebench(project)
  expect(run.code).toBe(4)
  const result = project.result()
  const trial = trialOf(result, 'measuring')
  expect(trial).toMatchObject({
    state: 'failed',
    error: {
      code: 'SERVEBENCH_SERVER_EXITED',
      message: 'The server ended with code 139 during the trial.',
      detail: expect.stringContaining('Segmentation fault'),
      exitCode: 4,
    },
  })
  // 20 requests warmed up; the rest were measured.
  expect(trial.counts.completed).toBeGreaterThan(10)
  expect(trial.counts.completed).toBeLessThan(50)
  expect(trial.counts.failed).toBeGreaterThan(0)
  expect(trial.counts.due).toBe(
    trial.counts.completed + trial.counts.failed + trial.counts.timedOut + trial.counts.censored,
  )
  expect(trial.engine.accounting).toBeLessThan(0.001)
  expect(trial.phases.measurement.until).toBeLessThan(15e9)
  expect(existsSync(project.path('servebench-results/latest', trial.records?.path ?? ''))).toBe(true)
  expect(trialOf(result, 'warming up')).toMatchObject({ state: 'failed', counts: { due: 0 } })
  expect(trialOf(result, 'after')).toMatchObject({ state: 'completed', counts: { due: 60, completed: 60 } })
  expect(result.run.exit.reasons).toEqual([
    'measuring: The server ended with code 139 during the trial.',
    'warming up: The server ended with code 139 during the trial.',
  ])
  expect(run.stdout).toContain('| Segmentation fault')
  await expectGone(pids())
})

describe('that do not start', () => {
  it('are told with the end of their log', async () => {
    project = new E2eProject({
      'a.bench.ts': `${HEAD}
scenario('dies', { server: plainServer({ pidFile, die: 'cannot load the model: out of memory' }), target: http(), load })
scenario('after', { server: plainServer({ pidFile }), target: http(), load })`,
    })
    const run = await servebench(project)
    expect(run.code).toBe(4)
    expect(trialOf(project.result(), 'dies')).toMatchObject({
      state: 'failed',
      error: {
        message: 'The plain server ended with code 3 before it was ready.',
        detail: 'cannot load the model: out of memory',
      },
    })
    expect(run.stdout).toContain('| cannot load the model: out of memory')
    expect(trialOf(project.result(), 'after').state).toBe('completed')
  })

  it('are told when the command does not exist, or never gets ready', async () => {
    project = new E2eProject({
      'a.bench.ts': `${HEAD}
scenario('no command', { server: { kind: 'odd', package: 'odd-server', launch: { command: 'no-such-server' }, state: {} }, target: http(), load })
scenario('never ready', { server: { kind: 'odd', package: 'odd-server', launch: { command: process.execPath }, state: {} }, target: http(), load })`,
    })
    project.install(
      'odd-server',
      `export const plugin = { name: 'odd-server', apiVersion: 1, apply({ hooks }) {
         hooks.launch.for('odd').tapPromise('odd-server', async ({ launch }, context) => {
           const server = await context.spawn({ command: launch.command, args: ['-e', 'console.log("loading 3 of 70 GB"); setInterval(() => {}, 1000)'] })
           await context.waitUntilReady(server, async () => false, { timeout: 1e9 })
         })
       } }`,
    )
    const run = await servebench(project)
    expect(run.code).toBe(4)
    const result = project.result()
    expect(trialOf(result, 'no command').error).toMatchObject({
      code: 'SERVEBENCH_SERVER_COMMAND',
      message: expect.stringContaining("'no-such-server' cannot be started"),
      advice: 'Install it, or give its full path.',
    })
    expect(trialOf(result, 'never ready').error).toMatchObject({
      code: 'SERVEBENCH_SERVER_TIMEOUT',
      message: 'The odd server was not ready after 1.00 s.',
      detail: 'loading 3 of 70 GB',
    })
  })

  it('because another program has their port are told so, and that program is not measured', async () => {
    let asked = 0
    const other = createServer((_, response) => {
      asked += 1
      response.end('I am somebody else')
    }).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    project = new E2eProject({
      'a.bench.ts': `${HEAD}
scenario('x', { server: plainServer({ pidFile, port: ${port} }), target: http(), load })`,
    })
    try {
      const run = await servebench(project)
      expect(run.code).toBe(4)
      const { state, error, counts } = trialOf(project.result(), 'x')
      expect(state).toBe('failed')
      expect(counts.due).toBe(0)
      // Either the port's owner was looked up, or the server itself gave up first.
      if (error?.code === 'SERVEBENCH_PORT_IN_USE') {
        expect(error.message).toBe(
          `Port ${port} belongs to another program (process ${process.pid}), not to the plain server that was launched.`,
        )
      } else expect(error?.detail).toContain('EADDRINUSE')
      expect(asked).toBeLessThan(20)
    } finally {
      other.close()
      other.closeAllConnections()
    }
  })
})

const inside = (image: string): string => `
import { closed, env, http, processServer, scenario } from 'servebench'
scenario('${image}', {
  server: processServer({
    command: 'serve',
    args: ['{port}', '{host}'],
    container: { image: '${image}', pull: '${image === 'serve:1' ? 'missing' : 'never'}', env: { TOKEN: env('TOKEN') } },
  }),
  target: http(),
  load: closed({ concurrency: 1 }),
})`

it('run in containers, and leave none: after the end, Ctrl-C, and kill -9', async () => {
  project = new E2eProject({
    'server.mjs': `
import { createServer } from 'node:http'
const [port, host] = process.argv.slice(2)
console.log('token', process.env.TOKEN)
createServer((_request, response) => response.end('{}')).listen(Number(port), host)`,
    'a.bench.ts': inside('serve:1'),
    'b.bench.ts': inside('serve:2'),
  })
  const image = { id: 'sha256:1', programs: { serve: [process.execPath, project.path('server.mjs')] } }
  using runtime = new FakeRuntime(project.path('.engine'), { registry: { 'serve:1': image } })
  const options = { env: { PATH: `${runtime.bin}:${process.env['PATH']}`, TOKEN: 'planted-token' } }
  const run = await servebench(project, [], options)
  expect(run.code, run.output).toBe(4)
  expect(flat(run.output)).toContain('Fetching the image serve:1 with docker.')
  expect(flat(run.output)).toContain('The image serve:2 is not on this machine.')
  const result = project.result()
  expect(trialOf(result, 'serve:1').server?.container).toEqual({
    runtime: 'docker',
    runtimeVersion: '28.1.1',
    image: 'serve:1',
    imageId: 'sha256:1',
    digests: [],
  })
  const log = readFileSync(project.path('servebench-results/latest/servers/process-0.log'), 'utf8')
  expect(log).toBe('token [redacted]\n')
  expect(JSON.stringify([result, runtime.calls(), run.output])).not.toContain('planted-token')
  expect(runtime.containers()).toEqual([])

  const long = ['a', '--duration', '60s']
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    await using cli = new Cli(project, long, options)
    await expect.poll(() => runtime.programs().filter((pid) => pid > 0), { timeout: 20_000 }).toHaveLength(1)
    cli.signal(signal)
    await cli.done
    await expect.poll(() => runtime.containers(), { timeout: 15_000 }).toEqual([])
  }
})
