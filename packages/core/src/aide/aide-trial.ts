import { setImmediate } from 'node:timers/promises'
import type { MessagePort } from 'node:worker_threads'
import { TrialControl } from '../engine/control.ts'
import type { HdrEncoder } from '../metrics/distribution.ts'
import { createRecordBlock } from '../report/record-block.ts'
import type { RecordStream } from '../report/record-stream.ts'
import type { Certificate, WindowResult } from '../report/result.ts'
import { FINE_LAYOUT } from '../stats/histogram/layout.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import type { Nanos } from '../units/nanos.ts'
import { AnswerChecker } from './answer-checker.ts'
import type { AideOutcome, AideTrial, GaugeReading, TrialTotals } from './protocol.ts'
import { StopWatch } from './stop-watch.ts'
import { TrialAggregate } from './trial-aggregate.ts'
import {
  TrialSamplers,
  type GaugeWatch,
  type OpenedSampler,
  type SamplerEvent,
  type SamplersOutcome,
} from './trial-samplers.ts'
import type { UserCall } from './user-call.ts'

/** A block on its way from a load worker. */
interface BlockMessage {
  readonly buffer: SharedArrayBuffer
  readonly rows: number
  readonly worker: number
}

/** What a trial says while it runs. */
export interface TrialObserver {
  window(window: WindowResult): void
  event(event: SamplerEvent): void
  /** What is known so far about the percentile that the trial waits for. */
  certificate(certificate: Certificate): void
  /** Of the gauge that the load follows. */
  reading(reading: GaugeReading): void
  gaugeLost(problem: string): void
}

const CHECK_PERIOD_MS = 50
const NO_SAMPLERS: SamplersOutcome = {
  gauges: {},
  power: { measured: [], idle: [] },
  samplers: [],
  samples: null,
}

/** One trial on the aide: blocks in, windows out while it runs, metrics at the end. */
export class AideTrialRun {
  readonly #aggregate: TrialAggregate
  readonly #records: RecordStream | null
  readonly #checker: AnswerChecker
  readonly #samplers: TrialSamplers | null
  readonly #control: TrialControl
  readonly #ports: readonly MessagePort[]
  readonly #observer: TrialObserver
  readonly #stop: StopWatch | null
  readonly #timer: NodeJS.Timeout | null
  #rows = 0
  #newest: Nanos = 0
  #awaited: { readonly rows: number; resolve(): void } | null = null
  #isChecking = false
  #checking: Promise<void> = Promise.resolve()

