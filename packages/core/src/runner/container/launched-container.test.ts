import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeRuntime } from '../../../test/support/fake-runtime.ts'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import { processServer, type ProcessServerOptions } from '../../builtin/process/process-server.ts'
import { plugin } from '../../builtin/process/plugin.ts'
import { env } from '../../dsl/secret.ts'
import { applyPlugins } from '../../testing/apply-plugins.ts'
import { ArtifactStore } from '../artifact-store.ts'
import { Guard } from '../guard.ts'
import { ServerHost } from '../server-host.ts'
import { LaunchedContainer } from './launched-container.ts'
import { findLeftContainers, removeContainer } from './left-containers.ts'

/** Serves on the port that it is given; what else it does is in its environment. */
const SERVER = `
import { createServer } from 'node:http'
const [port, host] = process.argv.slice(2)
const { CRASH, IGNORE_SIGTERM, TOKEN, STAY_UNREADY } = process.env
console.log('serving on', host, port, 'with', TOKEN)
if (CRASH !== undefined) {
  console.error('there is no model here')
  process.exit(Number(CRASH))
}
process.on('SIGTERM', () => IGNORE_SIGTERM === undefined && process.exit(0))
createServer((request, response) => {
  response.writeHead(STAY_UNREADY === undefined ? 200 : 503)
  response.end(JSON.stringify({ token: TOKEN, home: process.env.HOME, cwd: process.cwd() }))
}).listen(Number(port), host)
`
const IMAGE = 'registry.example/serve:1'
const NEVER = new AbortController().signal

let project: TemporaryProject
let runtime: FakeRuntime
let host: ServerHost
let said: string[]

beforeEach(async () => {
  project = temporaryProject({ 'server.mjs': SERVER, 'model/weights': 'x' })
  const image = {
    id: `sha256:${'1'.repeat(64)}`,
    digests: [`registry.example/serve@sha256:${'2'.repeat(64)}`],
    entrypoint: ['serve', '8000', '0.0.0.0'],
    programs: { serve: [process.execPath, project.path('server.mjs')] },
  }
  runtime = new FakeRuntime(project.path('engine'), {
    local: { [IMAGE]: image },
    registry: { 'registry.example/serve:2': { ...image, id: '3'.repeat(64), digests: [], pullTime: 1500 } },
  }).install()
  said = []
  const hooks = await applyPlugins([plugin], project.root)
  host = new ServerHost({
    hooks,
    artifacts: new ArtifactStore(hooks, project.path('artifacts'), async () => {}),
    load: async () => {},
    directory: project.path('servers'),
    undo: project.path('undo'),
    root: project.root,
    log: { info: (message) => void said.push(message), warn: (message) => void said.push(message) },
  })
})
afterEach(async () => {
  await host[Symbol.asyncDispose]()
  expect(runtime.containers()).toEqual([])
  runtime[Symbol.dispose]()
  project[Symbol.dispose]()
})

const served = (options: Partial<ProcessServerOptions> = {}) =>
  processServer({
    command: 'serve',
    args: ['{port}', '{host}'],
    ready: { path: '/' },
    ...options,
    container: { image: IMAGE, ...options.container },
  })
const start = (options: Partial<ProcessServerOptions> = {}) => host.acquire(served(options), NEVER)
const runCall = (): readonly string[] => runtime.calls('run').at(-1) ?? []
const log = (): string => readFileSync(project.path('servers/process-0.log'), 'utf8')

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

