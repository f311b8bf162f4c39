import type { MessagePort } from 'node:worker_threads'
import type { PopulationSegment, RateSegment } from '../arrival/load-plan.ts'
import { isCounted } from '../arrival/load-rates.ts'
import type { Clock } from '../clock/clock.ts'
import { monotonicClock, type MonotonicClock } from '../clock/monotonic-clock.ts'
import { AnswerCapture } from '../engine/answer-capture.ts'
import { AnswerRing } from '../engine/answer-ring.ts'
import { TrialControl } from '../engine/control.ts'
import { createStreamLoad } from '../engine/create-stream-load.ts'
import { LIVE_INDEX, LiveView } from '../engine/live-view.ts'
import { LoadEngine } from '../engine/load-engine.ts'
import { asBalanced } from '../engine/balance/balanced-session.ts'
import { asPipeline } from '../engine/pipeline/pipeline-session.ts'
import { Recorder } from '../engine/recorder.ts'
import { Scheduler } from '../engine/scheduler.ts'
import type { TargetSession } from '../engine/session.ts'
import type { StreamLoad } from '../engine/stream-load.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { createRecordBlock, type RecordBlock } from '../report/record-block.ts'
import { COARSE_LAYOUT, FINE_LAYOUT } from '../stats/histogram/layout.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import type { Random } from '../stats/prng.ts'
import { OpenTraces } from '../trace/open-trace.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import type { FromWorker, Work, WorkerReport, WorkerTrial } from './protocol.ts'
import { threadCpu } from './thread-cpu.ts'

const CPU_PERIOD: Nanos = 0.25 * SECOND
/**
 * From one trial of this thread to the next, when all that was reported has been read: shared memory does not count as
 * garbage, and piles up.
 */
const spareBlocks: RecordBlock[] = []
const spareGaps: SharedArrayBuffer[] = []

/** What a trial needs beside its plan: sessions that are open, and think-time functions that are loaded. */
export interface TrialParts {
  readonly sessions: readonly TargetSession[]
  readonly prepared: readonly Parameters<typeof createStreamLoad>[0]['prepared'][]
  readonly thinkTimes: readonly (readonly (((random: Random) => Nanos) | null)[])[]
}

/**
 * One trial in one load worker: the engine, its clock and scheduler, and what is watched about them. The engine is made
 * first, because sessions need it as their exchange; they are added before the start.
 */
export class TrialRun {
  readonly engine: LoadEngine
  readonly clock: Clock
  readonly #trial: WorkerTrial
  readonly #blocks: MessagePort
  readonly #post: (message: FromWorker) => void
  readonly #control: TrialControl
  readonly #live: LiveView
  readonly #recorder: Recorder
  readonly #clock: LateClock
  readonly #turnsBuffer = new SharedArrayBuffer(LogLinearHistogram.byteLength(COARSE_LAYOUT))
  readonly #gc = new GarbageWatch()
  readonly #streams: StreamLoad[] = []
  readonly #gaps: SharedArrayBuffer[] = []
  readonly #traces: OpenTraces
  #sessions: readonly TargetSession[] = []
  #scheduler: Scheduler | null = null
  #flushedAt: Nanos = 0
  #cpuAt: Nanos = -Infinity
  #cpuFrom: number | null = null
  #cpuUntil: number | null = null
  #workFrom: Work | null = null
  #workUntil: Work | null = null
  #saysSettled = false
  /** Whether every stream has a fixed number of units, or inputs that end. */
  #counted = true
  #rows = 0

  constructor(trial: WorkerTrial, blocks: MessagePort, post: (message: FromWorker) => void) {
    this.#trial = trial
    this.#blocks = blocks
    this.#post = post
    this.#control = new TrialControl(trial.control)
    this.#live = new LiveView(trial.live)
    this.#clock = new LateClock()
    this.clock = this.#clock
    this.#traces = new OpenTraces(trial.traces)
    this.#recorder = new Recorder((block, rows) => this.#send(block, rows), undefined, spareBlocks)
    blocks.on('message', (buffer: SharedArrayBuffer) =>
      this.#recorder.recycle(createRecordBlock(undefined, buffer)),
    )
    this.engine = new LoadEngine({
      clock: this.#clock,
      control: this.#control,
      live: this.#live,
      recorder: this.#recorder,
      maxInFlight: trial.maxInFlight,
      overflow: trial.overflow,
      capture: trial.answers === null ? null : new AnswerCapture(new AnswerRing(trial.answers)),
      wake: () => this.#scheduler?.wake(),
    })
  }

