import type { LoadPlan } from '../arrival/load-plan.ts'
import { isCounted } from '../arrival/load-rates.ts'
import type { OpenTrace } from '../arrival/process.ts'
import { VirtualClock, type VirtualTimer } from '../clock/virtual-clock.ts'
import { TrialControl } from '../engine/control.ts'
import { createStreamLoad, type UnitPlan } from '../engine/create-stream-load.ts'
import { LiveView } from '../engine/live-view.ts'
import { LoadEngine } from '../engine/load-engine.ts'
import { asBalanced } from '../engine/balance/balanced-session.ts'
import { asPipeline } from '../engine/pipeline/pipeline-session.ts'
import { Recorder } from '../engine/recorder.ts'
import type { Exchange, Prepared, TargetSession } from '../engine/session.ts'
import type { StreamLoad } from '../engine/stream-load.ts'
import type { RecordBlock } from '../report/record-block.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { MILLISECOND, SECOND, type Nanos } from '../units/nanos.ts'
import { prepare } from './prepare.ts'

/** One settled request, as an object: for tests. */
export interface VirtualRow {
  readonly worker: number
  readonly stream: number
  readonly unit: number
  readonly index: number
  readonly attempt: number
  readonly intended: Nanos
  readonly dispatched: Nanos
  readonly sent: Nanos
  readonly firstByte: Nanos
  readonly completion: Nanos
  readonly outcome: number
  readonly code: number
  readonly phase: number
  readonly messages: number
}

export interface VirtualTrialOptions {
  readonly load: LoadPlan
  /** Makes the simulated target of one worker. */
  readonly session: (exchange: Exchange, clock: VirtualClock, worker: number) => TargetSession
  readonly unit?: UnitPlan
  readonly warmup?: Nanos
  readonly duration?: Nanos
  readonly drain?: Nanos
  readonly timeout?: Nanos
  readonly workers?: number
  readonly maxInFlight?: number
  readonly overflow?: 'queue' | 'drop'
  readonly retry?: { readonly attempts: number; readonly on: readonly string[] }
  readonly prepared?: readonly Prepared[]
  readonly seed?: string
  readonly repeat?: number
  readonly thinkTime?: (random: { next(): number }) => Nanos
  readonly expectedBytes?: number
  readonly leastBytes?: number
  readonly mostBytes?: number
  /** Inputs that end, see {@link StreamLoad}. */
  readonly userUnits?: readonly number[]
  /** For loads that replay files. */
  readonly openTrace?: OpenTrace
  /** Called before the first turn: a controller sets its timers here. */
  readonly onStart?: (streams: readonly StreamLoad[], clock: VirtualClock, view: VirtualView) => void
}

/** What the runner sees of a trial: its boundaries, to be moved, and what each worker shows of itself. */
export interface VirtualView {
  readonly control: TrialControl
  readonly lives: readonly LiveView[]
}

export interface VirtualTrialResult {
  /** In the order of settlement. */
  readonly rows: readonly VirtualRow[]
  readonly engines: readonly LoadEngine[]
  readonly streams: readonly StreamLoad[]
  readonly measureFrom: Nanos
  readonly measureUntil: Nanos
  readonly finishedAt: Nanos
}

