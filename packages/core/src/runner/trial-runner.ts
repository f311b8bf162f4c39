import { availableParallelism } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { EncodedRing, AideOutcome } from '../aide/protocol.ts'
import type { SamplerReference } from '../aide/sampler-thread.ts'
import { burstsOf } from '../arrival/bursts.ts'
import type { OpenedSampler } from '../aide/trial-samplers.ts'
import type { StopCondition } from '../aide/stop-watch.ts'
import type { LoadPlan } from '../arrival/load-plan.ts'
import { isCounted } from '../arrival/load-rates.ts'
import { monotonicClock } from '../clock/monotonic-clock.ts'
import { AnswerRing } from '../engine/answer-ring.ts'
import { TrialControl } from '../engine/control.ts'
import { LiveView } from '../engine/live-view.ts'
import type { ConnectionPlan } from '../engine/session.ts'
import { share } from '../engine/share.ts'
import { messageOf } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { SamplerPlan, SessionReference } from '../hooks/providers.ts'
import type { RunningServer, ServerStatistics } from '../hooks/server.ts'
import type { Log } from '../hooks/plugin.ts'
import { restOf } from '../plan/estimate.ts'
import { functionReference } from '../plan/function-references.ts'
import { targetsOf } from '../plan/pipeline-plan.ts'
import type { FunctionReference, StreamPlan, TrialPlan } from '../plan/trial-plan.ts'
import type {
  AgreementReport,
  Certificate,
  ControlReport,
  QualityReport,
  Trial,
  VerdictReason,
} from '../report/result.ts'
import type { StoredTrace } from '../trace/trace-store.ts'
import { MILLISECOND, SECOND, type Nanos } from '../units/nanos.ts'
import type { ToWorker, WorkerReport, WorkerStep, WorkerStream } from '../worker/protocol.ts'
import { Agreements, requireAgreement } from './agreements.ts'
import type { Aide } from './aide-client.ts'
import { ClockWatch } from './clock-watch.ts'
import {
  concurrencyOf,
  connectionTotals,
  replicaConnections,
  workerConnections,
  type ConnectionTotals,
} from './connection-plan.ts'
import { reportControl } from './control-report.ts'
import { findGauge, GaugeFeed } from './gauge-feed.ts'
import { findControlled, withHostSampler, type ControlledStream } from './controlled-stream.ts'
import { HostWatch, type HostShares } from './host-watch.ts'
import type { KnownModules } from './known-modules.ts'
import type { LoadWorker, LoadWorkers } from './load-workers.ts'
import type { LiveControl } from '../hooks/contexts.ts'
import { isLocalTarget, LocalServerFinder, type LocalServers } from './local-servers.ts'
import type { PluginHost } from './plugin-host.ts'
import { readDescriptors } from './proc.ts'
import { connectSamplers } from './sampler-setup.ts'
import { qualityRequest } from './quality-request.ts'
import { traceNotes } from './run-traces.ts'
import { connectStreams, encodeRequest, type ConnectedStep, type ConnectedStream } from './session-setup.ts'
import { SteeredLoad } from './steered-load.ts'
import { sloPercentiles } from './slo-percentiles.ts'
import { TurnWatch } from './turn-watch.ts'
import { runTimeline, type TimelineOutcome } from './trial-timeline.ts'

const START_DELAY: Nanos = 30 * MILLISECOND
const ANSWER_RING_BYTES = 8 * 1024 * 1024
/** A load thread that was this busy while warming up gets help. */
const BUSY = 0.6
/** From this length on the generator warms its own code before the trial. */
const LONG: Nanos = 5 * SECOND

