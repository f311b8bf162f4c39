import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { RunningServer } from '../hooks/server.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import { createRunDirectory, type RunDirectory } from '../report/run-directory.ts'
import type { RunResult } from '../report/result.ts'
import type { JsonValue } from '../units/json.ts'
import { Aide } from './aide-client.ts'
import { ArtifactStore } from './artifact-store.ts'
import { claimHost } from './host-claim.ts'
import { KnownModules } from './known-modules.ts'
import { LoadWorkers } from './load-workers.ts'
import { ServerHost } from './server-host.ts'
import { TrialRunner } from './trial-runner.ts'
import { describeLeftChanges, findLeftChanges, undoFolder } from './undo-journal.ts'
import { Execution, type ExecutionParts } from './execution.ts'
import { describeOtherRun } from './other-run.ts'
import type { RunnerOptions, RunRequest } from './run-request.ts'

/** Runs plans and keeps what may be shared between runs: plugins, and in watch mode servers. */
export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions
  readonly #artifacts: ArtifactStore
  readonly #modules = new KnownModules()
  #servers: ServerHost | null = null
  /** Of {@link examine}. */
  #examined: ServerHost | null = null
  #aide: Aide | null = null
  #workers: LoadWorkers | null = null

  constructor(options: RunnerOptions) {
    this.#options = options
    const { plugins, cache } = options
    this.#artifacts = new ArtifactStore(plugins.hooks, join(cache, 'artifacts'), (name) => plugins.load(name))
  }

  /** Starts the threads that the first trial of a run will need: they come up while the plan is still being made. */
  warmUp(): void {
    const { root, collectTimeout } = this.#options.config
    this.#aide ??= new Aide({ root, modules: this.#modules.ofAide, patience: collectTimeout })
    this.#workers ??= new LoadWorkers(root, this.#modules.ofWorkers)
    this.#workers.take(1)
  }

  async run(
    request: RunRequest,
  ): Promise<{ readonly result: RunResult; readonly directory: RunDirectory; readonly path: string | null }> {
    const { config, log } = this.#options
    using directory = createRunDirectory(resolve(config.root, config.output))
    request.onRun?.(directory.id)
    using claim = claimHost(config.root)
    const [other] = claim.others()
    if (other !== undefined) log.warn(`${describeOtherRun('is', other)} The two disturb each other.`)
    for (const left of findLeftChanges(undoFolder(resolve(config.root, config.output)))) {
      log.warn(
        `An earlier run has left ${describeLeftChanges(left)}: \`servebench doctor --restore\` takes back what it can.`,
      )
    }
    const execution = new Execution(this.#options, request, directory, { ...this.#parts(directory), claim })
    try {
      await execution.run()
    } finally {
      await this.#endThreads()
    }
    return await execution.conclude()
  }

  /**
   * Between runs: makes anew what was made from files that have changed since.
   * @param isStale whether the options of a server or of an artifact name such a file
   */
  async refresh(isStale: (value: JsonValue) => boolean): Promise<void> {
    this.#artifacts.refresh(isStale)
    await this.#servers?.refresh(isStale)
  }

  /** Between runs: puts a server back that is not the runner's own. */
  async rest(): Promise<void> {
    await this.#servers?.rest()
  }

  /**
   * Starts a server, brings it into the state of its plan, lets `read` look at it, and puts it back.
   * @throws what `read` throws, and what starting a server may
   */
  async examine<T>(
    plan: ServerPlan,
    signal: AbortSignal,
    read: (server: RunningServer) => Promise<T>,
  ): Promise<T> {
    const running = this.#servers
    if (running !== null) {
      // Between two trials: one server is resident at a time, and the next trial starts its own.
      try {
        return await read((await running.acquire(plan, signal)).server)
      } finally {
        await running.discard()
      }
    }
    const { config } = this.#options
    const directory = join(resolve(config.root, config.output), `.examine-${process.pid}`)
    // One server is up at a time: it may want the port of the other.
    await this.#servers?.discard()
    try {
      await using servers = this.#host(directory)
      this.#examined = servers
      return await read((await servers.acquire(plan, signal)).server)
    } finally {
      this.#examined = null
      rmSync(directory, { recursive: true, force: true })
    }
  }

  /** Ends servers at once, for an exit that cannot wait. */
  kill(): void {
    this.#servers?.kill()
    this.#examined?.kill()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endThreads()
    await this.#servers?.[Symbol.asyncDispose]()
    this.#servers = null
  }

  #parts(directory: RunDirectory): Omit<ExecutionParts, 'claim'> {
    this.warmUp()
    const { plugins, log, config } = this.#options
    this.#servers ??= this.#host(join(directory.path, 'servers'))
    const aide = this.#aide as Aide
    return {
      artifacts: this.#artifacts,
      aide,
      servers: this.#servers,
      trials: new TrialRunner({
        root: config.root,
        patience: config.collectTimeout,
        plugins,
        aide,
        workers: this.#workers as LoadWorkers,
        modules: this.#modules,
        log,
      }),
    }
  }

  #host(directory: string): ServerHost {
    const { plugins, log, config } = this.#options
    return new ServerHost({
      hooks: plugins.hooks,
      artifacts: this.#artifacts,
      load: (name, kind) => plugins.loadProvider(kind, name),
      directory,
      undo: undoFolder(resolve(config.root, config.output)),
      root: config.root,
      log,
    })
  }

  async #endThreads(): Promise<void> {
    const [aide, workers] = [this.#aide, this.#workers]
    this.#aide = null
    this.#workers = null
    await Promise.all([aide?.[Symbol.asyncDispose](), workers?.[Symbol.asyncDispose]()])
  }
}
