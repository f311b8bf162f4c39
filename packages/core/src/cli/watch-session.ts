import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import pc from 'picocolors'
import { nameFilter, type CaseFilter } from '../plan/filter.ts'
import { printable } from '../report/printable.ts'
import type { RunResult } from '../report/result.ts'
import { flow, wrap } from '../report/text-layout.ts'
import { PlainProgress } from '../ui/plain-progress.ts'
import type { KeyInput } from '../ui/keyboard.ts'
import type { Progress } from '../ui/progress.ts'
import { fileOfScenario, NO_IMPACT } from '../watch/impact.ts'
import { namesAny } from '../watch/named-files.ts'
import { selectScenarios } from '../watch/selection.ts'
import { IDLE, transition, type Order, type WatchAction, type WatchEvent } from '../watch/watch-state.ts'
import { execute } from './execute.ts'
import { formatFailure } from './format-failure.ts'
import { LateLog } from './late-log.ts'
import {
  collectFiles,
  loadProjectPlugins,
  planProject,
  searchFiles,
  type Project,
  type ProjectRequest,
} from './project.ts'
import { createProgress, followRuns } from './start-progress.ts'
import { colorsWanted, isInteractive } from './terminal.ts'
import { HELP } from './watch-help.ts'
import { BUSY_KEYS, IDLE_KEYS, WatchKeys } from './watch-keys.ts'
import type { WatchedRun, WatchSubject } from './watch-subject.ts'
import { WatchWorkspace } from './watch-workspace.ts'
import { WatchedFiles } from './watched-files.ts'

const MOST_NAMES = 3

type WatchRequest = Omit<ProjectRequest, 'log'>

/** Runs what a change affects, again and again, until it is told to end. */
export class WatchSession implements AsyncDisposable {
  readonly #request: Omit<ProjectRequest, 'log' | 'filter'>
  readonly #subject: WatchSubject
  readonly #log: LateLog
  readonly #exit = Promise.withResolvers<number>()
  readonly #abort = new AbortController()
  readonly #signals: readonly (readonly [signal: NodeJS.Signals, listener: () => void])[]
  readonly #keys: WatchKeys | null
  #filter: CaseFilter
  #workspace: WatchWorkspace
  #files: WatchedFiles
  #progress: Progress = new PlainProgress()
  #state = IDLE
  #stop = new AbortController()
  /** One seed for the session: what is measured again meets the same schedule and inputs. */
  #seed: string | null = null

  static async open(request: WatchRequest, subject: WatchSubject): Promise<WatchSession> {
    const log = new LateLog()
    log.attach(new PlainProgress())
    return new WatchSession(request, subject, log, await WatchWorkspace.open({ ...request, log }))
  }

