import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { moduleUrl } from '../hooks/module-reference.ts'
import type { DeferredScenario, OpenScenario } from '../plan/matrix-planner.ts'
import { formatDuration } from '../units/duration.ts'
import { MILLISECOND, SECOND, type Nanos } from '../units/nanos.ts'
import { CollectError, type CollectProblem } from './collect-problem.ts'
import type { CollectedScenario, CollectRequest } from './collect-scenario.ts'
import type { ScenarioCommand, ScenarioEvent } from './scenario-protocol.ts'

export interface ScenarioHostOptions extends CollectRequest {
  /** How long importing the file and `setup` may take together; 10 minutes by default. */
  readonly setupTimeout?: Nanos
  /** How long an aborted `setup` may go on, and how long what it deferred may take; 30 seconds by default. */
  readonly closeTimeout?: Nanos
  /** Aborts a `setup` that is running. */
  readonly signal?: AbortSignal
  /** What the bench file prints; standard error by default. */
  readonly print?: (text: string) => void
  readonly warn?: (message: string) => void
}

/** A collected scenario with a `setup`, for a planner that will open it when its turn comes. */
export function deferScenario(scenario: CollectedScenario, options: ScenarioHostOptions): DeferredScenario {
  const { file, path, deferred } = scenario
  const runs = deferred !== null && deferred.skip === null
  return {
    file,
    path,
    trials: runs ? deferred.cases.length * deferred.repeats : 0,
    open: async () =>
      runs ? await openScenario(scenario, options) : { cases: [], close: async () => undefined },
  }
}

/**
 * Runs the `setup` of a scenario in a thread of its own, which stays alive until `close` has undone it.
 * @throws {ServebenchError} `SERVEBENCH_BENCH_FILE` when `setup` or a function of the case fails; what was deferred has run then
 */
export async function openScenario(
  scenario: CollectedScenario,
  options: ScenarioHostOptions,
): Promise<OpenScenario> {
  const host = new ScenarioHost(scenario, options)
  return { cases: await host.open(), close: () => host.close() }
}

class ScenarioHost {
  readonly #scenario: CollectedScenario
  readonly #options: ScenarioHostOptions
  readonly #worker: Worker
  /** Set while the thread owes an answer. */
  #waiting: { resolve(event: ScenarioEvent): void; reject(error: unknown): void } | undefined
  /** Why the thread ended by itself. */
  #lost: Error | undefined

  constructor(scenario: CollectedScenario, options: ScenarioHostOptions) {
    this.#scenario = scenario
    this.#options = options
    this.#worker = new Worker(new URL(moduleUrl(import.meta.url, './scenario-worker')), {
      stdout: true,
      stderr: true,
    })
    const print = options.print ?? ((text: string) => void process.stderr.write(text))
    this.#worker.stdout.on('data', (chunk: Buffer) => print(chunk.toString()))
    this.#worker.stderr.on('data', (chunk: Buffer) => print(chunk.toString()))
    this.#worker.on('message', (event: ScenarioEvent) => this.#waiting?.resolve(event))
    this.#worker.on('error', (error) => this.#lose(error as Error))
    this.#worker.on('exit', (code) => this.#lose(new Error(`its thread ended by itself (exit code ${code})`)))
  }

  async open(): Promise<OpenScenario['cases']> {
    const {
      root,
      defaults,
      filter,
      signal,
      setupTimeout = 600 * SECOND,
      closeTimeout = 30 * SECOND,
    } = this.#options
    const { file, path, deferred, digest } = this.#scenario
    const abort = () => {
      this.#post({ type: 'abort' })
      this.#limit(closeTimeout, 'went on after it was aborted')
    }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      const answer = this.#answer(setupTimeout, 'setup')
      this.#post({
        type: 'start',
        file: resolve(root, file),
        digest,
        path,
        cases: deferred?.cases ?? [],
        request: { root, defaults, filter },
      })
      if (signal?.aborted === true) abort()
      const event = await answer
      if (event.type === 'open') {
        for (const warning of event.warnings) this.#options.warn?.(warning)
        return event.cases
      }
      throw new CollectError(event.type === 'failed' ? event.problems : [])
    } catch (error) {
      await this.#end()
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  async close(): Promise<void> {
    try {
      if (this.#lost !== undefined)
        throw new CollectError([this.#problem(`stopped being set up: ${this.#lost.message}`)])
      const answer = this.#answer(this.#options.closeTimeout ?? 30 * SECOND, 'what setup deferred')
      this.#post({ type: 'close' })
      const event = await answer
      if (event.type === 'closed' && event.problems.length > 0) throw new CollectError(event.problems)
    } finally {
      await this.#end()
    }
  }

  #post(command: ScenarioCommand): void {
    this.#worker.postMessage(command)
  }

  /** The thread's next message, unless it takes too long or the thread is lost. */
  async #answer(timeout: Nanos, what: string): Promise<ScenarioEvent> {
    const { promise, resolve: settle, reject } = Promise.withResolvers<ScenarioEvent>()
    this.#waiting = { resolve: settle, reject }
    const timer = this.#limit(timeout, `did not finish ${what} within ${formatDuration(timeout)}`)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#waiting = undefined
    }
  }

  #limit(timeout: Nanos, complaint: string): NodeJS.Timeout {
    const expire = () => this.#waiting?.reject(new CollectError([this.#problem(complaint)]))
    return setTimeout(expire, timeout / MILLISECOND).unref()
  }

  #lose(cause: Error): void {
    this.#lost ??= cause
    this.#waiting?.reject(new CollectError([this.#problem(`could not go on: ${cause.message}`)]))
  }

  async #end(): Promise<void> {
    this.#worker
      .removeAllListeners('error')
      .removeAllListeners('exit')
      .on('error', () => undefined)
    await this.#worker.terminate()
  }

  #problem(complaint: string): CollectProblem {
    const { file, line, path, study } = this.#scenario
    return {
      file,
      line,
      column: null,
      scenario: path,
      message: `${study === undefined ? 'Scenario' : 'Study'} '${path.join(' > ')}' ${complaint}.`,
      advice: null,
      frame: null,
      stack: [],
    }
  }
}
