import { join, resolve } from 'node:path'
import type { ResolvedConfig } from '../config/resolved-config.ts'
import { messageOf } from '../errors/plugin-error.ts'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import type { LiveTrial, RunContext, Snapshot, TrialContext } from '../hooks/contexts.ts'
import type { Log } from '../hooks/plugin.ts'
import type { SamplerPlan } from '../hooks/providers.ts'
import type { ServerProcess } from '../hooks/server.ts'
import { estimateRun, estimateTrial } from '../plan/estimate.ts'
import type { CasePlan } from '../plan/case-plan.ts'
import { planHash } from '../plan/identity.ts'
import { repeatOf } from '../plan/order.ts'
import { describeProbe } from '../plan/search/search-planner.ts'
import type { Planner, TrialPlan } from '../plan/trial-plan.ts'
import { compareResults } from '../report/compare.ts'
import type { ComparisonSettings } from '../report/comparison-settings.ts'
import { captureEnvironment } from '../report/environment.ts'
import { fullName } from '../report/case-name.ts'
import { printable } from '../report/printable.ts'
import { createRunDirectory, type RunDirectory } from '../report/run-directory.ts'
import type { AnalysisTable, RunResult, Trial, TrialError, VerdictReason } from '../report/result.ts'
import type { SearchResult } from '../report/search-result.ts'
import { createUnfinishedTrial } from '../report/unfinished-trial.ts'
import { RECORDS_BUDGET } from '../report/records-budget.ts'
import type { RunEndLine } from '../report/journal-line.ts'
import type { JsonValue } from '../units/json.ts'
import { MILLISECOND } from '../units/nanos.ts'
import { VERSION } from '../version.ts'
import { Aide } from './aide-client.ts'
import { ArtifactStore } from './artifact-store.ts'
import { Deferred } from './deferred.ts'
import { claimHost, type HostClaim, type RunningRun } from './host-claim.ts'
import { KnownModules } from './known-modules.ts'
import { LiveTrialReader } from './live-trial.ts'
import { LoadWorkers } from './load-workers.ts'
import type { PluginHost } from './plugin-host.ts'
import { redactPlan } from './redact-plan.ts'
import { collectSamplers, configuredSamplers } from './sampler-setup.ts'
import { RunTraces } from './run-traces.ts'
import { ServerHost } from './server-host.ts'
import { trialResult } from './trial-result.ts'
import { TrialRunner } from './trial-runner.ts'
import { describeLeftChanges, findLeftChanges, undoFolder } from './undo-journal.ts'

/** As often as a drawing shows anything new; every snapshot takes time of the main thread. */
const SNAPSHOT_MS = 200
/** How often another run on this host is looked for. */
const LOOK_AROUND_MS = 500

export interface RunnerOptions {
  readonly config: ResolvedConfig
  readonly plugins: PluginHost
  readonly log: Log
  /** Artifacts are kept here between runs. */
  readonly cache: string
}

export interface RunRequest {
  readonly planner: Planner<Trial>
  /** Trials that are known before the first one runs. */
  readonly known: readonly TrialPlan[]
  /** Ids of all cases as they are written, for reports. */
  readonly cases: readonly string[]
  readonly seed: string
  /** Cases that are left out, with the reason: they appear in the result. */
  readonly skipped: readonly CasePlan[]
  /** The command line, for the result. */
  readonly command: readonly string[]
  /** First Ctrl-C: the current trial ends early and is reported, no further one starts. */
  readonly stop: AbortSignal
  /** Second Ctrl-C: leave at once. */
  readonly abort: AbortSignal
  /** What has gone wrong outside of trials, such as a `setup`, as sentences; may grow until the run has ended. */
  readonly failures?: readonly string[]
  /** What the run is compared with when all is measured. */
  readonly baseline?: BaselineRequest
  /** Called when a trial has ended, whatever became of it. */
  onTrial?(trial: Trial): void
}

