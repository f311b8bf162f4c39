import { availableParallelism } from 'node:os'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { EncodedRing, AideOutcome } from '../aide/protocol.ts'
import type { SamplerReference } from '../aide/sampler-thread.ts'
import { burstsOf } from '../arrival/bursts.ts'
import type { StopCondition } from '../aide/stop-watch.ts'
import type { LoadPlan } from '../arrival/load-plan.ts'
import { isCounted } from '../arrival/load-rates.ts'
import { monotonicClock } from '../clock/monotonic-clock.ts'
import { AnswerRing } from '../engine/answer-ring.ts'
import { TrialControl } from '../engine/control.ts'
import { LiveView } from '../engine/live-view.ts'
import { share } from '../engine/share.ts'
import { messageOf } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { SamplerPlan } from '../hooks/providers.ts'
import type { RunningServer, ServerStatistics } from '../hooks/server.ts'
import type { Log } from '../hooks/plugin.ts'
import { functionReference } from '../plan/function-references.ts'
import type { FunctionReference, TrialPlan } from '../plan/trial-plan.ts'
import type { Certificate, VerdictReason } from '../report/result.ts'
import type { StoredTrace } from '../trace/trace-store.ts'
import { MILLISECOND, SECOND, type Nanos } from '../units/nanos.ts'
import type { WorkerReport } from '../worker/protocol.ts'
import type { Aide } from './aide-client.ts'
import { ClockWatch } from './clock-watch.ts'
import {
  concurrencyOf,
  connectionTotals,
  workerConnections,
  type ConnectionTotals,
} from './connection-plan.ts'
import { HostWatch, type HostShares } from './host-watch.ts'
import type { KnownModules } from './known-modules.ts'
import type { LoadWorker, LoadWorkers } from './load-workers.ts'
import { localServers } from './local-servers.ts'
import type { PluginHost } from './plugin-host.ts'
import { readDescriptors } from './proc.ts'
import { connectSamplers } from './sampler-setup.ts'
import { traceNotes } from './run-traces.ts'
import { sloPercentiles } from './slo-percentiles.ts'
import { connectStreams, encodeRequest, type ConnectedStream } from './session-setup.ts'
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
  readonly timeline: TimelineOutcome
  readonly phases: { readonly measureFrom: Nanos; readonly measureUntil: Nanos; readonly drainedAt: Nanos }
  readonly reports: readonly WorkerReport[]
  readonly outcome: AideOutcome
  readonly host: HostShares
  readonly clockDrift: number
  readonly statistics: { readonly before: ServerStatistics | null; readonly after: ServerStatistics | null }
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
  onPrepared(info: { readonly engine: string; readonly workers: number; readonly connections: number }): void
  onStart(live: LiveTrialView): void
}

/** What the progress display and controllers see of a running trial. */
export interface LiveTrialView {
  readonly control: TrialControl
  readonly lives: readonly LiveView[]
  now(): Nanos
  /** What is known so far of the percentile that the trial waits for. */
  certificate?(): Certificate | null
}

/** Runs one trial at a time: prepares aide and workers, walks through the phases, collects what they have measured. */
export class TrialRunner {
  readonly #options: TrialRunnerOptions

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
    const processes = serverProcesses(server, streams)
    const samplers = await connectSamplers(request.samplers, plugins, {
      server,
      processes: processes ?? [],
      root,
    })
    const rings = await aide.encode(streams.map((stream) => encodeRequest(stream, plan)))
    const local =
      server?.local ?? streams.every(({ plan: { target } }) => localServers([target.options]) !== 'remote')
    const most = mostWorkers(plan, local)
    let count = plan.settings.workers === 'auto' ? 1 : plan.settings.workers
    for (;;) {
      const attempt = new TrialAttempt(this.#options, request, { streams, rings, samplers, processes }, count)
      const measurement = await attempt.run(plan.settings.workers === 'auto' && count < most)
      if (measurement !== null) return measurement
      const wanted = Math.min(most, count * 2)
      log.info(`A load thread was busy while warming up: starting again with ${wanted} workers.`)
      count = wanted
    }
  }
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
  /** `null` when a server is on this machine, but its process is not known. */
  readonly processes: readonly number[] | null
}

class TrialAttempt {
  readonly #options: TrialRunnerOptions
  readonly #request: TrialRequest
  readonly #streams: readonly ConnectedStream[]
  readonly #rings: readonly EncodedRing[]
  readonly #parts: AttemptParts
  readonly #workers: number
  readonly #connections: readonly ConnectionTotals[]
  readonly #control = new TrialControl()
  readonly #lives: readonly LiveView[]
  readonly #answers: readonly SharedArrayBuffer[]