/** The raw outcome of a trial, from which its result is made. */
export interface TrialMeasurement {
  readonly streams: readonly ConnectedStream[]
  readonly rings: readonly EncodedRing[]
  readonly connections: readonly ConnectionTotals[]
  readonly workers: number
  readonly startedAt: Date
  /** The origin of the trial's clock, on that of `performance.now()`. */
  readonly origin: number
  readonly timeline: TimelineOutcome
  readonly phases: { readonly measureFrom: Nanos; readonly measureUntil: Nanos; readonly drainedAt: Nanos }
  readonly reports: readonly WorkerReport[]
  readonly outcome: AideOutcome
  readonly host: HostShares
  readonly attached: LocalServers['attached']
  readonly clockDrift: number
  readonly statistics: { readonly before: ServerStatistics | null; readonly after: ServerStatistics | null }
  /** Of a load that follows a gauge. */
  readonly control: ControlReport | null
  readonly notes: readonly VerdictReason[]
}

export interface TrialRunnerOptions {
  readonly root: string
  /** How long a load worker may be busy with a function of the bench file. */
  readonly patience: Nanos
  readonly plugins: PluginHost
  readonly aide: Aide
  readonly workers: LoadWorkers
  readonly modules: KnownModules
  readonly log: Log
}

export interface TrialRequest {
  readonly plan: TrialPlan
  readonly server: RunningServer | null
  readonly records: {
    readonly path: string
    readonly oneIn: number
    readonly budget: number
    readonly seed: number
  } | null
  readonly samplers: readonly SamplerPlan[]
  /** The Arrow file for the readings of samplers; `null`: none. */
  readonly samples: string | null
  readonly scratch: string
  /** The traces of the plan's loads, read. */
  readonly traces: readonly StoredTrace[]
  /** Ends the measurement early and keeps what was measured. */
  readonly stop: AbortSignal
  /** Gives everything up. */
  readonly abort: AbortSignal
  /** The answers of the case have been compared; when they differ, that is why the trial fails. */
  onAgreement(report: AgreementReport): void
  /** The answers of the configuration have been scored. */
  onQuality(report: QualityReport): void
  onPrepared(info: { readonly engine: string; readonly workers: number; readonly connections: number }): void
  onStart(live: LiveTrialView): void
  /** The load has been moved. */
  onEvent(event: Trial['events'][number]): void
}

/** What the progress display and controllers see of a running trial. */
export interface LiveTrialView {
  readonly control: TrialControl
  readonly lives: readonly LiveView[]
  now(): Nanos
  /** What is known so far of the percentile that the trial waits for. */
  certificate?(): Certificate | null
  /** Of a load that follows a gauge. */
  readonly steering?: { readonly view: LiveControl }
}

/** Runs one trial at a time: prepares aide and workers, walks through the phases, collects what they have measured. */
export class TrialRunner {
  readonly #options: TrialRunnerOptions
  readonly #agreements = new Agreements()
  readonly #servers = new LocalServerFinder()
  /** By worker, for all trials: shared memory does not count as garbage, and piles up. */
  readonly #answers: AnswerRing[] = []

  constructor(options: TrialRunnerOptions) {
    this.#options = options
  }

