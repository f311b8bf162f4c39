import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { ServerLimits } from '../../dsl/confine.ts'
import type { PlannedContainer } from '../../dsl/container.ts'
import { isSecret, type Secret } from '../../dsl/secret.ts'
import type { ServerCommand, ServerProcess } from '../../hooks/server.ts'
import { anchorSecrets, resolveSecret } from '../../transport/secret-resolution.ts'
import { SECOND, type Nanos } from '../../units/nanos.ts'
import type { Guard } from '../guard.ts'
import { startTimeOf } from '../proc.ts'
import { LaunchedProcess, type LaunchedServerProcess } from '../server-process.ts'
import { callRuntime } from './call-runtime.ts'
import type { ContainerEngine } from './engine.ts'
import { followLinks } from './mounts.ts'
import { runArguments, type PublishedPort } from './run-arguments.ts'
import { startFailure } from './start-failure.ts'

const GRACE: Nanos = 5 * SECOND
const POLL_MS = 50
/** How long the client may take to notice that its container has ended, ms. */
const CLIENT_MS = 5000
/** Of `docker run`: what it could not do, instead of what the program returned. */
const RUNTIME_FAILURES = [125, 126, 127]

export interface ContainerStart {
  readonly engine: ContainerEngine
  readonly container: PlannedContainer
  readonly limits: ServerLimits | undefined
  readonly kind: string
  readonly command: ServerCommand
  readonly ports: readonly PublishedPort[]
  /** The server's scratch folder. */
  readonly directory: string
  /** What it may read besides. */
  readonly reads: readonly string[]
  readonly root: string
  readonly guard: Guard
  readonly logFile: string
  readonly signal: AbortSignal
}

/**
 * A container that is up, seen through its client, which stays attached: what it prints is the container's log, and it
 * ends when the container does.
 */
export class LaunchedContainer implements LaunchedServerProcess {
  /** Of its first process, where this machine shows it; otherwise of the client. */
  readonly pid: number
  readonly exited: ServerProcess['exited']
  readonly #client: LaunchedProcess
  readonly #engine: ContainerEngine
  readonly #name: string
  #ended = false

  /**
   * @returns when the container's program runs, or has ended already
   * @throws {ServebenchError} `SERVEBENCH_CONTAINER_START`, `SERVEBENCH_SERVER_COMMAND`, `SERVEBENCH_PORT_IN_USE`
   */
  static async start(start: ContainerStart): Promise<LaunchedContainer> {
    const { engine, container, guard, signal } = start
    const name = `servebench-${start.kind}-${process.pid}-${randomBytes(4).toString('hex')}`
    const secrets = readSecrets(container, start.root)
    const args = await argumentsOf(start, name, Object.keys(secrets))
    // Before it is started: whatever happens from here on, somebody knows its name.
    guard.plan(name, [engine.runtime, ...removal(name)])
    let client: LaunchedProcess
    try {
      const command = { command: engine.runtime, args, env: secrets }
      client = await LaunchedProcess.start(command, guard, start.logFile, Object.values(secrets))
    } catch (error) {
      guard.callOff(name)
      throw error
    }
    const ended = client.exited.then(async (exit) => {
      // The client may have ended alone.
      if (await isRemoved(engine, name)) guard.callOff(name)
      return exit
    })
    const pid = await firstProcess(engine, name, client, signal)
    if (pid !== null) return new LaunchedContainer(client, ended, engine, name, pid)
    if (!client.hasExited) {
      client.kill()
      await ended
      signal.throwIfAborted()
    }
    const { code } = await ended
    const failure = RUNTIME_FAILURES.includes(code ?? 0)
      ? startFailure(code ?? 0, client.logTail(), { container, command: start.command.command })
      : null
    if (failure !== null) throw failure
    return new LaunchedContainer(client, ended, engine, name, client.pid)
  }

  private constructor(
    client: LaunchedProcess,
    ended: ServerProcess['exited'],
    engine: ContainerEngine,
    name: string,
    pid: number,
  ) {
    this.#client = client
    this.#engine = engine
    this.#name = name
    this.pid = startTimeOf(pid) === null ? client.pid : pid
    this.exited = ended.then((exit) => {
      this.#ended = true
      return exit
    })
  }

