import { Outcome } from '../engine/outcome.ts'
import type { RecordBlock } from '../report/record-block.ts'
import type { WindowResult } from '../report/result.ts'
import { COARSE_LAYOUT } from '../stats/histogram/layout.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'

/** How long after its end a window's percentiles stay open for late rows, in seconds. */
const OPEN_SECONDS = 6
/** Workers hand their rows over once a second: this long after its end a window is shown, as it is known then. */
const SHOWN_AFTER: Nanos = 1.1 * SECOND

interface WindowPercentiles {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly lagP99: number | null
}

interface OpenWindow {
  readonly response: LogLinearHistogram
  readonly lag: LogLinearHistogram
}

/** The seconds of a trial, from the start of the load: what was due, what came back, how fast, how much was in flight. */
export class Windows {
  readonly #due: number[] = []
  readonly #sent: number[] = []
  readonly #completed: number[] = []
  readonly #failed: number[] = []
  readonly #area: number[] = []
  readonly #percentiles: (WindowPercentiles | null)[] = []
  readonly #open = new Map<number, OpenWindow>()
  readonly #spare: OpenWindow[] = []
  #closedBefore = 0
  #shownBefore = 0

  add(block: RecordBlock, row: number): void {
    const outcome = block.outcome[row] as number
    if (outcome === Outcome.retried) return
    const intended = block.intended[row] as number
    const completion = block.completion[row] as number
    const dueSecond = second(intended)
    const endSecond = second(completion)
    this.#due[dueSecond] = (this.#due[dueSecond] ?? 0) + 1
    if (outcome === Outcome.completed) this.#completed[endSecond] = (this.#completed[endSecond] ?? 0) + 1
    else this.#failed[endSecond] = (this.#failed[endSecond] ?? 0) + 1
    const sent = block.sent[row] as number
    if (sent === sent) this.#sent[second(sent)] = (this.#sent[second(sent)] ?? 0) + 1
    const dispatched = block.dispatched[row] as number
    if (dispatched === dispatched) {
      this.#addArea(dispatched, completion)
      this.#window(second(dispatched))?.lag.record(dispatched - intended)
    }
    if (outcome === Outcome.completed) this.#window(endSecond)?.response.record(completion - intended)
  }

  /** Windows that have not been shown and are over by `now`; their percentiles may still change a little. */
  fresh(now: Nanos): number[] {
    const before = Math.floor((now - SHOWN_AFTER) / SECOND)
    const fresh: number[] = []
    for (; this.#shownBefore < before; this.#shownBefore++) fresh.push(this.#shownBefore)
    for (; this.#closedBefore < before - OPEN_SECONDS; this.#closedBefore++) this.#freeze(this.#closedBefore)
    return fresh
  }

  /** Windows that have not been shown when the trial is over. */
  rest(): number[] {
    const rest: number[] = []
    for (; this.#shownBefore < this.#count(); this.#shownBefore++) rest.push(this.#shownBefore)
    return rest
  }

  /** One window, sorted into the phase that holds its middle. */
  window(index: number, measureFrom: Nanos, measureUntil: Nanos): WindowResult {
    const from = index * SECOND
    const middle = from + SECOND / 2
    const values = this.#percentiles[index] ?? percentilesOf(this.#open.get(index))
    return {
      from,
      until: from + SECOND,
      phase: middle < measureFrom ? 'warmup' : middle < measureUntil ? 'measurement' : 'drain',
      due: this.#due[index] ?? 0,
      sent: this.#sent[index] ?? 0,
      completed: this.#completed[index] ?? 0,
      failed: this.#failed[index] ?? 0,
      inFlight: (this.#area[index] ?? 0) / SECOND,
      p50: values?.p50 ?? null,
      p95: values?.p95 ?? null,
      p99: values?.p99 ?? null,
      lagP99: values?.lagP99 ?? null,
    }
  }

  all(measureFrom: Nanos, measureUntil: Nanos): WindowResult[] {
    return Array.from({ length: this.#count() }, (_, index) => this.window(index, measureFrom, measureUntil))
  }

  #count(): number {
    return Math.max(
      this.#due.length,
      this.#sent.length,
      this.#completed.length,
      this.#failed.length,
      this.#area.length,
    )
  }

  #window(index: number): OpenWindow | null {
    if (index < this.#closedBefore) return null
    let window = this.#open.get(index)
    if (window === undefined) {
      window = this.#spare.pop() ?? {
        response: new LogLinearHistogram(COARSE_LAYOUT),
        lag: new LogLinearHistogram(COARSE_LAYOUT),
      }
      this.#open.set(index, window)
    }
    return window
  }

  #freeze(index: number): void {
    const window = this.#open.get(index)
    if (window === undefined) return
    this.#percentiles[index] = percentilesOf(window)
    this.#open.delete(index)
    window.response.reset()
    window.lag.reset()
    this.#spare.push(window)
  }

  #addArea(from: Nanos, until: Nanos): void {
    let at = from
    for (let index = second(from); at < until; index++) {
      const end = Math.min(until, (index + 1) * SECOND)
      this.#area[index] = (this.#area[index] ?? 0) + (end - at)
      at = end
    }
  }
}

function second(instant: Nanos): number {
  return Math.max(0, Math.floor(instant / SECOND))
}

function percentilesOf(window: OpenWindow | undefined): WindowPercentiles | null {
  if (window === undefined) return null
  return {
    p50: window.response.percentile(50),
    p95: window.response.percentile(95),
    p99: window.response.percentile(99),
    lagP99: window.lag.percentile(99),
  }
}