  private constructor(request: WatchRequest, subject: WatchSubject, log: LateLog, workspace: WatchWorkspace) {
    this.#request = request
    this.#subject = subject
    this.#filter = request.filter
    this.#log = log
    this.#workspace = workspace
    this.#files = this.#attach(workspace)
    this.#signals = [
      ['SIGINT', () => this.#dispatch({ type: 'interrupt' })],
      ['SIGTERM', () => this.#dispatch({ type: 'quit', code: 130 })],
      ['SIGHUP', () => this.#dispatch({ type: 'quit', code: 130 })],
    ]
    for (const [signal, listener] of this.#signals) process.on(signal, listener)
    this.#keys = process.stdin.isTTY && isInteractive() ? this.#listen(process.stdin) : null
  }

  /** Measures everything, then whatever changes. Resolves to the exit code. */
  async run(scope: 'all' | 'anew' = 'all'): Promise<number> {
    this.#dispatch({ type: 'ask', scope })
    return await this.#exit.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [signal, listener] of this.#signals) process.off(signal, listener)
    this.#keys?.close()
    await this.#progress.close()
    await this.#files[Symbol.asyncDispose]()
    await this.#workspace[Symbol.asyncDispose]()
  }

  #dispatch(event: WatchEvent): void {
    const { state, action } = transition(this.#state, event)
    this.#state = state
    if (action !== null) this.#perform(action)
    else if (event.type === 'ended') this.#wait()
  }

  #perform(action: WatchAction): void {
    switch (action.type) {
      case 'run':
        void this.#run(action.order)
        return
      case 'stop':
        this.#stop.abort()
        if (action.because === 'user') this.#progress.stopping()
        else this.#progress.info(`${this.#describe(this.#state.next)}: the run is stopped.`)
        return
      case 'quit':
        this.#exit.resolve(action.code)
        return
      case 'leave':
        this.#abort.abort()
        this.#workspace.runner.kill()
        this.#progress.restore()
        this.#keys?.close()
        process.exit(action.code)
    }
  }

  async #run(order: Order): Promise<void> {
    this.#stop = new AbortController()
    this.#keys?.cancelPrompt()
    this.#announce(order)
    let outcome: 'done' | 'blocked' = 'done'
    try {
      await this.#measure(order, this.#stop.signal)
    } catch (error) {
      outcome = 'blocked'
      await this.#progress.close()
      write(formatFailure(error).text)
    }
    this.#show(new PlainProgress())
    this.#files.follow()
    this.#workspace.warmUp()
    this.#dispatch({ type: 'ended', outcome })
  }

  /** @throws what keeps the order from being carried out */
  async #measure(order: Order, stop: AbortSignal): Promise<void> {
    if (order.impact.config) await this.#reopen()
    const { workspace, runner } = this.#workspace
    const { config } = workspace
    const { inputs } = order.impact
    if (inputs.size > 0) await runner.refresh((value) => namesAny(value, inputs, config.root))
    const project = await this.#plan(order, stop)
    if (project === null || stop.aborted) return
    this.#show(createProgress(this.#keys === null ? null : BUSY_KEYS))
    await using prepared = await this.#subject.prepare(project, { order, runner, log: this.#log, stop })
    if (stop.aborted) {
      await this.#progress.close()
      return
    }
    const result = await this.#execute(project, prepared, stop)
    const style = { colors: colorsWanted(), columns: process.stdout.columns ?? 100 }
    const changes = this.#subject.conclude(result, config.strict, style)
    this.#files.knowledge.measured(this.#subject.plans)
    this.#print(changes)
  }

