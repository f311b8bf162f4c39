import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { messageOf } from '../errors/plugin-error.ts'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import type { DevicePeaks } from '../hardware/peaks.ts'
import type { LiveTrial, RunContext, Snapshot, TrialContext } from '../hooks/contexts.ts'
import type { SamplerPlan } from '../hooks/providers.ts'
import type { RunningServer } from '../hooks/server.ts'
import { estimateRun, estimateTrial, restOf } from '../plan/estimate.ts'
import { planHash } from '../plan/identity.ts'
import { repeatOf } from '../plan/order.ts'
import { describeProbe } from '../plan/search/search-planner.ts'
import { describeStep } from '../plan/study/describe-step.ts'
import type { ServerPlan, TrialPlan } from '../plan/trial-plan.ts'
import { compareResults } from '../report/compare.ts'
import { captureEnvironment } from '../report/environment.ts'
import { fullName } from '../report/case-name.ts'
import type { RunDirectory } from '../report/run-directory.ts'
import type { AnalysisTable, RunResult, Trial, TrialError, VerdictReason } from '../report/result.ts'
import type { StudyResult } from '../report/study/study-result.ts'
import type { SearchResult } from '../report/search-result.ts'
import { createUnfinishedTrial } from '../report/unfinished-trial.ts'
import { RECORDS_BUDGET } from '../report/records-budget.ts'
import type { RunEndLine } from '../report/journal-line.ts'
import { MILLISECOND } from '../units/nanos.ts'
import { VERSION } from '../version.ts'
import type { Aide } from './aide-client.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { Deferred } from './deferred.ts'
import type { HostClaim, RunningRun } from './host-claim.ts'
import { readBatching, type BatchingByStream } from './idle-batches.ts'
import { LiveTrialReader } from './live-trial.ts'
import { redactPlan, redactServer } from './redact-plan.ts'
import { TrialProfiler } from './profiler.ts'
import { collectSamplers, configuredSamplers } from './sampler-setup.ts'
import { RunTraces } from './run-traces.ts'
import { foundPoints, writeConfigurations } from './study-configurations.ts'
import { servedModels } from './served-models.ts'
import type { AcquiredServer, FreshStart, ServerHost } from './server-host.ts'
import { Tariffs } from './tariffs.ts'
import type { StaticMetrics, TrialStatics } from './static-metrics.ts'
import { trialResult } from './trial-result.ts'
import { TimeLedger, TrialTime } from './time-ledger.ts'
import type { TrialMeasurement, TrialRunner } from './trial-runner.ts'
import { CrashWatch } from './crash-watch.ts'
import { describeOtherRun } from './other-run.ts'
import type { RunnerOptions, RunRequest } from './run-request.ts'

/** As often as a drawing shows anything new; every snapshot takes time of the main thread. */
const SNAPSHOT_MS = 200
/** How often another run on this host is looked for. */
const LOOK_AROUND_MS = 500

export interface ExecutionParts {
  readonly artifacts: ArtifactStore
  readonly aide: Aide
  readonly servers: ServerHost
  readonly trials: TrialRunner
  readonly claim: HostClaim
}

/** One run: from its folder's creation to the report. */
export class Execution {
  readonly #options: RunnerOptions
  readonly #request: RunRequest
  readonly #directory: RunDirectory
  readonly #parts: ExecutionParts
  readonly #deferred: Deferred
  readonly #context: RunContext
  /** But for those of studies: these know what they need of them, and may have thousands. */
  readonly #done: Trial[] = []
  #studied = 0
  readonly #searches = new Map<string, SearchResult>()
  readonly #startedAt = performance.now()
  readonly #time = new TimeLedger()
  readonly #traces: RunTraces
  readonly #tariffs: Tariffs
  /** The known trials, with what the files of their traces say. */
  #known: readonly TrialPlan[] = []
  #error: RunEndLine['error'] = null
  #recordsUsed = 0
  #live: LiveTrialReader | null = null
  #preparing: TrialPlan | null = null
  /** Of the newest second of the current trial. */
  #gauges: NonNullable<LiveTrial['gauges']> | null = null
  #showFailed = false
  /** When the study that runs will have ended, about; on the clock of `performance.now()`. */
  #studyEnd: number | null = null
  /** Warnings of samplers. */
  readonly #said = new Set<string>()
  #staticMetrics: StaticMetrics | null = null
  /** Another run that was seen during the current trial. */
  #disturber: RunningRun | null = null

