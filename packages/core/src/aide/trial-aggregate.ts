import { TrialControl } from '../engine/control.ts'
import type { BurstWindow } from '../arrival/bursts.ts'
import { failureName, Outcome } from '../engine/outcome.ts'
import type { ReplicaTotals } from '../engine/balance/replica-recorder.ts'
import type { StepTotals } from '../engine/pipeline/step-recorder.ts'
import { failureKindOf, failureStatusOf, RecordPhase, type RecordBlock } from '../report/record-block.ts'
import type { BurstReport, Metrics, WindowResult } from '../report/result.ts'
import type { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import type { Nanos } from '../units/nanos.ts'
import { reportBursts, type BurstStream } from './burst-report.ts'
import { firstAnswers, type FirstAnswers } from './first-answers.ts'
import { streamMetrics, withFailures } from './stream-metrics.ts'
import { pipelineMetrics, type StepName } from './pipeline-metrics.ts'
import { replicaMetrics } from './replica-metrics.ts'
import { OrderedSamples, StreamSamples } from './stream-samples.ts'
import { totalSource } from './total-source.ts'
import { Windows } from './windows.ts'
import type { HdrEncoder } from '../metrics/distribution.ts'

export interface AggregateStream {
  readonly name: string
  readonly deadline: Nanos | null
  readonly percentiles: readonly number[]
  readonly labels: readonly (string | null)[]
  /** From the start of the measurement. */
  readonly bursts?: readonly BurstWindow[]
  /** What the first requests show is asked for. */
  readonly first?: boolean
  /** Of a pipeline. */
  readonly steps?: readonly StepName[] | null
  /** Names of the replicas of a target that has some. */
  readonly replicas?: readonly string[] | null
}

export interface TrialMetrics {
  readonly total: Metrics
  readonly streams: Readonly<Record<string, Metrics>>
  readonly windows: readonly WindowResult[]
  readonly bursts: readonly BurstReport[]
  /** Of the stream that was asked for it. */
  readonly first?: FirstAnswers
  /** Request-nanoseconds in flight inside the measurement, summed over records: the accounting gate's half. */
  readonly overlap: number
}

/** What is known of one stream while rows arrive. */
class StreamAggregate {
  readonly samples: StreamSamples
  readonly strays: Nanos[] = []
  strayItems = 0
  /** Request-nanoseconds in flight inside the measurement. */
  overlap = 0
  checks = { checked: 0, incorrect: 0, checkedInTime: 0, incorrectInTime: 0 }

  constructor(spillPath: string) {
    this.samples = new StreamSamples(spillPath)
  }
}

/** Takes the record blocks of all workers of a trial and makes its metrics of them. Runs on the aide. */
export class TrialAggregate implements Disposable {
  readonly #control: TrialControl
  readonly #streams: readonly AggregateStream[]
  readonly #parts: readonly StreamAggregate[]
  readonly #windows = new Windows()
  /** By stream; none where there is only one. */
  readonly #streamWindows: readonly Windows[]

  /** @param scratch a file name that scratch files start with */
  constructor(streams: readonly AggregateStream[], control: SharedArrayBuffer, scratch: string) {
    this.#streams = streams
    this.#control = new TrialControl(control)
    this.#parts = streams.map((_, index) => new StreamAggregate(`${scratch}.${index}.samples`))
    this.#streamWindows = streams.length === 1 ? [] : streams.map(() => new Windows())
  }

  add(block: RecordBlock, rows: number): void {
    const measureFrom = this.#control.measureFrom
    const measureUntil = this.#control.measureUntil
    for (let row = 0; row < rows; row++) {
      this.#windows.add(block, row)
      const stream = block.stream[row] as number
      this.#streamWindows[stream]?.add(block, row)
      const part = this.#parts[stream] as StreamAggregate
      const completion = block.completion[row] as number
      const outcome = block.outcome[row] as number
      const dispatched = block.dispatched[row] as number
      if (outcome !== Outcome.retried && dispatched === dispatched) {
        const overlap = Math.min(completion, measureUntil) - Math.max(dispatched, measureFrom)
        if (overlap > 0) part.overlap += overlap
      }
      if (block.phase[row] === RecordPhase.measurement) part.samples.add(block, row)
      else if (outcome === Outcome.completed && completion >= measureFrom && completion < measureUntil) {
        part.strays.push(completion)
        part.strayItems += block.items[row] as number
      }
    }
  }

  /** The verdict of `check` about one answer of the population. */
  checked(stream: number, correct: boolean, responseTime: Nanos): void {
    const { checks } = this.#parts[stream] as StreamAggregate
    const inTime = responseTime <= (this.#streams[stream]?.deadline ?? Infinity)
    checks.checked += 1
    if (inTime) checks.checkedInTime += 1
    if (correct) return
    checks.incorrect += 1
    if (inTime) checks.incorrectInTime += 1
  }

  /** Windows that are over by `now` and have not been shown; all that are left once the trial is over. */
  freshWindows(now: Nanos): WindowResult[] {
    const fresh = now === Infinity ? this.#windows.rest() : this.#windows.fresh(now)
    if (now !== Infinity) for (const windows of this.#streamWindows) windows.fresh(now)
    return fresh.map((index) =>
      this.#withStreams(
        index,
        this.#windows.window(index, this.#control.measureFrom, this.#control.measureUntil),
      ),
    )
  }

  /** Requests of the population that have settled so far. */
  get population(): number {
    return this.#parts.reduce((sum, part) => sum + part.samples.rows, 0)
  }

  get measureFrom(): Nanos {
    return this.#control.measureFrom
  }

  /** Response times of the population so far in the order of their intended starts, +∞ for what did not complete. */
  responseTimes(): Float64Array {
    const ordered = this.#parts.map((part) => part.samples.ordered())
    return withFailures(
      ordered.length === 1 ? (ordered[0] as OrderedSamples) : OrderedSamples.merged(ordered),
    )
  }

  finish(
    inFlight: { readonly area: number; readonly max: number },
    gaps: readonly (readonly LogLinearHistogram[])[],
    late: readonly number[],
    encode: HdrEncoder,
    steps: readonly (readonly StepTotals[])[] = [],
    replicas: readonly (readonly ReplicaTotals[])[] = [],
  ): TrialMetrics {
    const measureFrom = this.#control.measureFrom
    const measureUntil = this.#control.measureUntil
    const sources = this.#streams.map((stream, index) => {
      const part = this.#parts[index] as StreamAggregate
      const { samples } = part
      return {
        samples: samples.ordered(),
        outcomes: samples.outcomes,
        sent: samples.sent,
        unexpected: samples.unexpected,
        late: late[index] ?? 0,
        items: samples.items,
        failures: samples.failureCounts(),
        checks: part.checks,
        strays: part.strays,
        strayItems: part.strayItems,
        measureFrom,
        measureUntil,
        deadline: stream.deadline,
        gaps: gaps[index] ?? [],
        inFlight: this.#streams.length === 1 ? inFlight : { area: part.overlap, max: null },
        percentiles: stream.percentiles,
        labels: stream.labels,
        encode,
      }
    })
    const metrics = sources.map((source, index) => ({
      ...streamMetrics(source),
      ...pipelineMetrics(this.#streams[index]?.steps ?? null, steps[index] ?? [], encode),
      ...replicaMetrics(
        this.#streams[index]?.replicas ?? null,
        replicas[index] ?? [],
        measureUntil - measureFrom,
        encode,
      ),
    }))
    const asked = this.#streams.findIndex(({ first }) => first === true)
    const total =
      sources.length === 1 ? (metrics[0] as Metrics) : streamMetrics(totalSource(sources, inFlight))
    return {
      total,
      streams: Object.fromEntries(
        this.#streams.map((stream, index) => [stream.name, metrics[index] as Metrics]),
      ),
      windows: this.#windows
        .all(measureFrom, measureUntil)
        .map((window, index) => this.#withStreams(index, window)),
      bursts: this.#streams.some(({ bursts = [] }) => bursts.length > 0)
        ? reportBursts(sources.map(({ samples }, index) => this.#burstStream(index, samples, measureFrom)))
        : [],
      overlap: this.#parts.reduce((sum, part) => sum + part.overlap, 0),
      ...(asked < 0 ? {} : { first: firstAnswers((sources[asked] as (typeof sources)[number]).samples) }),
    }
  }

  #burstStream(index: number, samples: OrderedSamples, measureFrom: Nanos): BurstStream {
    const { name, bursts = [] } = this.#streams[index] as AggregateStream
    const { count, intended, completion, outcome } = samples
    const codes = samples.code()
    return {
      name,
      samples: { count, intended, completion, outcome, dispatched: samples.dispatched() },
      bursts: bursts.map(({ from, until }) => ({ from: from + measureFrom, until: until + measureFrom })),
      failureOf: (row) => {
        const code = codes[row] as number
        return failureName(failureKindOf(code), failureStatusOf(code))
      },
    }
  }

  #withStreams(index: number, window: WindowResult): WindowResult {
    if (this.#streamWindows.length === 0) return window
    const streams = this.#streams.map((stream, position) => {
      const windows = this.#streamWindows[position] as Windows
      const { due, completed, failed, p50, p95, p99 } = windows.window(index, 0, Infinity)
      return [stream.name, { due, completed, failed, p50, p95, p99 }] as const
    })
    return { ...window, streams: Object.fromEntries(streams) }
  }

  [Symbol.dispose](): void {
    for (const part of this.#parts) part.samples[Symbol.dispose]()
  }
}
