import { messageOf } from '../errors/plugin-error.ts'
import type { GaugeSummary, SamplerReport } from '../report/result.ts'
import type { SampleStream } from '../report/sample-stream.ts'
import { monotonicClock, type MonotonicClock } from '../clock/monotonic-clock.ts'
import type { Nanos } from '../units/nanos.ts'
import type { PowerReading } from '../metrics/energy/power-reading.ts'
import type { GaugeLog } from './gauge-log.ts'
import { readPower } from './gauge-power.ts'
import type { GaugeDescription } from './describe-sampler.ts'
import { SamplerThread, type SamplerReference } from './sampler-thread.ts'

export interface SamplerEvent {
  /** On the trial's clock. */
  readonly at: Nanos
  readonly kind: 'sampler'
  readonly message: string
}

export interface SamplersOutcome {
  readonly gauges: Readonly<Record<string, GaugeSummary>>
  /** What sources of power drew in the measurement, and what they drew before the load. */
  readonly power: { readonly measured: readonly PowerReading[]; readonly idle: readonly PowerReading[] }
  readonly samplers: readonly SamplerReport[]
  readonly samples: {
    readonly rows: number
    readonly complete: boolean
    readonly problem: string | null
  } | null
}

/** What there is to be read in a trial. */
export interface OpenedSampler {
  readonly kind: string
  readonly period: Nanos | null
  readonly gauges: readonly GaugeDescription[]
  /** Why it was switched off already. */
  readonly problem: string | null
}

/** Who wants to know of every reading of one gauge at once. */
export interface GaugeWatch {
  readonly gauge: string
  /** Instants on the trial's clock. */
  reading(from: Nanos, until: Nanos, value: number): void
  /** There will be no more. */
  lost(problem: string): void
}

/** A gauge of one of the samplers. */
interface Series {
  readonly name: string
  readonly log: GaugeLog
  /** Its place in its sampler. */
  readonly index: number
}

/** The samplers of a trial and what they have read. */
export class TrialSamplers {
  readonly #threads: readonly SamplerThread[]
  readonly #file: SampleStream | null
  readonly #series: readonly Series[]
  readonly #live: Live

  private constructor(
    threads: readonly SamplerThread[],
    series: readonly Series[],
    file: SampleStream | null,
    live: Live,
  ) {
    this.#threads = threads
    this.#series = series
    this.#file = file
    this.#live = live
  }

  /**
   * Starts the samplers' threads; what is wrong with a sampler is an event.
   * @param path of the Arrow file for the readings; `null`: none is written
   */
  static async open(
    references: readonly SamplerReference[],
    root: string,
    path: string | null,
    emit: (event: SamplerEvent) => void,
    watch: GaugeWatch | null = null,
  ): Promise<TrialSamplers> {
    const live = new Live(emit, watch)
    const threads = references.map((reference, index) => {
      // Two of a kind do not write the same files.
      const turn = references.slice(0, index).filter(({ kind }) => kind === reference.kind).length
      const kind = reference.kind.replaceAll(/[^\w.-]/g, '_')
      const name = turn === 0 ? kind : `${kind}-${turn + 1}`
      const files = path === null ? null : `${path.replace(/\.samples\.arrows$/, '')}.${name}`
      return new SamplerThread(reference, root, files, live)
    })
    await Promise.all(threads.map(({ opened }) => opened))
    refuseSameNames(threads)
    const series = threads.flatMap((thread) => seriesOf(thread))
    let file: SampleStream | null = null
    if (path !== null && series.length > 0) {
      try {
        const { SampleStream } = await import('../report/sample-stream.ts')
        file = new SampleStream(
          path,
          series.map(({ name }) => name),
        )
      } catch (error) {
        live.warning(`The readings of samplers are not kept: ${messageOf(error)}`)
      }
    }
    live.record(series, file)
    return new TrialSamplers(threads, series, file, live)
  }