describe('a server in a container', () => {
  it('is published on loopback only, found by its name and labels, and removed at the end', async () => {
    const { server } = await start()
    const { http = '' } = server.endpoints
    const { port } = new URL(http)
    expect((await fetch(http)).status).toBe(200)
    expect(server.container).toEqual({
      runtime: 'docker',
      runtimeVersion: '28.1.1',
      image: IMAGE,
      imageId: `sha256:${'1'.repeat(64)}`,
      digests: [`registry.example/serve@sha256:${'2'.repeat(64)}`],
    })
    const call = runCall()
    expect(call.filter((argument) => argument.startsWith('--publish'))).toEqual([
      `--publish=127.0.0.1:${port}:${port}`,
    ])
    expect(call.slice(-3)).toEqual([IMAGE, port, '0.0.0.0'])
    const [name] = runtime.containers()
    expect(name).toMatch(/^servebench-process-\d+-[0-9a-f]{8}$/)
    // Its own process, not that of the client: what it uses is the server's.
    expect(server.process?.pid).toBe(runtime.programs()[0])
    expect(log()).toContain(`serving on 0.0.0.0 ${port}`)
    await host[Symbol.asyncDispose]()
    expect(runtime.containers()).toEqual([])
    expect(isRunning(server.process?.pid as number)).toBe(false)
    await expect(fetch(http)).rejects.toThrow()
  })

  it('listens where its image does, behind another port', async () => {
    const { server } = await host.acquire(
      processServer({ port: 8000, container: { image: IMAGE, runtime: 'podman' } }),
      NEVER,
    )
    const { http = '' } = server.endpoints
    const { port } = new URL(http)
    expect(port).not.toBe('8000')
    expect((await fetch(http)).status).toBe(200)
    expect(runCall()).toContain(`--publish=127.0.0.1:${port}:8000`)
    expect(runCall()[0]).toBe('podman')
    expect(server.container).toMatchObject({ runtime: 'podman', runtimeVersion: '5.4.2' })
  })

  it('shares the network of this machine where that is wanted', async () => {
    const { server } = await start({ container: { image: IMAGE, network: 'host' } })
    expect(runCall()).toContain('--network=host')
    expect(runCall().filter((argument) => argument.startsWith('--publish'))).toEqual([])
    expect(runCall().at(-1)).toBe('127.0.0.1')
    expect((await fetch(server.endpoints['http'] as string)).status).toBe(200)
  })

  it('is another one with another image, which is fetched', async () => {
    const first = await start()
    const again = await start()
    expect(again.server).toBe(first.server)
    expect(runtime.calls('pull')).toEqual([])
    const other = await start({ container: { image: 'registry.example/serve:2' } })
    expect(other.started).toBe(true)
    expect(other.server.container).toMatchObject({ imageId: `sha256:${'3'.repeat(64)}`, digests: [] })
    expect(isRunning(first.server.process?.pid as number)).toBe(false)
    expect(said).toEqual([
      'Fetching the image registry.example/serve:2 with docker.',
      'Fetching registry.example/serve:2: 1 of 2 layers.',
    ])
  })

  it('has the limits of `confine` in the place of its own', async () => {
    const container = { image: IMAGE, cpus: 2.5, memory: '1GiB' as const }
    await start({ container })
    expect(runCall()).toEqual(
      expect.arrayContaining(['--cpus=2.5', '--memory=1073741824b', '--memory-swap=1073741824b']),
    )
    await host.acquire({ ...served({ container }), limits: { cpus: '0-1', memory: null } }, NEVER)
    expect(runCall()).toEqual(expect.arrayContaining(['--cpuset-cpus=0-1', '--memory=1073741824b']))
    expect(runCall()).not.toContain('--cpus=2.5')
  })

  it('sees what is mounted, where it is here or where it is to be', async () => {
    const mounts = ['model', { source: 'server.mjs', target: '/in, there', readOnly: false }]
    await start({ container: { image: IMAGE, mounts, args: ['--shm-size=1g'] } })
    const model = project.path('model')
    expect(runCall()).toEqual(
      expect.arrayContaining([
        `--mount=type=bind,source=${model},target=${model},readonly`,
        `--mount=type=bind,source=${project.path('server.mjs')},"target=/in, there"`,
        '--shm-size=1g',
      ]),
    )
  })

  it('gets secrets that no command line, log or plan shows', async () => {
    process.env['SERVEBENCH_TEST_TOKEN'] = 'planted-token'
    try {
      const container = { image: IMAGE, env: { TOKEN: env('SERVEBENCH_TEST_TOKEN'), HOME: '/nowhere' } }
      const { server } = await start({ container })
      expect(await (await fetch(server.endpoints['http'] as string)).json()).toMatchObject({
        token: 'planted-token',
        home: '/nowhere',
      })
      expect(JSON.stringify([runtime.calls(), served({ container })])).not.toContain('planted-token')
      expect(log()).toContain('with [redacted]')
      expect(server.process?.logTail()).toContain('with [redacted]')
    } finally {
      delete process.env['SERVEBENCH_TEST_TOKEN']
    }
  })

  it('is ended although it does not want to', async () => {
    const { server } = await start({ env: { IGNORE_SIGTERM: '1' } })
    await server.process?.stop(1e9)
    expect(await server.process?.exited).toEqual({ code: 137, signal: null })
    expect(runtime.containers()).toEqual([])
  })

  it('has ended when somebody removes it', async () => {
    const { server } = await start()
    await removeContainer({ runtime: 'docker', name: runtime.containers()[0] as string, image: IMAGE })
    expect(await server.process?.exited).toEqual({ code: 137, signal: null })
    expect((await start()).started).toBe(true)
  })

  it('is removed when its start is called off', async () => {
    const leave = new AbortController()
    const starting = host.acquire(served({ env: { STAY_UNREADY: '1' } }), leave.signal)
    await expect.poll(() => runtime.programs().filter((pid) => pid > 0)).toHaveLength(1)
    leave.abort(new Error('Ctrl-C'))
    await expect(starting).rejects.toThrow('Ctrl-C')
    expect(runtime.containers()).toEqual([])
  })
})

