import { placeOf } from '../dsl/place.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { formatDuration } from '../units/duration.ts'
import { MILLISECOND, type Nanos } from '../units/nanos.ts'
import { suggest } from '../units/suggest.ts'
import type { CollectedFile, CollectNote } from './collect-file.ts'
import { relativePath, thrownProblem, type CollectProblem } from './collect-problem.ts'
import type { CollectedScenario, CollectRequest } from './collect-scenario.ts'
import type { CollectEvent } from './collector-protocol.ts'
import { CollectorThread, type CollectorListener } from './collector-thread.ts'
import { reportError } from './error-report.ts'
import type { ImportGraph } from './import-graph.ts'

export interface CollectOptions extends CollectRequest {
  /** How long importing and planning one file may take. */
  readonly timeout: Nanos
  /** What bench files print; standard error by default, so that standard output stays the tool's own. */
  readonly print?: (text: string) => void
}

export interface CollectResult {
  /** In the order of the files, and inside a file as written. With `only` somewhere, just those. */
  readonly scenarios: readonly CollectedScenario[]
  readonly problems: readonly CollectProblem[]
  readonly notes: readonly CollectNote[]
  readonly graph: ImportGraph
  /** Cases that filters or `only` left out. */
  readonly filtered: number
  /** Milliseconds per file, by absolute path. */
  readonly timings: Readonly<Record<string, number>>
}

/**
 * Collects bench files in a thread of its own, which is ended from outside when a file does not come to an end. Create
 * it early: the thread starts while the configuration is still being read.
 */
export interface Collector extends AsyncDisposable {
  collect(files: readonly string[], options: CollectOptions): Promise<CollectResult>
}

export function createCollector(): Collector {
  let spare: CollectorThread | undefined = new CollectorThread()
  return {
    async collect(files, options) {
      const run = new Collection(files, options, spare)
      spare = undefined
      return await run.finished
    },
    async [Symbol.asyncDispose]() {
      await spare?.[Symbol.asyncDispose]()
      spare = undefined
    },
  }
}

/** Collects with a thread that lives for this call only. */
export async function collect(files: readonly string[], options: CollectOptions): Promise<CollectResult> {
  await using collector = createCollector()
  return await collector.collect(files, options)
}

