import { existsSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { ExitCode } from '../errors/servebench-error.ts'
import { createHooks, type RunnerHooks } from '../hooks/hooks.ts'
import type { LaunchContext, RunningServer, ServerControl } from '../hooks/server.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import { ArtifactStore } from './artifact-store.ts'
import { ServerHost } from './server-host.ts'

let project: TemporaryProject
let hooks: RunnerHooks
let host: ServerHost
/** What has been asked of servers, in order. */
let calls: string[]
let warnings: string[]

beforeEach(() => {
  project = temporaryProject()
  hooks = createHooks()
  calls = []
  warnings = []
  host = new ServerHost({
    hooks,
    artifacts: new ArtifactStore(hooks, project.path('artifacts'), async () => {}),
    load: async (name) => void calls.push(`load ${name}`),
    directory: project.path('servers'),
    undo: project.path('undo'),
    root: project.root,
    log: { info: () => {}, warn: (message) => void warnings.push(message) },
  })
})
afterEach(async () => {
  await host[Symbol.asyncDispose]()
  project[Symbol.dispose]()
})

const NEVER = new AbortController().signal
const plan = (launch: ServerPlan['launch'] = {}, state: ServerPlan['state'] = {}): ServerPlan => ({
  kind: 'test',
  package: 'test-package',
  launch,
  state,
})

/** A process that lives until it is told to end. */
const sleeper = (context: LaunchContext, code = 'setInterval(() => {}, 1000)') =>
  context.spawn({ command: process.execPath, args: ['-e', code] })

/** Servers that are processes; `control` and failures as the test wants them. */
function provide(
  options: {
    readonly code?: string
    readonly control?: Partial<ServerControl>
    readonly endpoints?: Record<string, string>
    readonly after?: (context: LaunchContext, pid: number) => Promise<void>
  } = {},
): void {
  hooks.launch.for('test').tapPromise('test', async ({ launch }, context) => {
    const server = await sleeper(context, options.code)
    calls.push(`launch ${JSON.stringify(launch)}`)
    await options.after?.(context, server.pid)
    return {
      kind: 'test',
      endpoints: options.endpoints ?? {},
      process: server,
      version: null,
      local: true,
      control: (options.control ?? null) as ServerControl | null,
      startup: {},
      stop: async () => {
        calls.push('stop')
        await server.stop()
      },
    }
  })
}

function isRunning(server: RunningServer): boolean {
  try {
    process.kill(server.process?.pid as number, 0)
    return true
  } catch {
    return false
  }
}

describe('acquiring a server', () => {
  it('starts one process for equal launches, whatever the order of their members', async () => {
    provide()
    const first = await host.acquire(plan({ a: 1, b: [2] }), NEVER)
    const second = await host.acquire(plan({ b: [2], a: 1 }), NEVER)
    expect(first.started).toBe(true)
    expect(second.started).toBe(false)
    expect(second.server).toBe(first.server)
    expect(calls).toEqual(['load test-package', 'launch {"a":1,"b":[2]}'])
  })

  it('ends it before another one is started: one is up at a time', async () => {
    provide()
    const first = await host.acquire(plan({ a: 1 }), NEVER)
    const second = await host.acquire(plan({ a: 2 }), NEVER)
    expect(isRunning(first.server)).toBe(false)
    expect(isRunning(second.server)).toBe(true)
    expect(calls.filter((call) => !call.startsWith('load'))).toEqual([
      'launch {"a":1}',
      'stop',
      'launch {"a":2}',
    ])
    await host[Symbol.asyncDispose]()
    expect(isRunning(second.server)).toBe(false)
  })

  it('starts it anew for a cold start, and says what it is about to read', async () => {
    project.write({ model: 'x'.repeat(100) })
    provide({ after: async (context) => await context.modelFiles([project.path('model')]) })
    const first = await host.acquire(plan(), NEVER, { pageCache: 'keep' })
    const second = await host.acquire(plan(), NEVER, { pageCache: 'keep' })
    expect(isRunning(first.server)).toBe(false)
    expect(isRunning(second.server)).toBe(true)
    expect(second).toMatchObject({ started: true, files: { bytes: 100 } })
    // Nobody asks for it otherwise.
    const third = await host.acquire(plan({ other: 1 }), NEVER)
    expect(third.files).toBeNull()
  })

  it('times a start without a model where its provider knows such a server', async () => {
    hooks.launch.for('test').tapPromise('test', async ({ state }, context) => {
      const server = await sleeper(context)
      const bare = state['models'] === undefined
      calls.push(bare ? 'bare' : 'whole')
      return {
        kind: 'test',
        endpoints: {},
        process: server,
        version: null,
        local: true,
        control: null,
        startup: { ready: bare ? 7 : 9 },
        ...(bare ? {} : { bare: plan() }),
        stop: () => server.stop(),
      }
    })
    expect(await host.timeBareStart(NEVER)).toBeNull()
    const whole = await host.acquire(plan({}, { models: ['a'] }), NEVER, { pageCache: 'keep' })
    expect(await host.timeBareStart(NEVER)).toBe(7)
    expect(isRunning(whole.server)).toBe(false)
    expect(await host.timeBareStart(NEVER)).toBeNull()
    expect(calls).toEqual(['load test-package', 'whole', 'load test-package', 'bare'])
  })

  it('cannot start anew what it has only found running', async () => {
    hooks.launch.for('test').tapPromise('test', async () => ({
      kind: 'test',
      endpoints: {},
      process: null,
      version: null,
      local: false,
      control: null,
      startup: {},
      stop: async () => void calls.push('stop'),
    }))
    await expect(host.acquire(plan(), NEVER, { pageCache: 'keep' })).rejects.toMatchObject({
      code: 'SERVEBENCH_COLD_START',
    })
  })

  it('brings its state in line only when that is another one, and puts it back at the end', async () => {
    provide({
      control: {
        configure: async (state) => {
          calls.push(`configure ${JSON.stringify(state)}`)
          return { read: 'back', ...state }
        },
        restore: async () => void calls.push('restore'),
      },
    })
    const first = await host.acquire(plan({}, { instances: 1 }), NEVER)
    await host.acquire(plan({}, { instances: 1 }), NEVER)
    const second = await host.acquire(plan({}, { instances: 2 }), NEVER)
    expect(first.effective).toEqual({ read: 'back', instances: 1 })
    expect(second).toMatchObject({ effective: { read: 'back', instances: 2 }, started: false })
    await host[Symbol.asyncDispose]()
    expect(calls.slice(2)).toEqual([
      'configure {"instances":1}',
      'configure {"instances":2}',
      'restore',
      'stop',
    ])
  })

  it('puts a server back between runs that outlives them, and leaves its own as it is', async () => {
    const control = {
      configure: async (state: ServerPlan['state']) => {
        calls.push(`configure ${JSON.stringify(state)}`)
        return state
      },
      restore: async () => void calls.push('restore'),
    }
    let attached: { process: null } | null = { process: null }
    hooks.launch.for('test').tapPromise('test', async (_, context) => ({
      kind: 'test',
      endpoints: {},
      version: null,
      local: true,
      control: control as unknown as ServerControl,
      startup: {},
      stop: async () => void calls.push('stop'),
      ...(attached ?? { process: await sleeper(context) }),
    }))
    await host.rest()
    await host.acquire(plan({}, { instances: 2 }), NEVER)
    await host.rest()
    await host.rest()
    expect(calls.splice(0)).toEqual(['load test-package', 'configure {"instances":2}', 'restore', 'stop'])
    const again = await host.acquire(plan({}, { instances: 2 }), NEVER)
    expect(again.started).toBe(true)
    await host.rest()
    attached = null
    calls.length = 0
    await host.acquire(plan({}, { instances: 2 }), NEVER)
    await host.rest()
    expect((await host.acquire(plan({}, { instances: 2 }), NEVER)).started).toBe(false)
    expect(calls).toEqual(['load test-package', 'configure {"instances":2}'])
  })

  it('tries a state again that could not be reached', async () => {
    let fails = true
    provide({
      control: {
        configure: async () => {
          if (fails) throw new Error('model not found')
          return { fine: true }
        },
      },
    })
    await expect(host.acquire(plan({}, { model: 'x' }), NEVER)).rejects.toThrow('model not found')
    fails = false
    expect(await host.acquire(plan({}, { model: 'x' }), NEVER)).toMatchObject({ effective: { fine: true } })
  })

  it('configures it anew for a state that it had before another one failed halfway', async () => {
    let instances = 0
    provide({
      control: {
        configure: async (state) => {
          const wanted = (state as { instances: number }).instances
          calls.push(`configure ${wanted}`)
          // The first of two changes is made already.
          instances = wanted
          if (wanted === 64) throw new Error('out of memory')
          return { instances }
        },
      },
    })
    await host.acquire(plan({}, { instances: 2 }), NEVER)
    await expect(host.acquire(plan({}, { instances: 64 }), NEVER)).rejects.toThrow('out of memory')
    const again = await host.acquire(plan({}, { instances: 2 }), NEVER)
    expect(again).toMatchObject({ started: false, effective: { instances: 2 } })
    expect(instances).toBe(2)
    expect(calls.filter((call) => call.startsWith('configure'))).toEqual([
      'configure 2',
      'configure 64',
      'configure 2',
    ])
  })

  it('starts a new one in the place of one that has crashed, without restoring that', async () => {
    provide({ control: { restore: async () => void calls.push('restore') } })
    const first = await host.acquire(plan(), NEVER)
    process.kill(first.server.process?.pid as number, 'SIGKILL')
    await first.server.process?.exited
    const second = await host.acquire(plan(), NEVER)
    expect(second.started).toBe(true)
    expect(second.server.process?.pid).not.toBe(first.server.process?.pid)
    expect(calls).not.toContain('restore')
  })

  it('ends it although its state cannot be put back', async () => {
    provide({
      control: {
        restore: async () => {
          throw new Error('it hangs')
        },
      },
    })
    const { server } = await host.acquire(plan(), NEVER)
    await host[Symbol.asyncDispose]()
    expect(isRunning(server)).toBe(false)
    expect(warnings).toEqual(['The state of the test server could not be restored: it hangs'])
  })

  it('has its log in a file and at hand', async () => {
    provide({ code: 'console.log("loaded"); console.error("warned"); setInterval(() => {}, 1000)' })
    await host.acquire(plan(), NEVER)
    await expect
      .poll(() => host.logTail(), { timeout: 5000 })
      .toMatch(/loaded[\s\S]*warned|warned[\s\S]*loaded/)
    await host[Symbol.asyncDispose]()
    expect(readFileSync(project.path('servers/test-0.log'), 'utf8')).toContain('loaded')
    expect(existsSync(project.path('servers/test-0'))).toBe(false)
  })
})

describe('a server that does not start', () => {
  it('because nobody provides it', async () => {
    await expect(host.acquire(plan(), NEVER)).rejects.toMatchObject({
      code: 'SERVEBENCH_NO_PROVIDER',
      message: "No plugin launches servers of the kind 'test'.",
      advice: expect.stringContaining('test-package'),
    })
  })

  it('leaves no process behind, and its log is at hand', async () => {
    let pid = 0
    provide({
      code: 'console.log("half way"); setInterval(() => {}, 1000)',
      after: async (context, started) => {
        pid = started
        await expect.poll(() => calls.length).toBeGreaterThan(0)
        const log = project.path('servers/test-0.log')
        await expect.poll(() => readFileSync(log, 'utf8'), { timeout: 15_000 }).toContain('half way')
        throw new Error(`cannot go on in ${context.directory.length > 0 ? 'a folder' : ''}`)
      },
    })
    await expect(host.acquire(plan(), NEVER)).rejects.toThrow('cannot go on in a folder')
    expect(() => process.kill(pid, 0)).toThrow()
    expect(host.logTail()).toBe('half way')
    expect(existsSync(project.path('servers/test-0'))).toBe(false)
  })

  it.each([
    [
      'ends by itself',
      'process.exit(7)',
      60e9,
      'SERVEBENCH_SERVER_EXITED',
      'The test server ended with code 7 before it was ready.',
    ],
    [
      'is killed',
      'process.kill(process.pid, "SIGKILL")',
      60e9,
      'SERVEBENCH_SERVER_EXITED',
      'The test server ended by SIGKILL before it was ready.',
    ],
    [
      'takes too long',
      'setInterval(() => {}, 1000)',
      0.3e9,
      'SERVEBENCH_SERVER_TIMEOUT',
      'The test server was not ready after 300 ms.',
    ],
  ])('because it %s', async (_, code, timeout, error, message) => {
    hooks.launch.for('test').tapPromise('test', async (_plan, context) => {
      await context.waitUntilReady(await sleeper(context, code), async () => false, { timeout })
      throw new Error('not reached')
    })
    await expect(host.acquire(plan(), NEVER)).rejects.toMatchObject({
      code: error,
      message,
      advice: expect.stringContaining('It has printed nothing.'),
      exitCode: ExitCode.target,
    })
  })

  it('because it was given up', async () => {
    const controller = new AbortController()
    let pid = 0
    hooks.launch.for('test').tapPromise('test', async (_plan, context) => {
      const server = await sleeper(context)
      pid = server.pid
      setTimeout(() => controller.abort(new Error('Ctrl-C')), 50)
      await context.waitUntilReady(server, async () => false)
      throw new Error('not reached')
    })
    await expect(host.acquire(plan(), controller.signal)).rejects.toThrow('Ctrl-C')
    expect(() => process.kill(pid, 0)).toThrow()
  })

  it('because its command does not exist', async () => {
    hooks.launch.for('test').tapPromise('test', async (_plan, context) => {
      await context.spawn({ command: 'no-such-program', args: [] })
      throw new Error('not reached')
    })
    await expect(host.acquire(plan(), NEVER)).rejects.toMatchObject({
      code: 'SERVEBENCH_SERVER_COMMAND',
      exitCode: ExitCode.target,
    })
  })

  it.runIf(process.platform === 'linux')('because another program has its port', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    // Field 22 of /proc/PID/stat counts hundredths of a second: the server must be visibly younger.
    await new Promise((resolve) => setTimeout(resolve, 30))
    provide({ endpoints: { http: `http://127.0.0.1:${port}` } })
    await expect(host.acquire(plan(), NEVER)).rejects.toMatchObject({
      code: 'SERVEBENCH_PORT_IN_USE',
      message: `Port ${port} belongs to another program (process ${process.pid}), not to the test server that was launched.`,
    })
    other.close()
  })

  it('a server that is attached has no process of its own, and no port to defend', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    hooks.launch.for('test').tapPromise('test', async () => ({
      kind: 'test',
      endpoints: { http: `http://127.0.0.1:${port}` },
      process: null,
      version: null,
      local: true,
      control: null,
      startup: {},
      stop: async () => {},
    }))
    expect((await host.acquire(plan(), NEVER)).started).toBe(true)
    other.close()
  })
})

describe('a process', () => {
  it('that ends takes with it what it has started', async () => {
    let child = 0
    hooks.launch.for('test').tapPromise('test', async (_plan, context) => {
      const server = await sleeper(
        context,
        `const { spawn } = require('node:child_process')
         const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
         console.log(child.pid)
         setTimeout(() => process.exit(1), 300)`,
      )
      const exit = await server.exited
      child = Number(server.logTail())
      throw new Error(`ended with ${exit.code}`)
    })
    await expect(host.acquire(plan(), NEVER)).rejects.toThrow('ended with 1')
    expect(child).toBeGreaterThan(0)
    await expect
      .poll(() => {
        try {
          process.kill(child, 0)
          return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${child}/stat`, 'latin1')) ? 'gone' : 'running'
        } catch {
          return 'gone'
        }
      })
      .toBe('gone')
  })
})