describe('a container that cannot be had', () => {
  it.each<[string, Partial<ProcessServerOptions>, string, string]>([
    [
      'its image is not fetched',
      { container: { image: 'registry.example/serve:2', pull: 'never' } },
      'SERVEBENCH_CONTAINER_IMAGE',
      'The image registry.example/serve:2 is not on this machine.',
    ],
    [
      'there is no such image',
      { container: { image: 'registry.example/none:1' } },
      'SERVEBENCH_CONTAINER_IMAGE',
      'The image registry.example/none:1 cannot be fetched: manifest for registry.example/none:1 not found: manifest unknown: manifest unknown',
    ],
    [
      'its program is not in the image',
      { command: 'tritonserver' },
      'SERVEBENCH_SERVER_COMMAND',
      `'tritonserver' cannot be started in the image ${IMAGE}: failed to create task for container: exec: "tritonserver": executable file not found in $PATH: unknown`,
    ],
    [
      'an option of the runtime is wrong',
      { container: { image: IMAGE, args: ['--shm=1g'] } },
      'SERVEBENCH_CONTAINER_START',
      `docker could not start a container of ${IMAGE}: unknown flag: --shm`,
    ],
    [
      'a mount is missing',
      { container: { image: IMAGE, mounts: ['no/such/folder'] } },
      'SERVEBENCH_CONTAINER_START',
      'bind source path does not exist',
    ],
    [
      'there is no GPU',
      { container: { image: IMAGE, gpus: 'all' } },
      'SERVEBENCH_CONTAINER_START',
      'could not select device driver "" with capabilities: [[gpu]]',
    ],
    [
      'it dies at once',
      { env: { CRASH: '3' } },
      'SERVEBENCH_SERVER_EXITED',
      'The process server ended with code 3 before it was ready.',
    ],
    [
      'it is never ready',
      { env: { STAY_UNREADY: '1' }, startTimeout: '300ms' },
      'SERVEBENCH_SERVER_TIMEOUT',
      'The process server was not ready after 300 ms.',
    ],
  ])('%s', async (_, options, code, message) => {
    const failure = await start(options).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message), exitCode: 4 })
    expect(runtime.containers()).toEqual([])
    if (code === 'SERVEBENCH_SERVER_EXITED') expect(host.logTail()).toContain('there is no model here')
  })

  it('its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const guard = new Guard()
    const starting = LaunchedContainer.start({
      engine: { runtime: 'docker', version: '28.1.1', rootless: false },
      container: served().container!,
      limits: undefined,
      kind: 'process',
      command: { command: 'serve', args: [] },
      ports: [{ outside: port, inside: port }],
      directory: project.path('model'),
      reads: [],
      root: project.root,
      guard,
      logFile: project.path('log'),
      signal: NEVER,
    })
    await expect(starting).rejects.toMatchObject({
      code: 'SERVEBENCH_PORT_IN_USE',
      message: expect.stringContaining(`Bind for 127.0.0.1:${port} failed: port is already allocated`),
    })
    guard.close()
    other.close()
  })

  it('its runtime is not there, or does not answer', async () => {
    runtime.breakDown()
    await expect(start()).rejects.toMatchObject({
      code: 'SERVEBENCH_CONTAINER_RUNTIME',
      message:
        'docker does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    })
    const path = process.env['PATH']
    using other = new FakeRuntime(project.path('podman-only'), {}, ['podman'])
    process.env['PATH'] = other.bin
    try {
      await expect(start()).rejects.toMatchObject({
        code: 'SERVEBENCH_CONTAINER_RUNTIME',
        message: 'There is no docker on the PATH.',
        advice: "Install it, or say container: { runtime: 'podman' }, which is there.",
      })
    } finally {
      process.env['PATH'] = path
    }
  })
})