  constructor(options: RunnerOptions, request: RunRequest, directory: RunDirectory, parts: ExecutionParts) {
    this.#options = options
    this.#request = request
    this.#directory = directory
    this.#parts = parts
    this.#deferred = new Deferred('the run', options.log)
    this.#traces = new RunTraces(options.config.root, join(directory.path, '.traces'), options.log)
    this.#tariffs = new Tariffs(options.config.root)
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
      this.#tariffs.check(this.#known)
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
      await this.#time.of('planning', async () => {
        const measured = this.#directory.assemble()
        await this.#writeConfigurations(measured.studies ?? [])
        await hooks.analyse.promise(tables, { result: measured, directory: this.#directory.path })
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
      time: this.#time.report(),
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

  /** What studies have found, as files that are ready to be applied. */
  async #writeConfigurations(studies: readonly StudyResult[]): Promise<void> {
    const { plugins, config, log } = this.#options
    const { journal, path: directory } = this.#directory
    for (const study of studies) {
      try {
        const configurations = await writeConfigurations(study, foundPoints(study), {
          directory,
          plugins,
          artifacts: this.#parts.artifacts,
          root: config.root,
          several: studies.length > 1,
        })
        if (configurations.length > 0)
          journal.append({ type: 'study-configurations', study: study.id, configurations })
      } catch (error) {
        log.warn(
          `The configurations of '${study.path.join(' > ')}' could not be written: ${messageOf(error)}`,
        )
      }
    }
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
      const next = await this.#time.of('planning', () => planner.next(this.#done))
      this.#noteFindings()
      this.#tellStudies()
      if ('finished' in next) return
      const plan = await this.#traces.complete(next, this.#leave)
      if (!planned.has(plan.id)) {
        planned.add(plan.id)
        this.#announce(redactPlan(plan))
      }
      const trial = await this.#trial(plan)
      this.#done.push(trial)
      this.#noteFindings()
      if (trial.role === 'study') {
        this.#done.pop()
        this.#studied += 1
      }
      this.#request.onTrial?.(trial)
      this.#tellStudies()
      // A probe of a search may fail: that is how it finds the limit.
      if (trial.role === 'measurement' && this.#options.config.bail && isFailure(trial)) {
        this.#leaveOut(`Left out because of \`bail\`: ${fullName(plan)} had failed.`)
        return
      }
      const { cooldown } = plan.settings
      if (cooldown > 0) await this.#time.of('measuring', () => pause(cooldown / MILLISECOND, stop))
    }
  }

  /** Writes down what searches and studies have found since the last time: a killed run shows how far they got. */
  #noteFindings(): void {
    const from = this.#time.now()
    this.#noteSearches()
    this.#noteStudies()
    this.#time.add('storing', this.#time.now() - from)
  }

  #noteSearches(): void {
    for (const search of this.#request.planner.searches?.() ?? []) {
      if (this.#searches.get(search.id) === search) continue
      this.#searches.set(search.id, search)
      this.#directory.journal.append({ type: 'search', search })
    }
  }