/** A whole trial on a virtual clock: the engine as it is, real in everything but time and network. */
export function runVirtualTrial(options: VirtualTrialOptions): VirtualTrialResult {
  const clock = new VirtualClock()
  const workers = options.workers ?? 1
  const control = new TrialControl()
  control.reset()
  control.measureFrom = options.warmup ?? 0
  const counted = isCounted(options.load) || options.userUnits !== undefined
  if (options.duration !== undefined) control.measureUntil = control.measureFrom + options.duration
  const drain = options.drain ?? 5 * SECOND
  const rows: VirtualRow[] = []
  const lives: LiveView[] = []
  const drives = Array.from({ length: workers }, (_, worker) => {
    const recorder: Recorder = new Recorder((block, count) => {
      for (let row = 0; row < count; row++) rows.push(rowOf(block, row, worker))
      recorder.recycle(block)
    }, 256)
    const live = new LiveView()
    lives.push(live)
    const engine = new LoadEngine({
      clock,
      control,
      live,
      recorder,
      maxInFlight: options.maxInFlight ?? 100_000,
      overflow: options.overflow ?? 'queue',
      capture: null,
      wake: () => drive.wake(),
    })
    const session = options.session(engine, clock, worker)
    const stream = createStreamLoad({
      index: 0,
      load: options.load,
      unit: options.unit ?? { kind: 'request' },
      session,
      observer: asPipeline(session) ?? asBalanced(session),
      prepared: options.prepared ?? prepare([{ bytes: new Uint8Array(1) }]),
      timeout: options.timeout ?? 30 * SECOND,
      retry: options.retry ?? { attempts: 0, on: [] },
      captures: false,
      gaps: new LogLinearHistogram(),
      expectedBytes: options.expectedBytes ?? -1,
      ...(options.leastBytes === undefined ? {} : { leastBytes: options.leastBytes }),
      ...(options.mostBytes === undefined ? {} : { mostBytes: options.mostBytes }),
      userUnits: options.userUnits,
      worker,
      workers,
      seed: { seed: options.seed ?? 'test', path: ['virtual'], repeat: options.repeat ?? 0, stream: 'main' },
      ...(options.openTrace ? { openTrace: options.openTrace } : {}),
      ...(options.thinkTime ? { thinkTimes: [options.thinkTime] } : {}),
    })
    engine.add(stream)
    const drive = new VirtualDrive(clock, engine, recorder, stream)
    return drive
  })
  options.onStart?.(
    drives.map((drive) => drive.stream),
    clock,
    { control, lives },
  )
  for (const drive of drives) drive.turn()

  // What the runner does in real time: end the arrivals when all is settled, or at the drain's limit.
  let finishedAt = Infinity
  const settled = (): boolean => drives.every((drive) => drive.engine.isSettled(clock.now()))
  for (;;) {
    const now = clock.now()
    if (finishedAt === Infinity) {
      const over = (counted && now >= control.measureFrom) || now >= control.measureUntil ? settled() : false
      if (over || now >= control.measureUntil + drain) {
        finishedAt = now
        const last = Math.max(...drives.map((drive) => drive.engine.lastSettlement)) + 1
        if (counted && settled()) control.measureUntil = Math.min(control.measureUntil, last)
        control.arrivalsUntil = now
        control.drainUntil = now
        for (const drive of drives) drive.turn()
        break
      }
    }
    if (!clock.step()) {
      for (const drive of drives) drive.turn()
      if (clock.pending === 0) {
        if (!settled()) throw new Error('The simulation has stopped with open requests.')
        clock.at(Math.max(now, Math.min(control.measureUntil, now + SECOND)), () => {})
      }
    }
  }
  for (const drive of drives) drive.finish()
  return {
    rows,
    engines: drives.map((drive) => drive.engine),
    streams: drives.map((drive) => drive.stream),
    measureFrom: control.measureFrom,
    measureUntil: control.measureUntil,
    finishedAt,
  }
}

/** Turns an engine whenever something is due, as the scheduler does in real time. */
class VirtualDrive {
  readonly engine: LoadEngine
  readonly stream: StreamLoad
  readonly #clock: VirtualClock
  readonly #recorder: Recorder
  #timer: VirtualTimer | null = null
  #stopped = false

  constructor(clock: VirtualClock, engine: LoadEngine, recorder: Recorder, stream: StreamLoad) {
    this.#clock = clock
    this.engine = engine
    this.stream = stream
    this.#recorder = recorder
  }

  /** Something is due earlier than the engine said. */
  wake(): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.at(this.#clock.now(), () => this.turn())
  }

  turn(): void {
    if (this.#stopped) return
    this.#timer?.cancel()
    let next = this.engine.turn(this.#clock.now())
    while (next <= this.#clock.now()) next = this.engine.turn(this.#clock.now())
    // As the real scheduler: look again at least every millisecond, for deadlines.
    const at = Math.min(next, this.#clock.now() + MILLISECOND)
    this.#timer = this.#clock.at(at, () => this.turn())
  }

  finish(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.engine.settleRest()
    this.#recorder.flush()
  }
}

function rowOf(block: RecordBlock, row: number, worker: number): VirtualRow {
  return {
    worker,
    stream: block.stream[row] as number,
    unit: block.unit[row] as number,
    index: block.index[row] as number,
    attempt: block.attempt[row] as number,
    intended: block.intended[row] as number,
    dispatched: block.dispatched[row] as number,
    sent: block.sent[row] as number,
    firstByte: block.firstByte[row] as number,
    completion: block.completion[row] as number,
    outcome: block.outcome[row] as number,
    code: block.code[row] as number,
    phase: block.phase[row] as number,
    messages: block.messages[row] as number,
  }
}