  add(parts: TrialParts): void {
    this.#sessions = parts.sessions
    for (const [index, stream] of this.#trial.streams.entries()) {
      const gaps = (spareGaps[index] ??= new SharedArrayBuffer(LogLinearHistogram.byteLength(FINE_LAYOUT)))
      new Uint8Array(gaps).fill(0)
      this.#gaps.push(gaps)
      const load = createStreamLoad({
        index,
        load: stream.load,
        unit: stream.unit,
        session: parts.sessions[index] as TargetSession,
        prepared: parts.prepared[index] as TrialParts['prepared'][number],
        timeout: stream.timeout,
        retry: stream.retry,
        captures: stream.captures,
        gaps: new LogLinearHistogram(FINE_LAYOUT, gaps),
        expectedBytes: stream.expectedBytes,
        ...(stream.leastBytes === undefined ? {} : { leastBytes: stream.leastBytes }),
        ...(stream.mostBytes === undefined ? {} : { mostBytes: stream.mostBytes }),
        userUnits: stream.payloads.units,
        expectedCrc: stream.expectedCrc,
        worker: this.#trial.worker,
        workers: this.#trial.workers,
        seed: { ...this.#trial.seed, stream: stream.name },
        thinkTimes: parts.thinkTimes[index] ?? [],
        openTrace: this.#traces.open,
        observer: asPipeline(parts.sessions[index]) ?? asBalanced(parts.sessions[index]),
      })
      this.#streams.push(load)
      this.#counted &&= isCounted(stream.load) || stream.payloads.units !== undefined
      this.engine.add(load)
    }
  }

  start(origin: bigint): void {
    this.#clock.set(monotonicClock(origin))
    const turns = new LogLinearHistogram(COARSE_LAYOUT, this.#turnsBuffer)
    this.#scheduler = new Scheduler(this, this.#clock, turns, process.platform === 'linux')
    const wait = Math.max(0, -(this.#clock.now() as number) / 1e6 - 2)
    setTimeout(() => this.#scheduler?.start(), wait)
  }

  /** Called by the scheduler. */
  turn(now: Nanos): Nanos {
    if (now < 0) return 0
    const next = this.engine.turn(now)
    if (now - this.#flushedAt >= SECOND) {
      this.#flushedAt = now
      this.#recorder.flush()
    }
    if (now - this.#cpuAt >= CPU_PERIOD || this.#isAtEdge(now)) this.#mark(now)
    if (!this.#saysSettled && this.#isSettled(now)) {
      this.#saysSettled = true
      this.#post({ type: 'settled', lastSettlement: this.engine.lastSettlement })
    }
    return next
  }

  append(stream: number, segment: RateSegment): void {
    this.#streams[stream]?.walk.append(segment)
  }

  populate(stream: number, segments: readonly PopulationSegment[]): void {
    for (const segment of segments) this.#streams[stream]?.walk.populate(segment)
  }

  finish(): WorkerReport {
    this.#scheduler?.stop()
    if (this.#traces.failed) throw lostArrivals()
    this.#traces[Symbol.dispose]()
    this.engine.settleRest()
    this.#recorder.end()
    if (this.#workUntil === null) this.#mark(Infinity)
    const scheduler = this.#scheduler?.name ?? 'none'
    return {
      scheduler,
      sessions: this.#sessions.map((session) => session.statistics()),
      inFlight: this.engine.inFlightTotals,
      cpu: this.#cpuFrom === null || this.#cpuUntil === null ? null : this.#cpuUntil - this.#cpuFrom,
      work: between(this.#workFrom, this.#workUntil),
      turns: this.#turnsBuffer,
      gaps: this.#gaps,
      late: this.#streams.map((stream) => stream.late),
      steps: this.#sessions.map((session) => asPipeline(session)?.stepTotals() ?? null),
      replicas: this.#sessions.map((session) => asBalanced(session)?.replicaTotals() ?? null),
      overruns: this.#streams.map((stream) => stream.overruns),
      gc: this.#gc.stop(),
      lastSettlement: this.engine.lastSettlement,
      rows: this.#rows,
      blocks: this.#recorder.blocksMade,
      slots: this.engine.slotCapacity,
    }
  }

  #isSettled(now: Nanos): boolean {
    const until = this.#control.measureUntil
    // Before its end, only a population of a fixed count can be over: then no unit is left and none is open.
    if (now < until && !(this.#counted && now >= this.#control.measureFrom)) return false
    return this.engine.isSettled(now)
  }

  /** The measurement has begun, or ended, and that has not been marked. */
  #isAtEdge(now: Nanos): boolean {
    return (
      (this.#workFrom === null && now >= this.#control.measureFrom) ||
      (this.#workUntil === null && now >= this.#control.measureUntil)
    )
  }

  #mark(now: Nanos): void {
    this.#cpuAt = now
    const cpu = threadCpu()
    if (cpu !== null) this.#live.fields[LIVE_INDEX.cpuNanos] = cpu
    if (this.#workFrom === null && now >= this.#control.measureFrom) {
      this.#cpuFrom = cpu
      this.#workFrom = this.#countWork()
    }
    if (this.#workUntil === null && now >= this.#control.measureUntil) {
      this.#cpuUntil = cpu
      this.#workUntil = this.#countWork()
    }
  }

  #countWork(): Work {
    const statistics = this.#sessions.map((session) => session.statistics())
    return {
      bytesOut: statistics.reduce((sum, each) => sum + each.bytesOut, 0),
      bytesIn: statistics.reduce((sum, each) => sum + each.bytesIn, 0),
      completed: this.#live.get('completed'),
    }
  }

  #send(block: RecordBlock, rows: number): void {
    this.#rows += rows
    this.#blocks.postMessage({ buffer: block.buffer, rows, worker: this.#trial.worker })
  }
}

function between(from: Work | null, until: Work | null): Work | null {
  if (from === null || until === null) return null
  return {
    bytesOut: until.bytesOut - from.bytesOut,
    bytesIn: until.bytesIn - from.bytesIn,
    completed: until.completed - from.completed,
  }
}

function lostArrivals(): ServebenchError {
  return new ServebenchError('SERVEBENCH_TRACE', 'The arrivals of a trace could not be read to their end.', {
    advice: 'Check the disk that the results are written to.',
  })
}

/** A clock that the engine can hold before the origin is known; it is set before the first turn. */
class LateClock {
  #clock: MonotonicClock | null = null

  set(clock: MonotonicClock): void {
    this.#clock = clock
  }

  now(): Nanos {
    return (this.#clock as MonotonicClock).now()
  }
}

/** Counts garbage collections of this thread. */
class GarbageWatch {
  #count = 0
  #total = 0
  readonly #observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      this.#count += 1
      this.#total += entry.duration * 1e6
    }
  })

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  stop(): { count: number; total: Nanos } {
    this.#observer.disconnect()
    return { count: this.#count, total: this.#total }
  }
}