  #noteStudies(): void {
    for (const news of this.#request.planner.studyNews?.(this.#done) ?? []) {
      const shown = news.type === 'study-server' ? { ...news, server: redactServer(news.server) } : news
      this.#directory.journal.append(shown)
    }
  }

  #tellStudies(): void {
    const { hooks } = this.#options.plugins
    for (const progress of this.#request.planner.studyProgress?.(this.#done) ?? []) {
      const { time } = progress.left
      this.#studyEnd =
        progress.state === 'ended' || time === null ? null : performance.now() + time / MILLISECOND
      this.#show(() => hooks.studyProgress.call(progress))
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
    let agreement: Trial['agreement']
    let quality: Trial['quality']
    let profiler: TrialProfiler | null = null
    let measurement: TrialMeasurement | null = null
    const time = new TrialTime(this.#time, plan)
    this.#preparing = plan
    this.#gauges = null
    this.#snapshot()
    try {
      const traces = await this.#traces.of(plan, leave)
      const { coldStart } = plan
      const acquired =
        plan.server === null
          ? null
          : await this.#acquire(plan.server, leave, coldStart?.idle === null ? coldStart : undefined)
      time.serverUp()
      if (acquired?.started) {
        await hooks.serverReady.promise(acquired.server, this.#context)
        journal.append({
          type: 'server',
          name: acquired.server.kind,
          value: { version: acquired.server.version, startup: { ...acquired.server.startup } },
        })
      }
      const batching = acquired === null ? NO_BATCHING : await this.#batching(plan, acquired.server)
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
        // What a machine does not have, it does not have in any trial.
        if (!this.#said.has(event.message)) log.warn(event.message)
        this.#said.add(event.message)
      }
      this.#parts.aide.onWindow = (window) => {
        this.#gauges = window.gauges ?? null
        journal.append({ type: 'window', trial: plan.id, window })
        hooks.window.promise(window, context).catch((error: unknown) => log.warn(messageOf(error)))
      }
      this.#disturber = null
      this.#lookAround()
      profiler =
        plan.role === 'profile'
          ? await TrialProfiler.start(
              plan,
              acquired?.server ?? null,
              this.#directory.profilePath(plan.id),
              acquired?.changing,
            )
          : null
      measurement = await this.#parts.trials.run({
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
        onAgreement: (report) => (agreement = report),
        onQuality: (report) => (quality = report),
        onPrepared: ({ engine, workers, connections }) =>
          journal.append({
            type: 'trial-start',
            trial: plan.id,
            startedAt: new Date().toISOString(),
            engine,
            workers,
            connections,
          }),
        onEvent: (event) => {
          events.push(event)
          journal.append({ type: 'event', trial: plan.id, ...event })
        },
        onStart: (view) => {
          this.#live = new LiveTrialReader(plan.id, trialName(plan), view, estimateTrial(plan))
        },
      })
      this.#live = null
      const failure = crash.error(this.#parts.servers.logTail())
      const system = coldStart?.idle === null && failure === null ? await this.#bareStart(leave) : null
      if (measurement.timeline.measured) {
        // Without any power there is no carbon to know.
        if (measurement.outcome.power.measured.length > 0) {
          await this.#tariffs.ask(plan.settings.energy, leave)
        }
        trial = trialResult({
          plan: shown,
          ...known,
          measurement,
          server: acquired,
          batching,
          statics: await this.#statics(plan, acquired?.server ?? null),
          systemStart: system,
          recordsPath: records?.relative ?? null,
          samplesPath: samples?.relative ?? null,
          events,
          failure,
          notes: this.#disturbance(),
          agreement,
          quality,
          tariffs: this.#tariffs,
        })
        this.#recordsUsed += measurement.outcome.records?.rows ?? 0
      } else {
        trial = createUnfinishedTrial(shown, {
          ...known,
          state: failure === null ? 'interrupted' : 'failed',
          error: failure,
          events,
          agreement,
          quality,
        })
      }
      // A plugin that fails now must not take the measurement with it.
      await hooks.trialEnd.promise(trial, context).catch((error: unknown) => this.#fail(error))
    } catch (error) {
      this.#live = null
      if (this.#request.abort.aborted) throw error
      trial = createUnfinishedTrial(shown, {
        ...known,
        state: leave.aborted ? 'interrupted' : isUnavailable(error) ? 'skipped' : 'failed',
        error: error === leave.reason ? null : trialError(error, this.#parts.servers.logTail()),
        events,
        agreement,
        quality,
      })
    }
    if (profiler !== null) trial = await this.#profiled(trial, profiler)
    await deferred.run()
    time.end(measurement)
    await this.#time.of('storing', () => this.#directory.writeTrial(trial))
    this.#preparing = null
    return trial
  }

  async #acquire(plan: ServerPlan, signal: AbortSignal, fresh?: FreshStart): Promise<AcquiredServer> {
    return await this.#time.of('servers', () => this.#parts.servers.acquire(plan, signal, fresh))
  }

  /** Whatever became of the trial, the profiler is switched off. */
  async #profiled(trial: Trial, profiler: TrialProfiler): Promise<Trial> {
    try {
      return { ...trial, profile: await profiler.stop() }
    } catch (error) {
      const message = `The profile could not be read: ${messageOf(error)}`
      this.#options.log.warn(message)
      // Nothing must be measured on a server whose profiler may be on.
      await this.#parts.servers.discard()
      return {
        ...trial,
        error: trial.error ?? trialError(new ServebenchError('SERVEBENCH_PROFILE', message), null),
      }
    }
  }

  /** What is not known is not warned of. */
  async #batching(plan: TrialPlan, server: RunningServer): Promise<BatchingByStream> {
    try {
      return await readBatching(plan, server)
    } catch (error) {
      this.#options.log.warn(`How the server batches could not be read: ${messageOf(error)}`)
      return NO_BATCHING
    }
  }

  /** Last of all that a cold start does: its server is gone afterwards. */
  async #bareStart(signal: AbortSignal): Promise<number | null> {
    try {
      return await this.#time.of('servers', () => this.#parts.servers.timeBareStart(signal))
    } catch (error) {
      if (!signal.aborted)
        this.#options.log.warn(`The server could not be started without a model: ${messageOf(error)}`)
      return null
    }
  }

  /** Models are read when all is measured: reading disturbs, and fills the page cache. */
  async #statics(plan: TrialPlan, server: RunningServer | null): Promise<TrialStatics> {
    const { config } = this.#options
    const isKnown =
      Object.values(plan.streams).some((stream) => stream.static !== undefined) ||
      (plan.server !== null && servedModels(plan.server, config.root).length > 0)
    if (!isKnown) return { reports: null, notes: [] }
    const { StaticMetrics } = await import('./static-metrics.ts')
    this.#staticMetrics ??= new StaticMetrics({
      root: config.root,
      peaks: config.peaks,
      addedPeaks: async () => {
        const devices: DevicePeaks[] = []
        await this.#options.plugins.hooks.peaks.promise(devices)
        return devices
      },
      artifacts: this.#parts.artifacts,
      environment: this.#context.environment,
    })
    return this.#staticMetrics.of(plan, server)
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
    const done = this.#done.length + this.#studied
    const live = this.#read() ?? (this.#preparing === null ? null : preparingTrial(this.#preparing))
    const snapshot: Snapshot = Object.freeze({
      run: {
        id: this.#directory.id,
        startedAt: this.#startedAt,
        trialsDone: done,
        trialsTotal: done + current + remaining,
        estimatedEnd: this.#estimatedEnd(live),
      },
      trial: live,
      message: null,
    })
    this.#show(() => hooks.snapshot.call(snapshot))
  }

  /** What only looks on does not end a run. */
  #show(call: () => void): void {
    try {
      call()
    } catch (error) {
      // Several times a second: said once.
      if (!this.#showFailed) this.#options.log.warn(messageOf(error))
      this.#showFailed = true
    }
  }

  #read(): LiveTrial | null {
    const live = this.#live?.read() ?? null
    return live === null || this.#gauges === null ? live : { ...live, gauges: this.#gauges }
  }

  /** On the clock of `performance.now()`; `null` while the length of a trial depends on the server. */
  #estimatedEnd(live: LiveTrial | null): number | null {
    if (this.#studyEnd !== null) return this.#studyEnd
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

function disturbance(other: RunningRun): VerdictReason {
  return {
    code: 'other-run',
    severity: 'suspect',
    message: describeOtherRun('was', other),
    advice: 'Two measurements on one host disturb each other: run one after the other.',
  }
}

function outsideError([first, ...others]: readonly string[]): RunEndLine['error'] {
  if (first === undefined) return null
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return { code: 'SERVEBENCH_SETUP', message: first + more, exitCode: ExitCode.usage }
}

const NO_BATCHING: BatchingByStream = new Map()

/** About what a row takes in an Arrow file. */
const ROW_BYTES = 88
const SAMPLED_ONE_IN = 100

/** `describe > scenario > axis=value · repeat 2`, or `… · 120/s, between 100/s and 150/s` for a probe of a search. */
function trialName(plan: TrialPlan): string {
  if (plan.role === 'profile') return `${fullName(plan)} · profile`
  if (plan.study !== undefined) return `${fullName(plan)} · ${describeStep(plan.study)}`
  if (plan.probe !== undefined) return `${fullName(plan)} · ${describeProbe(plan.probe)}`
  return plan.repeat === 0 ? fullName(plan) : `${fullName(plan)} · repeat ${plan.repeat + 1}`
}

function preparingTrial(plan: TrialPlan): Snapshot['trial'] {
  const length = estimateTrial(plan)
  return {
    id: plan.id,
    name: trialName(plan),
    phase: 'preparing',
    elapsed: 0,
    total: length === null ? null : length + restOf(plan),
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

function isUnavailable(error: unknown): boolean {
  return error instanceof ServebenchError && error.code === 'SERVEBENCH_PROFILE'
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
    detail: log ?? own?.detail ?? null,
    exitCode: own?.exitCode ?? ExitCode.target,
  }
}

/** Ends early, and without an error, when the run is to stop. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => {})
}
