import type { StableWarmupPlan } from '../plan/trial-plan.ts'
import { isDrifting } from '../stats/steady/classify.ts'
import { mserCut } from '../stats/steady/mser.ts'
import { noiseOf } from '../stats/steady/noise.ts'
import { windowsAgree, type StabilityWindow } from '../stats/steady/stable-windows.ts'
import { trendOf } from '../stats/trend/trend.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'

/** Longer series are joined to this many parts; each holds this many requests on average where there are fewer. */
const MOST_PARTS = 200
const REQUESTS_PER_PART = 4
const FEWEST_PARTS = 20
/** MSER's batches. */
const BATCH = 5
/** What the range of a few equal means may be by chance, in standard errors of one of them. */
const RANGE = 4
/** However noisy: the largest is at most twice the smallest. */
const MOST_RANGE = 1

/** Why the warm-up has ended, and what was seen of it. */
export interface WarmupDecision {
  /** `false`: the longest warm-up is over, and the target was not steady. */
  readonly stable: boolean
  /** Where the transient ends by MSER-5; `null` where it was not asked, or has found none. */
  readonly estimatedEnd: Nanos | null
  /** The windows that were compared last. */
  readonly windows: readonly StabilityWindow[]
  /** What still spoke against a steady state. */
  readonly against: 'transient' | 'trend' | 'windows' | 'too-few' | null
}

interface Reading {
  readonly at: Nanos
  /** From the start of the load. */
  readonly completed: number
  readonly time: number
}

/**
 * Decides when a warm-up has ended, from readings of how many requests have completed and of the sum of their response
 * times. Reads nothing itself, so that it runs on any clock.
 *
 * `auto` wants, after the minimum of time and requests, that
 * 1. MSER-5 puts the end of the transient into the first half of what was seen,
 * 2. there is no certain trend of more than `within` after it,
 * 3. and the windows that the rest is cut into agree in throughput and mean response time: within 10 %, or as closely as
 *    their noise lets them, but at most a factor of two.
 * `windows` is perf_analyzer's rule alone.
 */
export class WarmupWatch {
  readonly #plan: StableWarmupPlan
  readonly #readings: Reading[] = [{ at: 0, completed: 0, time: 0 }]
  readonly #windows: StabilityWindow[] = []

  constructor(plan: StableWarmupPlan) {
    this.#plan = plan
  }

  /** Takes a reading; the decision, once it is made. */
  read(at: Nanos, completed: number, time: number): WarmupDecision | null {
    const last = this.#readings.at(-1) as Reading
    if (at <= last.at) return null
    this.#readings.push({ at, completed, time })
    const { method, minimum, requests, maximum } = this.#plan
    const verdict = method === 'windows' ? this.#byWindows(at) : this.#byShape(at)
    if (verdict.against === null && at >= minimum && completed >= requests)
      return { ...verdict, stable: true }
    return at >= maximum ? { ...verdict, stable: false } : null
  }

  #byWindows(at: Nanos): Omit<WarmupDecision, 'stable'> {
    const { window, windows, within } = this.#plan
    const length = window as Nanos
    while (at >= (this.#windows.length + 1) * length) {
      const from = this.#windows.length * length
      this.#windows.push(this.#between(from, from + length))
    }
    const last = this.#windows.slice(-windows)
    return {
      estimatedEnd: null,
      windows: last,
      against: windowsAgree(last, { windows, within }) ? null : last.length < windows ? 'too-few' : 'windows',
    }
  }

  #byShape(at: Nanos): Omit<WarmupDecision, 'stable'> {
    const { windows, within, window } = this.#plan
    const { completed } = this.#readings.at(-1) as Reading
    const parts = Math.min(MOST_PARTS, this.#readings.length - 1, Math.floor(completed / REQUESTS_PER_PART))
    const none = { estimatedEnd: null, windows: [] }
    if (parts < FEWEST_PARTS) return { ...none, against: 'too-few' }
    const length = at / parts
    const series = Array.from({ length: parts }, (_, part) =>
      this.#between(part * length, (part + 1) * length),
    )
    const latencies = Float64Array.from(
      series.map(({ latency }, part) => latency ?? levelBefore(series, part)),
    )
    const cut = mserCut(latencies, parts >= 10 * BATCH ? BATCH : 1)
    if (cut === null || !cut.accepted) return { ...none, against: 'transient' }
    const estimatedEnd = cut.cut * length
    const rest = latencies.subarray(cut.cut)
    const mean = rest.reduce((sum, value) => sum + value, 0) / rest.length
    const from = window === null ? estimatedEnd : Math.max(0, at - windows * window)
    const size = (at - from) / windows
    const compared = Array.from({ length: windows }, (_, index) =>
      this.#between(from + index * size, from + (index + 1) * size),
    )
    const found = { estimatedEnd, windows: compared }
    if (isDrifting(trendOf(rest), rest.length, within * mean)) return { ...found, against: 'trend' }
    const throughputs = Float64Array.from(series.slice(cut.cut).map(({ throughput }) => throughput))
    const agrees =
      agree(
        compared.map(({ latency }) => latency ?? 0),
        within,
        errorOf(rest, windows),
      ) &&
      agree(
        compared.map(({ throughput }) => throughput),
        within,
        errorOf(throughputs, windows),
      )
    return { ...found, against: agrees ? null : 'windows' }
  }

  /** What completed between two instants; between readings it is taken to be even. */
  #between(from: Nanos, until: Nanos): StabilityWindow {
    const first = this.#at(from)
    const last = this.#at(until)
    const completed = last.completed - first.completed
    return {
      throughput: (completed * SECOND) / (until - from),
      latency: completed > 0 ? (last.time - first.time) / completed : null,
    }
  }

  #at(instant: Nanos): Reading {
    let low = 0
    let high = this.#readings.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#readings[middle] as Reading).at < instant) low = middle + 1
      else high = middle
    }
    const after = this.#readings[low] as Reading
    const before = this.#readings[Math.max(0, low - 1)] as Reading
    if (after.at <= instant || after.at === before.at) return after
    const share = (instant - before.at) / (after.at - before.at)
    return {
      at: instant,
      completed: before.completed + share * (after.completed - before.completed),
      time: before.time + share * (after.time - before.time),
    }
  }
}

/** A part in which nothing completed has the level of the last one in which something did. */
function levelBefore(series: readonly StabilityWindow[], part: number): number {
  for (let index = part; index >= 0; index--) {
    const latency = series[index]?.latency
    if (latency !== null && latency !== undefined) return latency
  }
  return series.find(({ latency }) => latency !== null)?.latency ?? 0
}

/** The standard error of the mean of one of `windows` equal parts of a series. */
function errorOf(series: Float64Array, windows: number): number {
  return noiseOf(series).longRun / Math.sqrt(Math.max(1, series.length / windows))
}

function agree(values: readonly number[], within: number, error: number): boolean {
  const low = Math.min(...values)
  const range = Math.max(...values) - low
  return low > 0 && range <= Math.max(within * low, Math.min(RANGE * error, MOST_RANGE * low))
}