export interface BaselineRequest {
  /** As it was given. */
  readonly path: string
  readonly result: RunResult
  readonly settings: ComparisonSettings
  /** Compares in spite of another engine, plan or machine. */
  readonly force: boolean
  /** The run becomes the new baseline: regressions are told, and do not fail it. */
  readonly accept: boolean
}

/** Runs plans and keeps what may be shared between runs: plugins, and in watch mode servers. */
export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions
  readonly #artifacts: ArtifactStore
  readonly #modules = new KnownModules()
  #servers: ServerHost | null = null
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
    using claim = claimHost(config.root)
    const [other] = claim.others()
    if (other !== undefined) log.warn(`${otherRun('is', other)} The two disturb each other.`)
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

  /** Ends servers at once, for an exit that cannot wait. */
  kill(): void {
    this.#servers?.kill()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endThreads()
    await this.#servers?.[Symbol.asyncDispose]()
    this.#servers = null
  }

  #parts(directory: RunDirectory): Omit<ExecutionParts, 'claim'> {
    this.warmUp()
    const { plugins, log, config } = this.#options
    this.#servers ??= new ServerHost({
      hooks: plugins.hooks,
      artifacts: this.#artifacts,
      load: (name) => plugins.load(name),
      directory: join(directory.path, 'servers'),
      undo: undoFolder(resolve(config.root, config.output)),
      root: config.root,
      log,
    })
    const aide = this.#aide as Aide
    return {
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

  async #endThreads(): Promise<void> {
    const [aide, workers] = [this.#aide, this.#workers]
    this.#aide = null
    this.#workers = null
    await Promise.all([aide?.[Symbol.asyncDispose](), workers?.[Symbol.asyncDispose]()])
  }
}

interface ExecutionParts {
  readonly aide: Aide
  readonly servers: ServerHost
  readonly trials: TrialRunner
  readonly claim: HostClaim
}

/** One run: from its folder's creation to the report. */
class Execution {
  readonly #options: RunnerOptions
  readonly #request: RunRequest
  readonly #directory: RunDirectory
  readonly #parts: ExecutionParts
  readonly #deferred: Deferred
  readonly #context: RunContext
  readonly #done: Trial[] = []
  readonly #searches = new Map<string, SearchResult>()
  readonly #startedAt = performance.now()
  readonly #traces: RunTraces
  /** The known trials, with what the files of their traces say. */
  #known: readonly TrialPlan[] = []
  #error: RunEndLine['error'] = null
  #recordsUsed = 0
  #live: LiveTrialReader | null = null
  #preparing: TrialPlan | null = null
  /** Of the newest second of the current trial. */
  #gauges: NonNullable<LiveTrial['gauges']> | null = null
  #snapshotFailed = false
  /** Another run that was seen during the current trial. */
  #disturber: RunningRun | null = null