  async run(request: TrialRequest): Promise<TrialMeasurement> {
    const { plan, server } = request
    const { plugins, aide, root, log } = this.#options
    const signal = AbortSignal.any([request.abort, request.stop])
    const streams = await connectStreams(
      plan,
      plugins,
      { server, settings: plan.settings, signal, log },
      root,
    )
    this.#options.modules.note(plan, streams)
    for (const { session } of streams) for (const warning of session.warnings ?? []) log.warn(warning)
    const agreement = await this.#agreements.examine(plan, streams, (sample) =>
      Promise.race([aide.sample(sample), aborted(signal)]),
    )
    if (agreement !== null) {
      request.onAgreement(agreement)
      requireAgreement(agreement)
    }
    const targets = streams.flatMap(({ plan: { target } }) => targetsOf(target)).map(({ options }) => options)
    const servers = this.#servers.find(server, targets)
    const quality = await qualityRequest(plan, streams, plugins, root)
    if (quality !== null) request.onQuality(await Promise.race([aide.evaluate(quality), aborted(signal)]))
    const samplers = await connectSamplers(withHostSampler(request.samplers, plan), plugins, {
      server,
      processes: servers.processes ?? [],
      root,
    })
    const rings = await aide.encode(streams.map((stream) => encodeRequest(stream, plan)))
    requireInputs(plan, rings)
    const local = server?.local ?? targets.every(isLocalTarget)
    const most = mostWorkers(plan, local)
    let count = plan.settings.workers === 'auto' ? 1 : plan.settings.workers
    for (;;) {
      const parts = { streams, rings, samplers, servers, answerRing: this.#answerRing }
      const attempt = new TrialAttempt(this.#options, request, parts, count)
      const measurement = await attempt.run(plan.settings.workers === 'auto' && count < most)
      if (measurement !== null) return measurement
      const wanted = Math.min(most, count * 2)
      log.info(`A load thread was busy while warming up: starting again with ${wanted} workers.`)
      count = wanted
    }
  }

  readonly #answerRing = (worker: number): SharedArrayBuffer => {
    const ring = (this.#answers[worker] ??= AnswerRing.create(ANSWER_RING_BYTES))
    ring.reset()
    return ring.buffer
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

function sizeLimits({ expect }: StreamPlan): Pick<WorkerStream, 'leastBytes' | 'mostBytes'> {
  return {
    ...(expect?.leastBytes === undefined ? {} : { leastBytes: expect.leastBytes }),
    ...(expect?.mostBytes === undefined ? {} : { mostBytes: expect.mostBytes }),
  }
}

/**
 * A warm-up of a number of requests must be over before the inputs are.
 * @throws {ServebenchError} `SERVEBENCH_INPUT`
 */
function requireInputs({ settings: { warmup } }: TrialPlan, rings: readonly EncodedRing[]): void {
  if (!('requests' in warmup) || 'until' in warmup) return
  const totals = rings.map(({ units }) => units?.reduce((sum, count) => sum + count, 0) ?? Infinity)
  const total = totals.reduce((sum, count) => sum + count, 0)
  if (total > warmup.requests) return
  throw inputsEnded(
    `The inputs end after ${total} requests, inside the warm-up of ${warmup.requests}: nothing would be measured.`,
  )
}

function inputsEnded(message: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_INPUT', message, {
    advice: 'Shorten `warmup`, or replay the inputs more often (`times`).',
  })
}

/** Automatic workers: never more than half of the cores beside a local server, never more than connections. */
function mostWorkers(plan: TrialPlan, local: boolean): number {
  const cores = availableParallelism()
  const users = Object.values(plan.streams).map((stream) => concurrencyOf(stream.load) ?? Infinity)
  const { count } = plan.settings.connections
  return Math.max(
    1,
    Math.min(local ? Math.floor(cores / 2) : cores - 1, ...users, count === 'auto' ? Infinity : count),
  )
}

/** What is made once for a trial, however often it is begun. */
interface AttemptParts {
  readonly streams: readonly ConnectedStream[]
  readonly rings: readonly EncodedRing[]
  readonly samplers: readonly SamplerReference[]
  readonly servers: LocalServers
  /** An empty one, for this worker. */
  answerRing(worker: number): SharedArrayBuffer
}

class TrialAttempt {
  readonly #options: TrialRunnerOptions
  readonly #request: TrialRequest
  readonly #streams: readonly ConnectedStream[]
  readonly #rings: readonly EncodedRing[]
  readonly #parts: AttemptParts
  readonly #workers: number
  /** Of the session of each stream, or of each step of a pipeline. */
  readonly #connections: readonly (readonly ConnectionTotals[])[]
  readonly #control = new TrialControl()
  readonly #lives: readonly LiveView[]
  readonly #answers: readonly SharedArrayBuffer[]
  /** Of the stream whose load follows a gauge. */
  readonly #controlled: ControlledStream | null
  readonly #feed = new GaugeFeed()
  #steering: SteeredLoad | null = null