/** One call of `collect`: goes through the files, with a fresh thread after every one that had to be given up. */
class Collection implements CollectorListener {
  readonly finished: Promise<CollectResult>
  readonly #files: readonly string[]
  readonly #options: CollectOptions
  readonly #results = new Map<string, CollectedFile>()
  readonly #graph = new Map<string, Set<string>>()
  readonly #timings: Record<string, number> = {}
  readonly #settle: { resolve(result: CollectResult): void; reject(error: unknown): void }
  #thread: CollectorThread | undefined
  #current: string | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(files: readonly string[], options: CollectOptions, thread: CollectorThread | undefined) {
    const { promise, resolve, reject } = Promise.withResolvers<CollectResult>()
    this.finished = promise
    this.#settle = { resolve, reject }
    this.#files = [...new Set(files)]
    this.#options = options
    this.#thread = thread
    void this.#proceed()
  }

  event(event: CollectEvent): void {
    switch (event.type) {
      case 'ready':
        return
      case 'started':
        this.#current = event.file
        this.#timer = setTimeout(
          () => this.#giveUp(this.#timeoutProblem()),
          this.#options.timeout / MILLISECOND,
        )
        return
      case 'imports':
        this.#graph.set(event.importer, (this.#graph.get(event.importer) ?? new Set()).add(event.imported))
        return
      case 'collected':
        clearTimeout(this.#timer)
        this.#current = undefined
        this.#timings[event.file] = event.milliseconds
        this.#results.set(event.file, event.result)
        if (this.#results.size === this.#files.length) void this.#restart()
    }
  }

  /** Either the current file threw outside of all that is awaited, or something that an earlier one left behind did. */
  crashed(error: unknown): void {
    const report = reportError(error)
    const earlier = report.stack
      .map((line) => placeOf(line)?.file ?? '')
      .find((file) => this.#results.has(file))
    const problem = thrownProblem(this.#options.root, earlier ?? this.#current ?? '', report)
    const result = earlier === undefined ? undefined : this.#results.get(earlier)
    if (earlier === undefined || result === undefined) {
      this.#giveUp(problem)
      return
    }
    this.#results.set(earlier, { ...result, problems: [...result.problems, problem] })
    void this.#restart()
  }

  exited(code: number): void {
    this.#giveUp(this.#exitProblem(code))
  }

  print(text: string): void {
    if (this.#options.print === undefined) process.stderr.write(text)
    else this.#options.print(text)
  }

  /** Goes on without the current file. */
  #giveUp(problem: CollectProblem): void {
    if (this.#current === undefined) {
      const failure = new ServebenchError(
        'SERVEBENCH_COLLECTOR',
        `Bench files cannot be read: ${problem.message}`,
        {
          advice:
            'Is the installation of servebench complete, with its optional dependencies for this platform?',
        },
      )
      void this.#endThread().then(() => this.#settle.reject(failure))
      return
    }
    this.#results.set(this.#current, { scenarios: [], problems: [problem], notes: [], axes: [], filtered: 0 })
    void this.#restart()
  }

  async #restart(): Promise<void> {
    await this.#endThread()
    await this.#proceed()
  }

  async #proceed(): Promise<void> {
    const rest = this.#files.filter((file) => !this.#results.has(file))
    if (rest.length === 0) {
      await this.#endThread()
      this.#settle.resolve(this.#summary())
      return
    }
    const { root, defaults, filter } = this.#options
    this.#thread ??= new CollectorThread()
    this.#thread.start({ files: rest, request: { root, defaults, filter } }, this)
  }

  async #endThread(): Promise<void> {
    clearTimeout(this.#timer)
    this.#current = undefined
    const thread = this.#thread
    this.#thread = undefined
    await thread?.[Symbol.asyncDispose]()
  }

  #summary(): CollectResult {
    const results = this.#files.flatMap((file) => this.#results.get(file) ?? [])
    const scenarios = results.flatMap((result) => result.scenarios)
    const chosen = scenarios.filter((scenario) => scenario.only)
    const kept = chosen.length > 0 ? chosen : scenarios
    const dropped = scenarios.filter((scenario) => !kept.includes(scenario))
    const notes = results.flatMap((result) => result.notes)
    const first = chosen[0]
    if (first !== undefined && dropped.length > 0) {
      const place = first.line === null ? first.file : `${first.file}:${first.line}`
      notes.push({
        file: null,
        message: `${dropped.length} of ${scenarios.length} scenarios are left out because of \`only\` at ${place}.`,
      })
    }
    return {
      scenarios: kept,
      problems: [
        ...results.flatMap((result) => result.problems).filter((problem) => !concerns(problem, dropped)),
        ...this.#unknownAxes(results),
      ],
      notes,
      graph: Object.fromEntries([...this.#graph].map(([importer, imported]) => [importer, [...imported]])),
      filtered:
        results.reduce((sum, result) => sum + result.filtered, 0) +
        dropped.reduce((sum, scenario) => sum + caseCount(scenario), 0),
      timings: this.#timings,
    }
  }

  /** `--set` with an axis that no scenario has. */
  #unknownAxes(results: readonly CollectedFile[]): readonly CollectProblem[] {
    const axes = new Set(results.flatMap((result) => result.axes))
    return Object.keys(this.#options.filter.set ?? {})
      .filter((axis) => !axes.has(axis))
      .map((axis) => {
        const similar = suggest(axis, axes)
        return this.#problem(
          '--set',
          `No scenario has an axis '${axis}'.`,
          similar === undefined ? null : `Did you mean '${similar}'?`,
        )
      })
  }

  #timeoutProblem(): CollectProblem {
    const limit = formatDuration(this.#options.timeout)
    return this.#currentProblem(
      `The file was not collected within ${limit}: an endless loop, or something that is awaited and does not happen.`,
      'Do nothing but declare scenarios while the file is imported; raise `collectTimeout` if it only takes long.',
    )
  }

  #exitProblem(code: number): CollectProblem {
    return this.#currentProblem(
      `The file ended the thread that collects it (exit code ${code}).`,
      'Bench files only declare scenarios: do not call process.exit().',
    )
  }

  #currentProblem(message: string, advice: string): CollectProblem {
    return this.#problem(
      relativePath(this.#options.root, this.#current ?? this.#files[0] ?? ''),
      message,
      advice,
    )
  }

  #problem(file: string, message: string, advice: string | null): CollectProblem {
    return { file, line: null, column: null, scenario: null, message, advice, frame: null, stack: [] }
  }
}

function concerns(problem: CollectProblem, scenarios: readonly CollectedScenario[]): boolean {
  return scenarios.some(
    (scenario) => scenario.file === problem.file && scenario.path.join('\n') === problem.scenario?.join('\n'),
  )
}

function caseCount(scenario: CollectedScenario): number {
  return scenario.deferred === null ? scenario.cases.length : scenario.deferred.cases.length
}