  constructor(options: TrialRunnerOptions, request: TrialRequest, parts: AttemptParts, workers: number) {
    const { streams, rings } = parts
    this.#parts = parts
    this.#options = options
    this.#request = request
    this.#streams = streams
    this.#rings = rings
    this.#workers = workers
    const { settings } = request.plan
    this.#connections = streams.map(({ plan, session }) =>
      connectionTotals(plan.load, settings, session.multiplexed, workers),
    )
    this.#control.reset()
    this.#lives = Array.from({ length: workers }, () => new LiveView())
    const checks = streams.some(({ plan }) => plan.check !== null)
    this.#answers = checks
      ? Array.from({ length: workers }, () => AnswerRing.create(ANSWER_RING_BYTES).buffer)
      : []
  }

  /** `null` when the warm-up has shown that more workers are needed, and more are allowed. */
  async run(mayGrow: boolean): Promise<TrialMeasurement | null> {
    const { aide, workers: pool } = this.#options
    const { abort } = this.#request
    requireDescriptors(this.#connections)
    const threads = pool.take(this.#workers)
    try {
      await this.#prepare(threads)
      abort.throwIfAborted()
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
      const streams = this.#streams.map((stream, index) => ({
        name: stream.name,
        session: { module: stream.session.module, options: stream.session.options },
        engine: stream.session.engine,
        load: stream.plan.load,
        unit: stream.plan.exchange,
        payloads: this.#rings[index] as EncodedRing,
        connections: workerConnections(
          this.#connections[index] as ConnectionTotals,
          settings,
          worker,
          this.#workers,
        ),
        timeout: settings.timeout,
        retry: settings.retry,
        captures: stream.plan.check !== null,
        expectedBytes: stream.plan.expect?.bytes ?? -1,
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
    await Promise.all([this.#openAide(channels.map((channel) => channel.port2)), ...prepared])
    this.#request.onPrepared({
      engine: this.#streams[0]?.session.engine ?? '',
      workers: this.#workers,
      connections: this.#connections.reduce((sum, { count }) => sum + count, 0),
    })
  }

  async #openAide(ports: readonly MessagePort[]): Promise<void> {
    const { records, samples, scratch } = this.#request
    await this.#options.aide.open(
      {
        streams: this.#streams.map(({ name, plan, session }, index) => ({
          name,
          deadline: plan.slo?.deadline ?? null,
          percentiles: sloPercentiles([plan]),
          bursts: burstsOf(plan.load, this.#request.plan.settings.duration ?? Infinity),
          labels: (this.#rings[index] as EncodedRing).entries.map((entry) => entry.label),
          codec: { module: session.module, options: session.options },
          check: plan.check,
          metas: (this.#rings[index] as EncodedRing).entries.map((entry) => entry.meta),
        })),
        control: this.#control.buffer,
        answers: this.#answers,
        records,
        samplers: this.#parts.samplers,
        samples,
        until: stopCondition(this.#request.plan.settings),
        scratch,
      },
      ports,
    )
  }

  async #measure(threads: readonly LoadWorker[], mayGrow: boolean): Promise<TrialMeasurement | null> {
    const { plan, server, stop, abort } = this.#request
    const { log } = this.#options
    const host = new HostWatch(this.#parts.processes)
    const origin = process.hrtime.bigint() + BigInt(START_DELAY)
    const clock = monotonicClock(origin)
    const startedAt = new Date(Date.now() + START_DELAY / MILLISECOND)
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
    let shares: HostShares = { foreign: null, steal: null }
    const grow = new AbortController()
    let certificate: Certificate | null = null
    this.#options.aide.onCertificate = (found) => (certificate = found)
    const ended = Promise.all(threads.map((thread) => thread.next('finished')))
    this.#options.aide.start(origin)
    const timeline = runTimeline({
      control: this.#control,
      clock,
      lives: this.#lives,
      settings: plan.settings,
      counted: Object.values(plan.streams).every(({ load }) => isCounted(load)),
      settled: threads.map(async (thread) => (await thread.next('settled')).lastSettlement),
      stop: AbortSignal.any([stop, abort, grow.signal]),
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
    })
    const watch = mayGrow ? watchLoad(this.#lives, () => clock.now(), this.#control, grow) : null
    // A worker that fails rejects `ended`: the timeline must not wait for it.
    using turns = new TurnWatch(this.#lives, this.#options.patience)
    const lost = Promise.race([turns.stuck, this.#options.aide.lost])
    const phases = await Promise.race([timeline, ended.then(() => timeline), lost])
    watch?.()
    for (const thread of threads) thread.post({ type: 'finish' })
    const reports = (await Promise.race([ended, lost])).map((message) => message.report)
    abort.throwIfAborted()
    if (grow.signal.aborted && !stop.aborted) {
      await this.#options.aide.abandon()
      return null
    }
    const outcome = await this.#options.aide.finish({
      inFlight: {
        area: reports.reduce((sum, report) => sum + report.inFlight.area, 0),
        max: reports.reduce((sum, report) => sum + report.inFlight.max, 0),
      },
      gaps: this.#streams.map((_, index) => reports.map((report) => report.gaps[index] as SharedArrayBuffer)),
      late: this.#streams.map((_, index) =>
        reports.reduce((sum, report) => sum + (report.late[index] as number), 0),
      ),
      rows: reports.reduce((sum, report) => sum + report.rows, 0),
    })
    return {
      streams: this.#streams,
      rings: this.#rings,
      connections: this.#connections,
      workers: this.#workers,
      startedAt,
      timeline: phases,
      phases: {
        measureFrom: this.#control.measureFrom,
        measureUntil: this.#control.measureUntil,
        drainedAt: phases.drainedAt,
      },
      reports,
      outcome,
      host: shares,
      clockDrift: clocks.drift(),
      statistics,
      notes: this.#request.traces.flatMap(traceNotes),
    }
  }
}

function serverProcesses(
  server: RunningServer | null,
  streams: readonly ConnectedStream[],
): readonly number[] | null {
  if (server?.process) return [server.process.pid]
  if (server !== null && !server.local) return []
  const found = localServers(streams.map(({ plan }) => plan.target.options))
  return found === 'remote' ? [] : found === 'unknown' ? null : found
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