  constructor(options: RunnerOptions, request: RunRequest, directory: RunDirectory, parts: ExecutionParts) {
    this.#options = options
    this.#request = request
    this.#directory = directory
    this.#parts = parts
    this.#deferred = new Deferred('the run', options.log)
    this.#traces = new RunTraces(options.config.root, join(directory.path, '.traces'), options.log)
    this.#context = {
      id: directory.id,
      directory: directory.path,
      seed: request.seed,
      environment: captureEnvironment(),
      log: options.log,
      defer: (cleanup) => this.#deferred.defer(cleanup),
    }
  }

  async run(): Promise<void> {
    const { hooks } = this.#options.plugins
    const { journal } = this.#directory
    journal.append({
      type: 'run',
      schemaVersion: 1,
      id: this.#directory.id,
      startedAt: new Date().toISOString(),
      seed: this.#request.seed,
      command: this.#request.command,
      environment: this.#context.environment,
      versions: { servebench: VERSION, node: process.versions.node },
      gates: this.#options.config.settings.gates,
      cases: this.#request.cases,
      order: { cases: this.#options.config.order, interleave: this.#options.config.interleave },
    })
    this.#known = await this.#completed(this.#request.known)
    for (const trial of this.#known) this.#announce(redactPlan(trial))
    this.#skip()
    const timer = setInterval(() => this.#snapshot(), SNAPSHOT_MS)
    const watch = setInterval(() => this.#lookAround(), LOOK_AROUND_MS)
    try {
      await hooks.runStart.promise(this.#context)
      await this.#trials()
    } catch (error) {
      this.#fail(error)
    } finally {
      clearInterval(timer)
      clearInterval(watch)
      this.#traces[Symbol.dispose]()
      await this.#deferred.run()
    }
  }

  /** Analyses, assembles, reports. Nothing here may lose what was measured. */
  async conclude(): Promise<{
    readonly result: RunResult
    readonly directory: RunDirectory
    readonly path: string | null
  }> {
    const { hooks } = this.#options.plugins
    const { journal } = this.#directory
    try {
      const tables: AnalysisTable[] = []
      await hooks.analyse.promise(tables, {
        result: this.#directory.assemble(),
        directory: this.#directory.path,
      })
      for (const table of tables) journal.append({ type: 'analysis', table })
    } catch (error) {
      this.#fail(error)
    }
    this.#compare()
    journal.append({
      type: 'run-end',
      finishedAt: new Date().toISOString(),
      interrupted: this.#request.stop.aborted,
      strict: this.#options.config.strict,
      error: this.#error ?? outsideError(this.#request.failures ?? []),
    })
    const result = this.#directory.assemble()
    const saved = this.#directory.save(result)
    if (saved.problem !== null) {
      const where = saved.path === null ? 'it was printed to standard output' : `it is in ${saved.path}`
      this.#options.log.warn(
        `The result could not be written to its folder (${saved.problem.message}); ${where}.`,
      )
    }
    try {
      await hooks.runEnd.promise(result, this.#context)
    } catch (error) {
      this.#options.log.warn(messageOf(error))
    }
    return { result, directory: this.#directory, path: saved.path }
  }

  #compare(): void {
    const { baseline, stop } = this.#request
    // Of an interrupted run the cases at its end are missing, and say nothing.
    if (baseline === undefined || stop.aborted) return
    const { path, result, settings, force, accept } = baseline
    try {
      const comparison = compareResults(result, this.#directory.assemble(), {
        settings,
        force: force || accept,
      })
      this.#directory.journal.append({
        type: 'comparison',
        comparison: { ...comparison, baseline: path, accepted: accept },
      })
    } catch (error) {
      if (accept) this.#options.log.warn(messageOf(error))
      else this.#fail(error)
    }
  }

  /** Cases that are left out have one trial each, so that reports can say why. */
  #skip(): void {
    for (const planned of this.#request.skipped) {
      const plan = redactPlan(repeatOf(planned, 0, this.#request.seed))
      this.#announce(plan)
      this.#directory.writeTrial(
        createUnfinishedTrial(plan, {
          state: 'skipped',
          planHash: planHash(plan),
          error: {
            code: 'SERVEBENCH_SKIPPED',
            message: planned.skip || 'skipped',
            advice: null,
            detail: null,
          },
        }),
      )
    }
  }

  get #leave(): AbortSignal {
    return AbortSignal.any([this.#request.stop, this.#request.abort])
  }

  async #completed(plans: readonly TrialPlan[]): Promise<readonly TrialPlan[]> {
    const completed: TrialPlan[] = []
    for (const plan of plans) completed.push(await this.#traces.complete(plan, this.#leave))
    return completed
  }

  #announce(shown: TrialPlan): void {
    this.#directory.journal.append({ type: 'plan', trial: shown, planHash: planHash(shown) })
  }

  async #trials(): Promise<void> {
    const { planner, stop } = this.#request
    const planned = new Set(this.#known.map((trial) => trial.id))
    for (;;) {
      if (stop.aborted) return
      const next = await planner.next(this.#done)
      this.#noteSearches()
      if ('finished' in next) return
      const plan = await this.#traces.complete(next, this.#leave)
      if (!planned.has(plan.id)) {
        planned.add(plan.id)
        this.#announce(redactPlan(plan))
      }
      const trial = await this.#trial(plan)
      this.#done.push(trial)
      this.#request.onTrial?.(trial)
      // A probe of a search may fail: that is how it finds the limit.
      if (trial.role === 'measurement' && this.#options.config.bail && isFailure(trial)) {
        this.#leaveOut(`Left out because of \`bail\`: ${fullName(plan)} had failed.`)
        return
      }
      if (plan.settings.cooldown > 0) await pause(plan.settings.cooldown / MILLISECOND, stop)
    }
  }

  /** Writes down what searches have found since the last time: a killed run shows how far they got. */
  #noteSearches(): void {
    for (const search of this.#request.planner.searches?.() ?? []) {
      if (this.#searches.get(search.id) === search) continue
      this.#searches.set(search.id, search)
      this.#directory.journal.append({ type: 'search', search })
    }
  }

  /** Known trials that will not run any more. */
  #leaveOut(message: string): void {
    const done = new Set(this.#done.map((trial) => trial.id))
    for (const plan of this.#known) {
      if (done.has(plan.id)) continue
      const shown = redactPlan(plan)
      const error = { code: 'SERVEBENCH_NOT_RUN', message, advice: null, detail: null }
      this.#directory.writeTrial(
        createUnfinishedTrial(shown, { state: 'skipped', planHash: planHash(shown), error }),
      )
    }
  }

  async #trial(plan: TrialPlan): Promise<Trial> {
    const { hooks } = this.#options.plugins
    const { journal } = this.#directory
    const { log } = this.#options
    const deferred = new Deferred(fullName(plan), log)
    const samplers: SamplerPlan[] = [...(plan.samplers ?? [])]
    const events: Trial['events'][number][] = []
    const leave = this.#leave
    const shown = redactPlan(plan)
    const known = { planHash: planHash(shown) }
    let trial: Trial
    this.#preparing = plan
    this.#gauges = null
    this.#snapshot()
    try {
      const traces = await this.#traces.of(plan, leave)
      const acquired = plan.server === null ? null : await this.#parts.servers.acquire(plan.server, leave)
      if (acquired?.started) {
        await hooks.serverReady.promise(acquired.server, this.#context)
        journal.append({
          type: 'server',
          name: acquired.server.kind,
          value: { version: acquired.server.version, startup: { ...acquired.server.startup } },
        })
      }
      const context: TrialContext = {
        plan,
        name: trialName(plan),
        server: acquired?.server ?? null,
        run: this.#context,
        signal: this.#request.abort,
        addSampler: (sampler) => samplers.push(sampler),
        defer: (cleanup) => deferred.defer(cleanup),
      }
      await hooks.trialStart.promise(context)
      using crash = new CrashWatch(acquired?.server.process ?? null)
      const records = this.#records(plan)
      const samples = plan.settings.records === 'none' ? null : this.#directory.samplesPath(plan.id)
      this.#parts.aide.onEvent = (event) => {
        events.push(event)
        journal.append({ type: 'event', trial: plan.id, ...event })
        log.warn(event.message)
      }
      this.#parts.aide.onWindow = (window) => {
        this.#gauges = window.gauges ?? null
        journal.append({ type: 'window', trial: plan.id, window })
        hooks.window.promise(window, context).catch((error: unknown) => log.warn(messageOf(error)))
      }
      this.#disturber = null
      this.#lookAround()
      const measurement = await this.#parts.trials.run({
        plan,
        server: acquired?.server ?? null,
        records: records === null ? null : { ...records, path: records.absolute },
        samplers: collectSamplers(
          configuredSamplers(this.#options.config.samplers, this.#options.plugins),
          samplers,
        ),
        samples: samples?.absolute ?? null,
        scratch: join(this.#directory.path, `.scratch-${plan.id}`),
        traces,
        stop: AbortSignal.any([this.#request.stop, crash.signal]),
        abort: this.#request.abort,
        onPrepared: ({ engine, workers, connections }) =>
          journal.append({
            type: 'trial-start',
            trial: plan.id,
            startedAt: new Date().toISOString(),
            engine,
            workers,
            connections,
          }),
        onStart: (view) => {
          this.#live = new LiveTrialReader(plan.id, trialName(plan), view, expectedLength(plan))
        },
      })
      this.#live = null
      const failure = crash.error(this.#parts.servers.logTail())
      if (measurement.timeline.measured) {
        trial = trialResult({
          plan: shown,
          ...known,
          measurement,
          server: acquired,
          recordsPath: records?.relative ?? null,
          samplesPath: samples?.relative ?? null,
          events,
          failure,
          notes: this.#disturbance(),
        })
        this.#recordsUsed += measurement.outcome.records?.rows ?? 0
      } else {
        trial = createUnfinishedTrial(shown, {
          ...known,
          state: failure === null ? 'interrupted' : 'failed',
          error: failure,
          events,
        })
      }
      // A plugin that fails now must not take the measurement with it.
      await hooks.trialEnd.promise(trial, context).catch((error: unknown) => this.#fail(error))
    } catch (error) {
      this.#live = null
      if (this.#request.abort.aborted) throw error
      trial = createUnfinishedTrial(shown, {
        ...known,
        state: leave.aborted ? 'interrupted' : 'failed',
        error: error === leave.reason ? null : trialError(error, this.#parts.servers.logTail()),
        events,
      })
    }
    await deferred.run()
    this.#directory.writeTrial(trial)
    this.#preparing = null
    return trial
  }

  #lookAround(): void {
    this.#disturber ??= this.#parts.claim.others()[0] ?? null
  }

  #disturbance(): readonly VerdictReason[] {
    this.#lookAround()
    return this.#disturber === null ? [] : [disturbance(this.#disturber)]
  }

  #records(
    plan: TrialPlan,
  ): { absolute: string; relative: string; oneIn: number; budget: number; seed: number } | null {
    if (plan.settings.records === 'none') return null
    const budget = RECORDS_BUDGET - this.#recordsUsed * ROW_BYTES
    if (budget <= 0) return null
    return {
      ...this.#directory.recordsPath(plan.id),
      oneIn: plan.settings.records === 'sample' ? SAMPLED_ONE_IN : 1,
      budget,
      seed: Number.parseInt(plan.id.slice(0, 8), 16),
    }
  }

  #snapshot(): void {
    const { hooks } = this.#options.plugins
    if (!hooks.snapshot.isUsed()) return
    const { planner } = this.#request
    const remaining = planner.remaining(this.#done)
    const current = this.#preparing === null ? 0 : 1
    const live = this.#read() ?? (this.#preparing === null ? null : preparingTrial(this.#preparing))
    const snapshot: Snapshot = Object.freeze({
      run: {
        id: this.#directory.id,
        startedAt: this.#startedAt,
        trialsDone: this.#done.length,
        trialsTotal: this.#done.length + current + remaining,
        estimatedEnd: this.#estimatedEnd(live),
      },
      trial: live,
      message: null,
    })
    try {
      hooks.snapshot.call(snapshot)
    } catch (error) {
      // Several times a second: said once.
      if (!this.#snapshotFailed) this.#options.log.warn(messageOf(error))
      this.#snapshotFailed = true
    }
  }

  #read(): LiveTrial | null {
    const live = this.#live?.read() ?? null
    return live === null || this.#gauges === null ? live : { ...live, gauges: this.#gauges }
  }

  /** On the clock of `performance.now()`; `null` while the length of a trial depends on the server. */
  #estimatedEnd(live: LiveTrial | null): number | null {
    if (live !== null && live.total === null) return null
    const current = live === null ? 0 : Math.max(0, (live.total as number) - live.elapsed)
    const done = new Set(this.#done.map((trial) => trial.id))
    const left = this.#request.known.filter(
      (trial) => !done.has(trial.id) && trial.id !== this.#preparing?.id,
    )
    if (this.#request.planner.remaining(this.#done) > left.length) return null
    const { total, openEnded } = estimateRun(left)
    return openEnded > 0 ? null : performance.now() + (current + total) / MILLISECOND
  }

  #fail(error: unknown): void {
    const own = error instanceof ServebenchError ? error : null
    this.#error ??= {
      code: own?.code ?? 'SERVEBENCH_INTERNAL',
      message: messageOf(error),
      exitCode: own?.exitCode ?? ExitCode.usage,
    }
    this.#options.log.warn(messageOf(error))
  }
}

