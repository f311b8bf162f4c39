import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { limitsOf } from '../dsl/confine.ts'
import type { ContainerRuntime, PlannedContainer } from '../dsl/container.ts'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import { messageOf } from '../errors/plugin-error.ts'
import type { RunnerHooks } from '../hooks/hooks.ts'
import type { Log } from '../hooks/plugin.ts'
import type { RunningServer, SettingDifference } from '../hooks/server.ts'
import { processKey } from '../plan/order.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import type { ContainerFacts } from '../report/result.ts'
import { canonicalJson, type JsonValue } from '../units/json.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { findEngine, prepareImage, type ContainerEngine } from './container/engine.ts'
import { Guard } from './guard.ts'
import { examineModelFiles, type ModelFiles } from './model-files.ts'
import { findListeners } from './listener.ts'
import { localPort } from './local-servers.ts'
import { startTimeOf } from './proc.ts'
import { asOneServer } from './replicated-server.ts'
import { ServerLaunch } from './server-launch.ts'
import { LaunchedProcess, type LaunchedServerProcess } from './server-process.ts'
import { describeDifference } from './setting-notes.ts'
import { UndoJournal } from './undo-journal.ts'

export interface ServerHostOptions {
  readonly hooks: RunnerHooks
  readonly artifacts: ArtifactStore
  readonly load: (packageName: string, kind: string) => Promise<void>
  /** Scratch folders and logs of servers go here. */
  readonly directory: string
  /** Changes of servers that outlive the run are written down here, see {@link UndoJournal}. */
  readonly undo: string
  readonly root: string
  readonly log: Log
}

interface Resident {
  readonly key: string
  readonly plan: ServerPlan
  readonly server: RunningServer
  /** For servers that are not the run's own: those end with it, whatever was changed. */
  readonly undo: UndoJournal | null
  readonly files: ModelFiles | null
  state: string
  effective: JsonValue
  differences: readonly SettingDifference[]
}

/** What an acquired server is, and how it came up. */
export interface AcquiredServer {
  readonly server: RunningServer
  readonly effective: JsonValue
  /** Settings that it has otherwise than its plan wants them. */
  readonly differences: readonly SettingDifference[]
  /** Whether it was started (or found) for this call. */
  readonly started: boolean
  /** On the clock of `performance.now()`: when it was in its state, for its first request. */
  readonly readyAt: number
  /** Of a server that was started anew: what it was to read for its models, as far as its provider has told. */
  readonly files: ModelFiles | null
  /** As `ConfigureOptions.changing`; absent for a server that ends with the run. */
  readonly changing?: (undo: JsonValue) => void
}

/** The start of a server that has to be a new one. */
export interface FreshStart {
  readonly pageCache: 'keep' | 'drop'
}

/**
 * The servers of a run: one is up at a time. A trial with an equal `launch` gets the same process, whose `state` is
 * brought in line in place.
 */
export class ServerHost implements AsyncDisposable {
  readonly #options: ServerHostOptions
  #guard: Guard | null = null
  #resident: Resident | null = null
  /** What a server that did not get ready printed last. */
  #failedLog: string | null = null
  #count = 0
  readonly #processes = new Set<LaunchedServerProcess>()
  readonly #engines = new Map<ContainerRuntime, Promise<ContainerEngine>>()

  constructor(options: ServerHostOptions) {
    this.#options = options
  }