  constructor(options: TrialRunnerOptions, request: TrialRequest, parts: AttemptParts, workers: number) {
    const { streams, rings } = parts
    this.#parts = parts
    this.#options = options
    this.#request = request
    this.#streams = streams
    this.#rings = rings
    this.#workers = workers
    const { settings } = request.plan
    this.#connections = streams.map(({ plan, session, steps, replicas }) => {
      const totalsOf = ({ multiplexed }: SessionReference): ConnectionTotals =>
        connectionTotals(plan.load, settings, multiplexed, workers)
      if (replicas !== null)
        return replicas.map((replica) =>
          replicaConnections(totalsOf(replica.session), replicas.length, settings, workers),
        )
      return (steps === null ? [session] : steps.flatMap((step) => step.session ?? [])).map(totalsOf)
    })
    this.#control.reset()
    this.#controlled = findControlled(streams)
    this.#lives = Array.from({ length: workers }, () => new LiveView())
    const checks = streams.some(({ plan }) => plan.check !== null)
    this.#answers = checks ? Array.from({ length: workers }, (_, worker) => parts.answerRing(worker)) : []
  }

  /** `null` when the warm-up has shown that more workers are needed, and more are allowed. */
  async run(mayGrow: boolean): Promise<TrialMeasurement | null> {
    const { aide, workers: pool } = this.#options
    const { abort } = this.#request
    requireDescriptors(this.#connections.flat())
    const threads = pool.take(this.#workers)
    try {
      await this.#prepare(threads)
      abort.throwIfAborted()
      await this.#idle()
      return await this.#measure(threads, mayGrow)
    } catch (error) {
      // Threads may be in any state: the next trial gets fresh ones.
      await pool[Symbol.asyncDispose]()
      await aide.abandon().catch(() => {})
      throw error
    }
  }

  async #prepare(threads: readonly LoadWorker[]): Promise<void> {
    const { plan } = this.#request
    const { settings } = plan
    const channels = threads.map(() => new MessageChannel())
    const prepared = threads.map((thread) => thread.next('prepared'))
    for (const [worker, thread] of threads.entries()) {
      const port = (channels[worker] as MessageChannel).port1
      const connectionsOf = (totals: ConnectionTotals): ConnectionPlan =>
        workerConnections(totals, settings, worker, this.#workers)
      const streams = this.#streams.map((stream, index) => ({
        name: stream.name,
        session: { module: stream.session.module, options: stream.session.options },
        engine: stream.session.engine,
        load: stream.plan.load,
        unit: stream.plan.exchange,
        payloads: this.#rings[index] as EncodedRing,
        connections: connectionsOf(this.#connections[index]?.[0] as ConnectionTotals),
        ...(stream.steps === null
          ? {}
          : { steps: workerSteps(stream.steps, (this.#connections[index] ?? []).map(connectionsOf)) }),
        ...workerReplicas(stream, (this.#connections[index] ?? []).map(connectionsOf)),
        timeout: settings.timeout,
        retry: settings.retry,
        captures: stream.plan.check !== null,
        expectedBytes: stream.plan.expect?.bytes ?? -1,
        ...sizeLimits(stream.plan),
        expectedCrc: stream.plan.expect?.crc32 ?? -1,
        thinkTimes: thinkTimeReferences(stream.plan.load, plan),
      }))
      thread.post(
        {
          type: 'prepare',
          trial: {
            worker,
            workers: this.#workers,
            seed: { seed: plan.seed, path: plan.path, repeat: plan.repeat },
            streams,
            traces: this.#request.traces.map(({ reference }) => reference),
            maxInFlight: Math.max(1, share(settings.maxInFlight, worker, this.#workers)),
            overflow: settings.overflow,
            maxResponseBytes: settings.maxResponseBytes,
            control: this.#control.buffer,
            live: (this.#lives[worker] as LiveView).buffer,
            answers: this.#answers[worker] ?? null,
            rehearse: isLong(plan),
          },
          blocks: port,
        },
        [port],
      )
    }
    const [samplers] = await Promise.all([
      this.#openAide(channels.map((channel) => channel.port2)),
      ...prepared,
    ])
    if (this.#controlled !== null) this.#steering = this.#steer(this.#controlled, samplers, threads)
    this.#request.onPrepared({
      engine: this.#streams[0]?.session.engine ?? '',
      workers: this.#workers,
      connections: this.#connections.flat().reduce((sum, { count }) => sum + count, 0),
    })
  }

  /** Nothing is sent to the target for as long as the cold start asks for. */
  async #idle(): Promise<void> {
    await this.#pause(this.#request.plan.coldStart?.idle ?? 0)
  }

  async #pause(length: Nanos): Promise<void> {
    if (length <= 0) return
    const { stop, abort } = this.#request
    const signal = AbortSignal.any([stop, abort])
    await setTimeout(length / MILLISECOND, undefined, { signal }).catch(() => {})
  }

  #steer(
    { index, plan, vary }: ControlledStream,
    samplers: readonly OpenedSampler[],
    threads: readonly LoadWorker[],
  ): SteeredLoad {
    const post = (message: ToWorker): void => {
      for (const thread of threads) thread.post(message)
    }
    return new SteeredLoad({
      plan,
      vary,
      gauge: findGauge(plan, samplers),
      feed: this.#feed,
      completed: () => this.#lives.reduce((sum, live) => sum + live.get('completed'), 0),
      setRate: (segment) => post({ type: 'segment', stream: index, segment }),
      setUsers: (segments) => post({ type: 'population', stream: index, segments }),
      emit: (event) => this.#request.onEvent(event),
    })
  }

  async #openAide(ports: readonly MessagePort[]): Promise<readonly OpenedSampler[]> {
    const { records, samples, scratch } = this.#request
    const { aide } = this.#options
    aide.onReading = (reading) => this.#feed.add(reading)
    aide.onGaugeLost = (problem) => {
      this.#feed.lose(problem)
      this.#steering?.lose(problem)
    }
    return await aide.open(
      {
        streams: this.#streams.map(({ name, plan, session, steps, replicas }, index) => ({
          name,
          deadline: plan.slo?.deadline ?? null,
          percentiles: sloPercentiles([plan]),
          bursts: burstsOf(plan.load, this.#request.plan.settings.duration ?? Infinity),
          first: this.#request.plan.coldStart !== undefined,
          labels: (this.#rings[index] as EncodedRing).entries.map((entry) => entry.label),
          codec: { module: session.module, options: session.options },
          check: plan.check,
          steps:
            steps?.map(({ plan: step }) => ({ name: step.name, target: step.target?.kind ?? null })) ?? null,
          replicas: replicas?.map((replica) => replica.name) ?? null,
          metas: (this.#rings[index] as EncodedRing).entries.map((entry) => entry.meta),
        })),
        control: this.#control.buffer,
        answers: this.#answers,
        records,
        samplers: this.#parts.samplers,
        samples,
        follows: this.#controlled?.plan.of ?? null,
        until: stopCondition(this.#request.plan.settings),
        scratch,
      },
      ports,
    )
  }

  #controlReport({ load }: SteeredLoad): ControlReport {
    const { measureFrom, measureUntil } = this.#control
    return reportControl(load, this.#controlled?.name ?? '', measureFrom, measureUntil)
  }

  async #measure(threads: readonly LoadWorker[], mayGrow: boolean): Promise<TrialMeasurement | null> {
    const { plan, server, stop, abort } = this.#request
    const { log } = this.#options
    // Samplers read what the machine draws without load, before the origin.
    const rest = restOf(plan)
    const origin = process.hrtime.bigint() + BigInt(START_DELAY + rest)
    this.#options.aide.start(origin)
    await this.#pause(rest)
    abort.throwIfAborted()
    const lead = Number(origin - process.hrtime.bigint()) / MILLISECOND
    const host = new HostWatch(this.#parts.servers.processes)
    const clock = monotonicClock(origin)
    const startedAt = new Date(Date.now() + lead)
    const startsAt = performance.now() + lead
    const clocks = new ClockWatch()
    const statistics: { before: ServerStatistics | null; after: ServerStatistics | null } = {
      before: null,
      after: null,
    }
    const takeStatistics = async (): Promise<ServerStatistics | null> => {
      try {
        return (await server?.control?.statistics?.()) ?? null
      } catch (error) {
        log.warn(`The server's statistics could not be read: ${messageOf(error)}`)
        return null
      }
    }
    let shares: HostShares = { foreign: null, steal: null, server: null }
    const grow = new AbortController()
    let certificate: Certificate | null = null
    this.#options.aide.onCertificate = (found) => (certificate = found)
    const ended = Promise.all(threads.map((thread) => thread.next('finished')))
    const timeline = runTimeline({
      control: this.#control,
      clock,
      lives: this.#lives,
      settings: plan.settings,
      counted: this.#streams.every(
        (stream, index) => isCounted(stream.plan.load) || this.#rings[index]?.units !== undefined,
      ),
      settled: threads.map(async (thread) => (await thread.next('settled')).lastSettlement),
      stop: AbortSignal.any([stop, abort, grow.signal]),
      ...(this.#steering === null ? {} : { steering: this.#steering.on(clock) }),
      isProven: () => certificate !== null && certificate.verdict !== 'undecided',
      onMeasureFrom: async () => {
        host.begin()
        statistics.before = await takeStatistics()
      },
      onMeasureUntil: async () => {
        shares = host.end()
        statistics.after = await takeStatistics()
      },
    })
    for (const thread of threads) thread.post({ type: 'start', origin })
    this.#request.onStart({
      control: this.#control,
      lives: this.#lives,
      now: () => clock.now(),
      certificate: () => certificate,
      ...(this.#steering === null ? {} : { steering: this.#steering }),
    })
    const watch = mayGrow ? watchLoad(this.#lives, () => clock.now(), this.#control, grow) : null
    // A worker that fails rejects `ended`: the timeline must not wait for it.
    using turns = new TurnWatch(this.#lives, this.#options.patience)
    const lost = Promise.race([turns.stuck, this.#options.aide.lost])
    const phases = await Promise.race([timeline, ended.then(() => timeline), lost]).finally(() => {
      watch?.()
      this.#steering?.end()
    })
    for (const thread of threads) thread.post({ type: 'finish' })
    const reports = (await Promise.race([ended, lost])).map((message) => message.report)
    abort.throwIfAborted()
    if (grow.signal.aborted && !stop.aborted) {
      await this.#options.aide.abandon()
      return null
    }
    const inputsEnd = this.#rings.some(({ units }) => units !== undefined)
    const { measureFrom, measureUntil } = this.#control
    // With all inputs used up before the measurement, the timeline makes it as short as can be.
    if (inputsEnd && phases.measured && !phases.stopped && measureUntil <= measureFrom + 1)
      throw inputsEnded('The inputs ended inside the warm-up: nothing was measured.')
    const outcome = await this.#options.aide.finish({
      inFlight: {
        area: reports.reduce((sum, report) => sum + report.inFlight.area, 0),
        max: reports.reduce((sum, report) => sum + report.inFlight.max, 0),
      },
      gaps: this.#streams.map((_, index) => reports.map((report) => report.gaps[index] as SharedArrayBuffer)),
      late: this.#streams.map((_, index) =>
        reports.reduce((sum, report) => sum + (report.late[index] as number), 0),
      ),
      steps: this.#streams.map((_, index) => reports.flatMap((report) => report.steps[index] ?? [])),
      replicas: this.#streams.map((_, index) => reports.flatMap((report) => report.replicas[index] ?? [])),
      rows: reports.reduce((sum, report) => sum + report.rows, 0),
    })
    return {
      streams: this.#streams,
      rings: this.#rings,
      connections: this.#connections.flat(),
      workers: this.#workers,
      startedAt,
      origin: startsAt,
      timeline: phases,
      phases: {
        measureFrom: this.#control.measureFrom,
        measureUntil: this.#control.measureUntil,
        drainedAt: phases.drainedAt,
      },
      reports,
      outcome,
      host: shares,
      attached: this.#parts.servers.attached,
      clockDrift: clocks.drift(),
      statistics,
      control: this.#steering === null ? null : this.#controlReport(this.#steering),
      notes: this.#request.traces.flatMap(traceNotes),
    }
  }
}

/** Files that the tool itself needs while connections are open: the journal, records, modules of its threads. */
const OWN_DESCRIPTORS = 32

/** @throws {ServebenchError} `SERVEBENCH_DESCRIPTORS` when the connections that are opened ahead cannot all be had */
function requireDescriptors(connections: readonly ConnectionTotals[]): void {
  const found = readDescriptors()
  if (found === null) return
  const wanted = connections.reduce((sum, { count, open }) => (open === 'before' ? sum + count : sum), 0)
  if (found.open + wanted + OWN_DESCRIPTORS <= found.limit) return
  throw new ServebenchError(
    'SERVEBENCH_DESCRIPTORS',
    `${wanted} connections are too many for this process, which may have ${found.limit} files and sockets open.`,
    { advice: 'Raise the limit (ulimit -n 65536), or use fewer connections.' },
  )
}

/** @param connections of the replicas, in their order */
function workerReplicas(
  { replicas, policy }: ConnectedStream,
  connections: readonly ConnectionPlan[],
): Pick<WorkerStream, 'balance'> {
  if (replicas === null || policy === null) return {}
  return {
    balance: {
      policy,
      replicas: replicas.map(({ session }, index) => ({
        session: { module: session.module, options: session.options },
        engine: session.engine,
        connections: connections[index] as ConnectionPlan,
      })),
    },
  }
}

/** @param connections of the steps that have a target, in their order */
function workerSteps(
  steps: readonly ConnectedStep[],
  connections: readonly ConnectionPlan[],
): readonly WorkerStep[] {
  let next = 0
  return steps.map(({ plan: { name, run, input, check }, session }) => ({
    name,
    target:
      session === null
        ? null
        : {
            session: { module: session.module, options: session.options },
            engine: session.engine,
            connections: connections[next++] as ConnectionPlan,
          },
    run: run ?? null,
    input: input ?? null,
    check: check ?? null,
  }))
}

/** The think-time functions of a load's stages. */
function thinkTimeReferences(load: LoadPlan, plan: TrialPlan): (FunctionReference | null)[] {
  const loads = load.loop === 'stages' ? load.stages.map((stage) => stage.load) : [load]
  return loads.map((part) =>
    part.loop === 'closed' && part.thinkTime.kind === 'function'
      ? functionReference(plan, part.thinkTime.option)
      : null,
  )
}

/** What the measurement waits for. */
function stopCondition({ until, duration }: TrialPlan['settings']): StopCondition | null {
  return until ? { rule: until, minimum: duration ?? 0 } : null
}

/** Whether a second for the generator's own warm-up is worth it. */
function isLong({ settings }: TrialPlan): boolean {
  const warmup =
    'duration' in settings.warmup
      ? settings.warmup.duration
      : 'until' in settings.warmup
        ? settings.warmup.minimum
        : 0
  return settings.duration !== null && warmup + settings.duration >= LONG
}

/** Aborts `grow` near the end of the warm-up when a load thread used more than its share of a core. */
function watchLoad(
  lives: readonly LiveView[],
  now: () => Nanos,
  control: TrialControl,
  grow: AbortController,
): () => void {
  let last = lives.map((live) => live.get('cpuNanos'))
  let lastAt = now()
  const timer = setInterval(() => {
    const at = now()
    if (at >= control.measureFrom) {
      clearInterval(timer)
      return
    }
    const busy = lives.map((live, index) => (live.get('cpuNanos') - (last[index] as number)) / (at - lastAt))
    last = lives.map((live) => live.get('cpuNanos'))
    lastAt = at
    // A warm-up whose end is not known yet may end at any time: there, what counts is that the start is over.
    const isNear = control.measureFrom === Infinity ? at >= 2 * SECOND : control.measureFrom - at < SECOND
    if (isNear && Math.max(...busy) > BUSY) grow.abort()
  }, 500)
  return () => clearInterval(timer)
}