  async #execute(project: Project, { request }: WatchedRun, stop: AbortSignal): Promise<RunResult> {
    const { workspace, runner } = this.#workspace
    try {
      const { result } = await execute({
        ...request,
        workspace,
        seed: project.seed,
        signals: {
          stop,
          abort: this.#abort.signal,
          ask: () => this.#dispatch({ type: 'interrupt' }),
          dispose: () => {},
        },
        progress: this.#progress,
        runner,
        print: (text) => this.#print(text),
      })
      return result
    } finally {
      await runner.rest()
    }
  }

  /** Reads the files of an order; `null` when nothing of them is to be measured. */
  async #plan(order: Order, stop: AbortSignal): Promise<Project | null> {
    const { workspace } = this.#workspace
    const { config } = workspace
    const { kind, history } = this.#subject
    const request = { filter: this.#filter, log: this.#log, stop, kind }
    const found = (await this.#request.exactly?.(workspace)) ?? (await searchFiles(config, this.#request))
    const { knowledge } = this.#files
    knowledge.removed([...knowledge.dependencies.keys()].filter((file) => !existsSync(file)))
    const files = found.filter(this.#isOrdered(order))
    if (files.length === 0) return null
    const collection = await collectFiles(config, this.#workspace.takeCollector(), files, request)
    knowledge.collected(files, collection)
    this.#files.follow()
    await this.#files.use()
    if (stop.aborted) return null
    const own = collection.scenarios.filter((scenario) => this.#subject.isOwn(scenario))
    const { scenarios, isChosen } =
      collection.problems.length > 0
        ? { scenarios: own, isChosen: () => true }
        : selectScenarios(own, order, history, config.root)
    this.#subject.choose?.(scenarios)
    const others = collection.scenarios.filter((scenario) => !own.includes(scenario))
    const project = planProject(
      workspace,
      files,
      { ...collection, scenarios: [...scenarios, ...others] },
      request,
    )
    await loadProjectPlugins(project)
    this.#seed ??= project.seed
    return { ...project, cases: project.cases.filter(isChosen), seed: config.seed ?? this.#seed }
  }

  #isOrdered({ scope, impact }: Order): (file: string) => boolean {
    if (scope === 'all' || scope === 'anew' || (scope === 'affected' && impact.all)) return () => true
    const scenarios = scope === 'failed' ? this.#subject.history.failedScenarios : impact.scenarios
    const { root } = this.#workspace.workspace.config
    const files = new Set([
      ...impact.files,
      ...[...scenarios].map((key) => resolve(root, fileOfScenario(key))),
    ])
    return (file) => files.has(file)
  }

  /** The configuration may say anything anew, also where the project is. Servers end with the plugins that run them. */
  async #reopen(): Promise<void> {
    const next = await WatchWorkspace.open({ ...this.#request, log: this.#log })
    const [workspace, files] = [this.#workspace, this.#files]
    this.#workspace = next
    this.#files = this.#attach(next)
    await files[Symbol.asyncDispose]()
    await workspace[Symbol.asyncDispose]()
  }

  #attach(workspace: WatchWorkspace): WatchedFiles {
    followRuns(workspace.workspace.plugins.hooks, () => this.#progress)
    return new WatchedFiles({
      workspace,
      log: this.#log,
      onImpact: (impact) => this.#dispatch({ type: 'changed', impact }),
      startedBy: () => this.#state.current?.impact.changed ?? NO_IMPACT.changed,
    })
  }

  #listen(input: KeyInput): WatchKeys {
    return new WatchKeys(input, {
      rerun: () => this.#dispatch({ type: 'ask', scope: 'all' }),
      rerunAnew: () => this.#dispatch({ type: 'ask', scope: 'anew' }),
      rerunFailed: () => {
        if (this.#subject.history.failedScenarios.size > 0) this.#dispatch({ type: 'ask', scope: 'failed' })
        else write('Nothing failed last.')
      },
      filter: (pattern) => this.#choose(pattern),
      stop: () => this.#dispatch({ type: 'stop' }),
      interrupt: () => this.#dispatch({ type: 'interrupt' }),
      quit: () => this.#dispatch({ type: 'quit', code: 0 }),
      help: () => this.#progress.info(HELP[this.#subject.kind]),
      isBusy: () => this.#state.phase !== 'idle',
      pattern: () => this.#filter.name ?? '',
      resume: () => {
        if (this.#state.phase === 'idle') this.#wait()
      },
    })
  }

  #choose(pattern: string): void {
    const { name: _, ...rest } = this.#filter
    try {
      nameFilter(pattern)
    } catch (error) {
      write(formatFailure(error).text)
      return
    }
    this.#filter = pattern === '' ? rest : { ...rest, name: pattern }
    this.#dispatch({ type: 'ask', scope: 'all' })
  }

  #show(progress: Progress): void {
    this.#progress = progress
    this.#log.attach(progress)
  }

  #wait(): void {
    this.#files.rest()
    const { kind } = this.#subject
    const filter =
      this.#filter.name === undefined
        ? ''
        : ` Only ${kind === 'studies' ? 'what matches' : 'cases that match'} '${printable(this.#filter.name)}'.`
    const columns = process.stderr.columns ?? 80
    const keys = this.#keys === null ? [] : flow(IDLE_KEYS[kind], columns, ' · ')
    const lines = ['', ...wrap(`Waiting for changes.${filter}`, columns), ...keys]
    write(lines.map((line) => pc.dim(line)).join('\n'))
  }

  #announce(order: Order): void {
    const text = order.scope === 'failed' ? 'what failed last' : this.#describe(order)
    if (text !== null) write(`\n${pc.cyan('↻')} ${text}`)
  }

  /** Which files have changed. */
  #describe(order: Order | null): string | null {
    if (order === null || order.impact.changed.size === 0) return null
    const names = [...order.impact.changed].map((path) => this.#files.nameOf(path))
    const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
    return `${names.slice(0, MOST_NAMES).join(', ')}${more} changed`
  }

  /** Reports of a run that has been overtaken by a change are on the disk; on the screen they would be in the way. */
  #print(text: string): void {
    if (this.#state.next === null && text !== '') process.stdout.write(text)
  }
}

function write(text: string): void {
  process.stderr.write(`${text}\n`)
}