/** Notices when a server that was launched for a trial ends before the trial does. */
class CrashWatch implements Disposable {
  readonly #crash = new AbortController()
  #exit: { readonly code: number | null; readonly signal: string | null } | null = null
  #watching = true

  constructor(process: ServerProcess | null) {
    void process?.exited.then((exit) => {
      if (!this.#watching) return
      this.#exit = exit
      this.#crash.abort()
    })
  }

  /** Aborted when the server has ended. */
  get signal(): AbortSignal {
    return this.#crash.signal
  }

  error(log: string | null): TrialError | null {
    if (this.#exit === null) return null
    const { code, signal } = this.#exit
    return {
      code: 'SERVEBENCH_SERVER_EXITED',
      message: `The server ended ${signal === null ? `with code ${code}` : `by ${signal}`} during the trial.`,
      advice: 'The end of its log usually says why.',
      detail: log,
      exitCode: ExitCode.target,
    }
  }

  [Symbol.dispose](): void {
    this.#watching = false
  }
}

function disturbance(other: RunningRun): VerdictReason {
  return {
    code: 'other-run',
    severity: 'suspect',
    message: otherRun('was', other),
    advice: 'Two measurements on one host disturb each other: run one after the other.',
  }
}

function otherRun(verb: 'is' | 'was', { pid, root }: RunningRun): string {
  return `Another servebench run ${verb} measuring on this host (process ${pid}${root === '' ? '' : `, in ${printable(root)}`}).`
}

function outsideError([first, ...others]: readonly string[]): RunEndLine['error'] {
  if (first === undefined) return null
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return { code: 'SERVEBENCH_SETUP', message: first + more, exitCode: ExitCode.usage }
}

/** About what a row takes in an Arrow file. */
const ROW_BYTES = 88
const SAMPLED_ONE_IN = 100

/** `describe > scenario > axis=value · repeat 2`, or `… · 120/s, between 100/s and 150/s` for a probe of a search. */
function trialName(plan: TrialPlan): string {
  if (plan.probe !== undefined) return `${fullName(plan)} · ${describeProbe(plan.probe)}`
  return plan.repeat === 0 ? fullName(plan) : `${fullName(plan)} · repeat ${plan.repeat + 1}`
}

function expectedLength(plan: TrialPlan): number | null {
  return estimateTrial(plan)
}

function preparingTrial(plan: TrialPlan): Snapshot['trial'] {
  return {
    id: plan.id,
    name: trialName(plan),
    phase: 'preparing',
    elapsed: 0,
    total: expectedLength(plan),
    measureFrom: null,
    measureUntil: null,
    due: 0,
    completed: 0,
    failed: 0,
    timedOut: 0,
    dropped: 0,
    inFlight: 0,
    workers: 0,
    offeredLoad: null,
    throughput: null,
    p50: null,
    p95: null,
    p99: null,
    lagP99: null,
  }
}

function isFailure(trial: Trial): boolean {
  return (
    trial.state === 'failed' ||
    trial.slo?.verdict === 'fail' ||
    (trial.counts.due > 0 && trial.counts.completed === 0)
  )
}

function trialError(error: unknown, log: string | null): TrialError {
  const own = error instanceof ServebenchError ? error : null
  return {
    code: own?.code ?? 'SERVEBENCH_INTERNAL',
    // Several problems are a list in the terminal, and one line in a table.
    message: messageOf(error).replace(/\s*\n\s*/g, ' '),
    advice: own?.advice ?? null,
    detail: log,
    exitCode: own?.exitCode ?? ExitCode.target,
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