  get hasExited(): boolean {
    return this.#ended || this.#client.hasExited
  }

  logTail(): string {
    return this.#client.logTail()
  }

  async stop(grace: Nanos = GRACE): Promise<void> {
    if (!this.#client.hasExited) {
      const seconds = Math.max(1, Math.ceil(grace / SECOND))
      const { runtime } = this.#engine
      await callRuntime(runtime, ['stop', '-t', String(seconds), this.#name], {
        patience: seconds * 1000 + CLIENT_MS,
      })
      const timer = setTimeout(() => this.#client.kill(), CLIENT_MS)
      await this.#client.exited
      clearTimeout(timer)
    }
    await this.exited
  }

  /** The guard removes the container. */
  kill(): void {
    this.#client.kill()
  }
}

function removal(name: string): string[] {
  return ['rm', '--force', '--volumes', name]
}

/** Removes a container; one that cannot be removed now is left to the guard. */
async function isRemoved({ runtime }: ContainerEngine, name: string): Promise<boolean> {
  const { code, stderr } = await callRuntime(runtime, removal(name))
  return code === 0 || /no such container|no container with|already in progress/i.test(stderr)
}

/** The process id of the container's first process, once it runs; `null` when the client has ended before. */
async function firstProcess(
  { runtime }: ContainerEngine,
  name: string,
  client: LaunchedProcess,
  signal: AbortSignal,
): Promise<number | null> {
  const args = ['container', 'inspect', '--format', '{{.State.Status}} {{.State.Pid}}', name]
  while (!client.hasExited && !signal.aborted) {
    const { stdout } = await callRuntime(runtime, args)
    const [, pid] = /^running (\d+)$/.exec(stdout.trim()) ?? []
    if (pid !== undefined && pid !== '0') return Number(pid)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return null
}

async function argumentsOf(
  start: ContainerStart,
  name: string,
  secrets: readonly string[],
): Promise<string[]> {
  const { container, command, directory, root, engine } = start
  const { reads = [], writes = false, throughEntrypoint = false } = command.inside ?? {}
  const given = command.command === null ? [] : [command.command]
  const plain = Object.entries(container.env).filter(
    (entry): entry is [string, string] => !isSecret(entry[1]),
  )
  const seen = await followLinks([...reads, ...start.reads, directory])
  const mounts = container.mounts.map(({ source, target, readOnly }) => ({
    source: resolve(root, source),
    target: target ?? resolve(root, source),
    readOnly,
  }))
  return runArguments({
    name,
    owner: `${process.pid}-${startTimeOf(process.pid) ?? 0}`,
    host: hostname(),
    container,
    limits: start.limits,
    user: writes ? userOf(engine) : null,
    ports: start.ports,
    mounts: [
      ...[directory, ...seen.filter((path) => path !== directory)]
        .filter((path) => !mounts.some(({ target }) => target === path))
        .map((path) => ({ source: path, target: path, readOnly: !(writes && path === directory) })),
      ...mounts,
    ],
    env: Object.fromEntries([...Object.entries(command.env ?? {}), ...plain]),
    secrets,
    directory: command.cwd ?? null,
    entrypoint: throughEntrypoint ? null : command.command,
    args: throughEntrypoint ? [...given, ...command.args] : command.args,
  })
}

/** Who this tool is: without rights, that is what root is in a container. */
function userOf({ rootless }: ContainerEngine): string | null {
  const { getuid, getgid } = process
  if (getuid === undefined || getgid === undefined) return null
  return rootless ? '0:0' : `${getuid()}:${getgid()}`
}

function readSecrets({ env }: PlannedContainer, root: string): Record<string, string> {
  const secrets = Object.entries(env).filter((entry): entry is [string, Secret] => isSecret(entry[1]))
  return Object.fromEntries(
    secrets.map(([name, secret]) => [name, resolveSecret(anchorSecrets({ ...secret }, root))]),
  )
}