  /**
   * The running server of a plan: started, adjusted, or as it is.
   * @param fresh the server has to be started anew
   * @throws {ServebenchError} `SERVEBENCH_COLD_START` when a server that was to be started anew runs elsewhere
   */
  async acquire(plan: ServerPlan, signal: AbortSignal, fresh?: FreshStart): Promise<AcquiredServer> {
    const count = plan.replicas?.count ?? 1
    const key = processKey(plan)
    let started = false
    const previous = this.#resident
    if (previous !== null && (fresh || previous.key !== key || this.#hasExited(previous.server))) {
      await this.#stopResident()
    }
    if (this.#resident === null) {
      const { server, files } =
        plan.replicas === undefined
          ? await this.#launch(plan, signal, fresh)
          : await this.#launchAll(plan, count, signal, fresh)
      const undo = server.process === null ? new UndoJournal(this.#options.undo, plan) : null
      this.#resident = { key, plan, server, undo, files, state: '', effective: null, differences: [] }
      started = true
      if (fresh && server.process === null) throw notStartable(plan)
    }
    const resident = this.#resident
    const state = canonicalJson(plan.state)
    if (resident.state !== state) {
      const { control } = resident.server
      const differences: SettingDifference[] = []
      // What fails halfway leaves the server in no state that is known.
      resident.state = ''
      resident.effective =
        (await control?.configure?.(plan.state, {
          artifact: (spec) => this.#options.artifacts.build(spec),
          ...(resident.undo === null ? {} : { changing: (step) => resident.undo?.add(step) }),
          differs: (difference) => differences.push(difference),
        })) ?? null
      resident.state = state
      resident.differences = differences
      for (const difference of differences) this.#options.log.warn(describeDifference(difference))
    }
    const { server, effective, differences, files, undo } = resident
    return {
      server,
      effective,
      differences,
      started,
      readyAt: performance.now(),
      files,
      ...(undo === null ? {} : { changing: (step) => undo.add(step) }),
    }
  }

  /**
   * How long the running server takes to start without a model, ns; the running one is stopped. `null` where its
   * provider knows no such server.
   */
  async timeBareStart(signal: AbortSignal): Promise<number | null> {
    const bare = this.#resident?.server.bare
    if (bare === undefined) return null
    await this.#stopResident()
    const { server } = await this.#launch(bare, signal)
    await server.stop()
    return server.startup['ready'] ?? null
  }

  /**
   * Files that plans name have changed. Where `isStale` says that a launch names one, the server is started anew for
   * the next trial; where its state does, it is configured again.
   */
  async refresh(isStale: (value: JsonValue) => boolean): Promise<void> {
    const resident = this.#resident
    if (resident === null) return
    const state = resident.state === '' ? null : (JSON.parse(resident.state) as JsonValue)
    const isConfigurable = resident.server.control?.configure !== undefined
    if (isStale(resident.plan.launch) || (isStale(state) && !isConfigurable)) await this.#stopResident()
    else if (isStale(state)) resident.state = ''
  }

  /** The log's tail of the running server, or of the one that has just failed to start: for messages about failures. */
  logTail(): string | null {
    return this.#resident === null ? this.#failedLog : (this.#resident.server.process?.logTail() ?? null)
  }

  /** Ends the running server: the next trial gets another one. */
  async discard(): Promise<void> {
    await this.#stopResident()
  }

  /** Between runs: a server that outlives them is put back, the own one stays up as it is. */
  async rest(): Promise<void> {
    if (this.#resident !== null && this.#resident.undo !== null) await this.#stopResident()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stopResident()
    this.#guard?.close()
    this.#guard = null
  }

  /** At once, for an exit that cannot wait. */
  kill(): void {
    for (const process of this.#processes) process.kill()
  }

  #hasExited(server: RunningServer): boolean {
    return (server.replicas ?? [server]).some(
      ({ process }) => process !== null && 'hasExited' in process && process.hasExited === true,
    )
  }

  async #stopResident(): Promise<void> {
    const resident = this.#resident
    this.#resident = null
    if (resident === null) return
    if (!this.#hasExited(resident.server)) {
      try {
        await resident.server.control?.restore?.()
        resident.undo?.remove()
      } catch (error) {
        this.#options.log.warn(
          `The state of the ${resident.plan.kind} server could not be restored: ${messageOf(error)}` +
            (resident.undo === null ? '' : ' `servebench doctor --restore` tries again.'),
        )
      }
    }
    await resident.server.stop()
  }

  /** One after the other, so that none slows down the start of another one. */
  async #launchAll(
    plan: ServerPlan,
    count: number,
    signal: AbortSignal,
    fresh?: FreshStart,
  ): Promise<{ readonly server: RunningServer; readonly files: ModelFiles | null }> {
    const replicas: RunningServer[] = []
    let files: ModelFiles | null = null
    try {
      while (replicas.length < count) {
        const own = plan.limits && { limits: limitsOf(plan.limits, replicas.length) }
        const launched = await this.#launch({ ...plan, ...own }, signal, fresh)
        replicas.push(launched.server)
        files ??= launched.files
        if (launched.server.process === null) throw notStartable(plan)
      }
    } catch (error) {
      await Promise.all(replicas.map((replica) => replica.stop()))
      throw error
    }
    return { server: asOneServer(replicas), files }
  }

