import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import type { LaunchContext, ServerCommand } from '../hooks/server.ts'
import type { Log } from '../hooks/plugin.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { confineCommand } from './confinement.ts'
import type { ContainerEngine } from './container/engine.ts'
import { LaunchedContainer } from './container/launched-container.ts'
import type { PublishedPort } from './container/run-arguments.ts'
import type { Guard } from './guard.ts'
import { freePort } from './ports.ts'
import { waitUntilReady } from './ready-wait.ts'
import { LaunchedProcess, type LaunchedServerProcess } from './server-process.ts'

const READY_TIMEOUT: Nanos = 60 * SECOND
const LOOPBACK = '127.0.0.1'
const EVERYWHERE = '0.0.0.0'

export interface ServerLaunchOptions {
  readonly plan: ServerPlan
  /** Of the plan's container; `null` where there is none. */
  readonly engine: ContainerEngine | null
  readonly artifacts: ArtifactStore
  /** The server's scratch folder. */
  readonly directory: string
  readonly logFile: string
  readonly root: string
  readonly log: Log
  readonly signal: AbortSignal
  guard(): Guard
  modelFiles(paths: readonly string[]): Promise<void>
  started(process: LaunchedServerProcess): void
}

/** One launch of a server: what its provider may ask for, and what has been started for it. */
export class ServerLaunch {
  readonly context: LaunchContext
  readonly processes: LaunchedServerProcess[] = []
  readonly #options: ServerLaunchOptions
  readonly #ports: PublishedPort[] = []
  readonly #reads: string[] = []

  constructor(options: ServerLaunchOptions) {
    const { plan, artifacts, directory, root, log, signal } = options
    const { container } = plan
    const isPublished = container !== undefined && container.network !== 'host'
    this.#options = options
    this.context = {
      artifact: (spec) => artifacts.build(spec),
      port: async (own) => {
        if (!isPublished) return own ?? freePort()
        const outside = await freePort()
        this.#ports.push({ outside, inside: own ?? outside })
        return outside
      },
      host: isPublished ? EVERYWHERE : LOOPBACK,
      container: container === undefined ? null : { image: container.image },
      spawn: (command) => this.#spawn(command),
      waitUntilReady: (process, probe, settings) =>
        waitUntilReady(plan.kind, process, probe, signal, settings?.timeout ?? READY_TIMEOUT),
      modelFiles: async (paths) => {
        this.#reads.push(...paths)
        await options.modelFiles(paths)
      },
      directory,
      root,
      signal,
      log,
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()))
  }

  async #spawn(command: ServerCommand): Promise<LaunchedServerProcess> {
    const { plan, engine } = this.#options
    const process =
      plan.container === undefined || engine === null
        ? await this.#startProcess(command)
        : await LaunchedContainer.start({
            engine,
            container: plan.container,
            limits: plan.limits,
            kind: plan.kind,
            command,
            ports: this.#ports,
            directory: this.#options.directory,
            reads: this.#reads,
            root: this.#options.root,
            guard: this.#options.guard(),
            logFile: this.#options.logFile,
            signal: this.#options.signal,
          })
    this.processes.push(process)
    this.#options.started(process)
    return process
  }

  async #startProcess({ command: program, ...rest }: ServerCommand): Promise<LaunchedProcess> {
    const { plan, guard, logFile } = this.#options
    if (program === null)
      throw new ServebenchError(
        'SERVEBENCH_SERVER_COMMAND',
        `It is not said what the ${plan.kind} server's program is.`,
        { advice: 'Name it, or the image of a container that starts it.', exitCode: ExitCode.usage },
      )
    const command = { ...rest, command: program }
    const confined = plan.limits === undefined ? null : confineCommand(command, plan.limits)
    const started = await LaunchedProcess.start(confined?.command ?? command, guard(), logFile)
    void started.exited.then(() => confined?.release())
    return started
  }
}