  private constructor(
    aggregate: TrialAggregate,
    records: RecordStream | null,
    checker: AnswerChecker,
    samplers: TrialSamplers | null,
    control: SharedArrayBuffer,
    ports: readonly MessagePort[],
    checks: boolean,
    stop: StopWatch | null,
    observer: TrialObserver,
  ) {
    this.#aggregate = aggregate
    this.#records = records
    this.#checker = checker
    this.#samplers = samplers
    this.#control = new TrialControl(control)
    this.#ports = ports
    this.#stop = stop
    this.#observer = observer
    this.#timer = checks ? setInterval(() => this.#check(), CHECK_PERIOD_MS) : null
    for (const port of ports) port.on('message', (message: BlockMessage) => this.#receive(port, message))
  }

  static async open(
    trial: AideTrial,
    ports: readonly MessagePort[],
    root: string,
    call: UserCall,
    observer: TrialObserver,
  ): Promise<AideTrialRun> {
    const aggregate = new TrialAggregate(trial.streams, trial.control, trial.scratch)
    const checker = await AnswerChecker.open(trial.answers, aggregate, trial.streams, root, call)
    let records: RecordStream | null = null
    if (trial.records !== null) {
      // Arrow takes 100 ms to import: only where records are wanted.
      const { RecordStream } = await import('../report/record-stream.ts')
      records = new RecordStream(trial.records.path, {
        streams: trial.streams.map(({ name, labels }) => ({
          name,
          labels: labels.map((label) => label ?? undefined),
        })),
        oneIn: trial.records.oneIn,
        budget: trial.records.budget,
        seed: trial.records.seed,
      })
    }
    const samplers =
      trial.samplers.length === 0
        ? null
        : await TrialSamplers.open(
            trial.samplers,
            root,
            trial.samples,
            (event) => observer.event(event),
            watchOf(trial.follows, observer),
          )
    return new AideTrialRun(
      aggregate,
      records,
      checker,
      samplers,
      trial.control,
      ports,
      trial.answers.length > 0,
      trial.until === null ? null : new StopWatch(trial.until),
      observer,
    )
  }

  get samplers(): readonly OpenedSampler[] {
    return this.#samplers?.opened ?? []
  }

  /** The load is about to start. */
  start(origin: bigint): void {
    this.#samplers?.start(origin)
  }

  async finish(totals: TrialTotals): Promise<AideOutcome> {
    await Promise.all([this.#allRows(totals.rows), this.#samplers?.stop()])
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#checking
    while (await this.#checker.drain());
    this.#show(Infinity)
    const { encodeHdr } = await import('../report/hdr.ts')
    const gaps = totals.gaps.map((buffers) =>
      buffers.map((buffer) => new LogLinearHistogram(FINE_LAYOUT, buffer)),
    )
    const metrics = this.#aggregate.finish(
      totals.inFlight,
      gaps,
      totals.late,
      encodeHdr satisfies HdrEncoder,
      totals.steps,
      totals.replicas,
    )
    const certificate = this.#stop?.finish(this.#aggregate.responseTimes()) ?? null
    const summary = this.#records?.close() ?? null
    this.#close()
    return {
      ...metrics,
      windows: metrics.windows.map((window) => this.#withGauges(window)),
      ...(this.#samplers?.finish(this.#control.measureFrom, this.#control.measureUntil) ?? NO_SAMPLERS),
      certificate,
      records:
        summary === null
          ? null
          : { rows: summary.rows, complete: summary.complete, problem: summary.problem?.message ?? null },
      checkErrors: this.#checker.errors,
    }
  }

  abandon(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#samplers?.abandon()
    this.#records?.close()
    this.#close()
  }

  #close(): void {
    for (const port of this.#ports) port.close()
    this.#aggregate[Symbol.dispose]()
  }

  #receive(port: MessagePort, { buffer, rows, worker }: BlockMessage): void {
    const block = createRecordBlock(undefined, buffer)
    this.#aggregate.add(block, rows)
    this.#records?.write(block, rows, worker)
    this.#rows += rows
    this.#newest = Math.max(this.#newest, block.completion[rows - 1] as number)
    port.postMessage(buffer)
    if (this.#stop?.isDue(this.#aggregate.population) === true) this.#look(this.#stop)
    this.#show(this.#newest)
    if (this.#awaited !== null && this.#rows >= this.#awaited.rows) this.#awaited.resolve()
  }

  #show(now: Nanos): void {
    for (const window of this.#aggregate.freshWindows(now)) this.#observer.window(this.#withGauges(window))
  }

  #withGauges(window: WindowResult): WindowResult {
    if (this.#samplers === null) return window
    return { ...window, gauges: this.#samplers.means(window.from, window.until) }
  }

  #look(stop: StopWatch): void {
    const elapsed = this.#newest - this.#aggregate.measureFrom
    this.#observer.certificate(stop.look(this.#aggregate.responseTimes(), elapsed))
  }

  #check(): void {
    if (this.#isChecking) return
    this.#isChecking = true
    this.#checking = this.#checkAll()
  }

  /** Between batches come blocks of records, which must not wait. */
  async #checkAll(): Promise<void> {
    while (await this.#checker.drain()) await setImmediate()
    this.#isChecking = false
  }

  /** Blocks travel through ports of their own: they may arrive after the message that says how many there are. */
  async #allRows(rows: number): Promise<void> {
    if (this.#rows >= rows) return
    await new Promise<void>((resolve) => {
      this.#awaited = { rows, resolve }
    })
  }
}

function watchOf(gauge: string | null, observer: TrialObserver): GaugeWatch | null {
  if (gauge === null) return null
  return {
    gauge,
    reading: (from, until, value) => observer.reading({ from, until, value }),
    lost: (problem) => observer.gaugeLost(problem),
  }
}