/** A tool of its own, which starts a container and then does `then`. */
async function startTool(then: string): Promise<ReturnType<typeof spawn>> {
  const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)
  project.write({
    'tool.mjs': `
import { plugin } from ${module('../../builtin/process/plugin.ts')}
import { processServer } from ${module('../../builtin/process/process-server.ts')}
import { applyPlugins } from ${module('../../testing/apply-plugins.ts')}
import { ServerHost } from ${module('../server-host.ts')}
const hooks = await applyPlugins([plugin], '/')
const log = { info() {}, warn() {} }
const host = new ServerHost({ hooks, artifacts: null, load: async () => {}, directory: 'tool', undo: 'undo', root: process.cwd(), log })
const plan = processServer({ command: 'serve', args: ['{port}', '{host}'], ready: { path: '/' }, env: { IGNORE_SIGTERM: '1' }, container: { image: '${IMAGE}' } })
await host.acquire(plan, new AbortController().signal)
console.log('up')
${then}`,
  })
  const tool = spawn(process.execPath, ['tool.mjs'], {
    cwd: project.root,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(tool.stdout!, 'data')
  return tool
}

describe.runIf(process.platform === 'linux')('when the tool is gone', () => {
  it.each([
    ['after kill -9', 'setInterval(() => {}, 1000)', 'SIGKILL' as const],
    ['after a crash', "setTimeout(() => { throw new Error('crash') })", null],
  ])('%s, its guard removes the container', async (_, then, signal) => {
    const tool = await startTool(then)
    const [pid = 0] = runtime.programs()
    if (signal !== null) tool.kill(signal)
    await expect.poll(() => runtime.containers(), { timeout: 15_000 }).toEqual([])
    await expect.poll(() => isRunning(pid), { timeout: 5000 }).toBe(false)
    await expect.poll(() => runtime.calls('rm').length).toBeGreaterThan(0)
  })

  it('one that the guard has not removed is found by its labels', async () => {
    await start()
    // Its owner, this process, is alive.
    expect(await findLeftContainers()).toEqual([])
    const [name = ''] = runtime.containers()
    runtime.changeLabel(name, 'servebench.host', 'elsewhere')
    runtime.changeLabel(name, 'servebench.owner', '4194303-1')
    expect(await findLeftContainers()).toEqual([])
    runtime.changeLabel(name, 'servebench.host', hostname())
    const left = await findLeftContainers()
    expect(new Set(left.map((one) => one.name))).toEqual(new Set([name]))
    expect(await removeContainer(left[0]!)).toBeNull()
    expect(await removeContainer(left[0]!)).toContain('No such container')
    expect(runtime.containers()).toEqual([])
  })
})