  get opened(): readonly OpenedSampler[] {
    return this.#threads.map(({ kind, description, report }) => ({
      kind,
      period: description?.period ?? null,
      gauges: description?.gauges ?? [],
      problem: report.problem,
    }))
  }

  /** The load is about to start. */
  start(origin: bigint): void {
    this.#live.clock = monotonicClock(origin)
    for (const thread of this.#threads) thread.start(origin)
  }

  /** Means over a stretch of time, of what is known of it by now; puts on the disk what has been read. */
  means(from: Nanos, until: Nanos): Readonly<Record<string, number | null>> {
    this.#file?.flush()
    return Object.fromEntries(
      this.#series.map(({ name, log, index }) => [name, log.mean(index, from, until)]),
    )
  }

  /** Ends all samplers with a last reading. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()))
  }

  /** Closes the file and sums the measurement up. */
  finish(measureFrom: Nanos, measureUntil: Nanos): SamplersOutcome {
    const summary = this.#file?.close() ?? null
    return {
      gauges: Object.fromEntries(
        this.#series.map(({ name, log, index }) => [name, log.summary(index, measureFrom, measureUntil)]),
      ),
      power: {
        measured: this.#power(measureFrom, measureUntil),
        // The load starts at zero.
        idle: this.#power(-Infinity, 0),
      },
      samplers: this.#threads.map((thread) => thread.report),
      samples:
        summary === null
          ? null
          : { rows: summary.rows, complete: summary.complete, problem: summary.problem?.message ?? null },
    }
  }

  #power(from: Nanos, until: Nanos): readonly PowerReading[] {
    return this.#threads.flatMap(({ description, log }) =>
      description === null || log === null ? [] : readPower(description, log, from, until),
    )
  }

  /** At once, without a result. */
  abandon(): void {
    for (const thread of this.#threads) thread.kill()
    this.#file?.close()
  }
}

/** What comes in while the trial runs. */
class Live {
  readonly #emit: (event: SamplerEvent) => void
  readonly #series = new Map<GaugeLog, { readonly place: number; readonly index: number }[]>()
  readonly #watch: GaugeWatch | null
  /** Where the gauge is that is watched. */
  #watched: Series | null = null
  #file: SampleStream | null = null
  clock: MonotonicClock | null = null

  constructor(emit: (event: SamplerEvent) => void, watch: GaugeWatch | null) {
    this.#emit = emit
    this.#watch = watch
  }

  record(series: readonly Series[], file: SampleStream | null): void {
    this.#file = file
    this.#watched = series.find(({ name }) => name === this.#watch?.gauge) ?? null
    for (const [place, { log, index }] of series.entries()) {
      const places = this.#series.get(log)
      if (places === undefined) this.#series.set(log, [{ place, index }])
      else places.push({ place, index })
    }
  }

  warning(message: string): void {
    this.#emit({ at: Math.max(0, this.clock?.now() ?? 0), kind: 'sampler', message })
  }

  lost(log: GaugeLog, problem: string): void {
    if (log === this.#watched?.log) this.#watch?.lost(problem)
  }

  reading(log: GaugeLog): void {
    const row = log.rows - 1
    if (log === this.#watched?.log) {
      const { index } = this.#watched
      const value = log.value(index, row)
      if (value === value) this.#watch?.reading(log.from(index, row), log.until(row), value)
    }
    const file = this.#file
    if (file === null) return
    for (const { place, index } of this.#series.get(log) ?? []) {
      const value = log.value(index, row)
      if (value === value) file.write(place, log.from(index, row), log.until(row), value)
    }
  }
}

/** Results hold one series per name: the first sampler keeps it. */
function refuseSameNames(threads: readonly SamplerThread[]): void {
  const owners = new Map<string, string>()
  for (const thread of threads) {
    const gauges = thread.description?.gauges ?? []
    const taken = gauges.find(({ name }) => owners.has(name))
    if (taken === undefined) for (const { name } of gauges) owners.set(name, thread.kind)
    else thread.refuse(`'${taken.name}' is a gauge of the sampler '${owners.get(taken.name)}' already`)
  }
}

function seriesOf({ description, log }: SamplerThread): Series[] {
  if (description === null || log === null) return []
  return description.gauges.map(({ name }, index) => ({ name, log, index }))
}