  #ensureGuard(): Guard {
    this.#guard ??= new Guard()
    return this.#guard
  }

  /** Before the clock of a start: an image may take minutes. */
  async #prepare(
    container: PlannedContainer,
    signal: AbortSignal,
  ): Promise<{ readonly engine: ContainerEngine; readonly facts: ContainerFacts }> {
    const { runtime } = container
    const found = this.#engines.get(runtime) ?? findEngine(runtime, signal)
    this.#engines.set(runtime, found)
    try {
      const engine = await found
      const { log } = this.#options
      return {
        engine,
        facts: await prepareImage(engine, container, { guard: this.#ensureGuard(), log, signal }),
      }
    } catch (error) {
      this.#engines.delete(runtime)
      throw error
    }
  }

  async #launch(
    plan: ServerPlan,
    signal: AbortSignal,
    fresh?: FreshStart,
  ): Promise<{ readonly server: RunningServer; readonly files: ModelFiles | null }> {
    const { hooks, load, log, root } = this.#options
    let files: ModelFiles | null = null
    this.#failedLog = null
    await load(plan.package, plan.kind)
    const prepared = plan.container === undefined ? null : await this.#prepare(plan.container, signal)
    const directory = join(this.#options.directory, `${plan.kind}-${this.#count++}`)
    mkdirSync(directory, { recursive: true })
    const launch = new ServerLaunch({
      plan,
      engine: prepared?.engine ?? null,
      artifacts: this.#options.artifacts,
      directory,
      logFile: `${directory}.log`,
      root,
      log,
      signal,
      guard: () => this.#ensureGuard(),
      modelFiles: async (paths) => {
        if (fresh) files = await examineModelFiles(paths, fresh.pageCache === 'drop')
      },
      started: (process) => {
        this.#processes.add(process)
        void process.exited.then(() => this.#processes.delete(process))
      },
    })
    try {
      const server = await hooks.launch.for(plan.kind).promise(plan, launch.context)
      if (server === undefined) {
        throw new ServebenchError(
          'SERVEBENCH_NO_PROVIDER',
          `No plugin launches servers of the kind '${plan.kind}'.`,
          {
            advice: `Install '${plan.package}', which the server names as its package.`,
          },
        )
      }
      refuseForeignListeners(server, launch.processes)
      const stop = async (): Promise<void> => {
        await server.stop()
        await launch.stop()
        rmSync(directory, { recursive: true, force: true })
      }
      const facts = prepared === null ? {} : { container: prepared.facts }
      return { server: { ...server, ...facts, stop }, files }
    } catch (error) {
      await launch.stop()
      this.#failedLog = launch.processes.at(-1)?.logTail() ?? null
      rmSync(directory, { recursive: true, force: true })
      throw error
    }
  }
}

function notStartable({ kind }: ServerPlan): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_COLD_START',
    `The ${kind} server runs already: it cannot be started anew.`,
    { advice: "Let servebench launch it, or measure what idling costs: coldStart: { idle: '10m' }." },
  )
}

/**
 * A program that held the port before the server was started has answered in its place: what would be measured is
 * something else. Only found out where /proc tells who listens.
 */
function refuseForeignListeners(server: RunningServer, launched: readonly LaunchedServerProcess[]): void {
  // Ports of containers belong to their runtime, which does not publish one that is taken.
  const processes = launched.filter((process) => process instanceof LaunchedProcess)
  if (processes.length === 0) return
  const started = Math.min(...processes.map(({ pid }) => Number(startTimeOf(pid) ?? Infinity)))
  for (const url of Object.values(server.endpoints)) {
    const port = localPort(url)
    const holders = port === null ? [] : (findListeners(port)?.holders ?? [])
    const listener = holders.find(({ pid }) => Number(startTimeOf(pid) ?? Infinity) < started)
    if (listener === undefined) continue
    throw new ServebenchError(
      'SERVEBENCH_PORT_IN_USE',
      `Port ${port} belongs to another program (process ${listener.pid}), not to the ${server.kind} server that was launched.`,
      { advice: 'End that program, or give the server another port.', exitCode: ExitCode.target },
    )
  }
}
