import type { LiveTrial } from '../hooks/contexts.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { COARSE_LAYOUT } from '../stats/histogram/layout.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import type { LiveTrialView } from './trial-runner.ts'
import type { LiveField } from '../engine/live-view.ts'

/** Rates and percentiles are over about the last second. */
const SPAN: Nanos = SECOND

interface Sample {
  readonly at: Nanos
  readonly due: number
  readonly completed: number
  readonly response: LogLinearHistogram
  readonly lag: LogLinearHistogram
}

/** Turns the workers' live counters into what a progress display shows. */
export class LiveTrialReader {
  readonly #id: string
  readonly #name: string
  readonly #view: LiveTrialView
  readonly #total: Nanos | null
  readonly #samples: Sample[] = []
  #finishing: LiveTrial | null = null

  constructor(id: string, name: string, view: LiveTrialView, total: Nanos | null) {
    this.#id = id
    this.#name = name
    this.#view = view
    this.#total = total
  }

  /** The load has ended: from now on the last values are told. */
  finish(): void {
    this.#finishing = { ...this.read(), phase: 'finishing', inFlight: 0 }
  }

  read(): LiveTrial {
    if (this.#finishing !== null) return this.#finishing
    const { control, lives, now } = this.#view
    const at = now()
    const sum = (field: LiveField): number => lives.reduce((total, live) => total + live.get(field), 0)
    const response = new LogLinearHistogram(COARSE_LAYOUT)
    const lag = new LogLinearHistogram(COARSE_LAYOUT)
    for (const live of lives) {
      response.add(live.response)
      lag.add(live.lag)
    }
    const sample: Sample = { at, due: sum('due'), completed: sum('completed'), response, lag }
    while (this.#samples.length > 1 && (this.#samples[1] as Sample).at <= at - SPAN) this.#samples.shift()
    const before = this.#samples[0]
    this.#samples.push(sample)
    const seconds = before === undefined ? 0 : (at - before.at) / SECOND
    const recent = before === undefined ? response : response.since(before.response)
    const recentLag = before === undefined ? lag : lag.since(before.lag)
    return {
      id: this.#id,
      name: this.#name,
      phase: at < control.measureFrom ? 'warmup' : at < control.measureUntil ? 'measurement' : 'drain',
      elapsed: Math.max(0, at),
      total: this.#total,
      measureFrom: decided(control.measureFrom),
      measureUntil: decided(control.measureUntil),
      due: sample.due,
      completed: sample.completed,
      failed: sum('failed'),
      timedOut: sum('timedOut'),
      dropped: sum('dropped'),
      inFlight: sum('inFlight'),
      workers: lives.length,
      offeredLoad: seconds > 0 && before !== undefined ? (sample.due - before.due) / seconds : null,
      throughput:
        seconds > 0 && before !== undefined ? (sample.completed - before.completed) / seconds : null,
      p50: recent.percentile(50),
      p95: recent.percentile(95),
      p99: recent.percentile(99),
      lagP99: recentLag.percentile(99),
      ...(this.#view.steering === undefined ? {} : { control: this.#view.steering.view }),
      remaining: this.#view.certificate?.()?.more ?? null,
    }
  }
}

function decided(instant: Nanos): Nanos | null {
  return Number.isFinite(instant) ? instant : null
}
