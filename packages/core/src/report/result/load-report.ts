import type { Interval } from './metrics.ts'

/** One second of a trial; by completion time for completions, by intended time for `due`, by sending time for `sent`. */
export interface WindowResult {
  readonly from: number
  readonly until: number
  readonly phase: 'warmup' | 'measurement' | 'drain'
  readonly due: number
  /** Absent in results of earlier versions. */
  readonly sent?: number
  readonly completed: number
  readonly failed: number
  readonly inFlight: number | null
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly lagP99: number | null
  /** The same by stream; absent where there is only one. */
  readonly streams?: Readonly<Record<string, StreamWindow>>
  /** Time-weighted means of gauges over this second; absent without samplers. */
  readonly gauges?: Readonly<Record<string, number | null>>
}

/** A burst, or a spike on a plateau: how it started, what became of it, and how long others felt it. */
export interface BurstReport {
  readonly stream: string
  /** The first and the last instant at which it was due, on the trial's clock. */
  readonly from: number
  readonly until: number
  /** Of the requests that were due in it. `completed` were accepted; `failures` has the classes of the rejected ones. */
  readonly counts: {
    readonly due: number
    readonly completed: number
    readonly failed: number
    readonly timedOut: number
    readonly dropped: number
    readonly censored: number
  }
  readonly failures: Readonly<Record<string, number>>
  /** From the dispatch of its first request to that of its last. */
  readonly startSpread: number | null
  /** From `until` to the last settlement; `null` when some were still open at the end. */
  readonly drain: number | null
  /** Requests outside of bursts: other streams, or else the same one; `null` when there were too few before the first. */
  readonly background: {
    readonly stream: string
    /** p95 of its response time before the first burst, and the upper end of that percentile's 95 % interval. */
    readonly p95: number
    readonly limit: number
    /** From `until` until the p95 of 20 consecutive requests is inside the limit; `null` when that was not seen. */
    readonly recovery: number | null
  } | null
}

/** How a load followed a gauge (`utilization()`); instants on the trial's clock, values in the gauge's unit. */
export interface ControlReport {
  readonly stream: string
  readonly gauge: string
  readonly unit: string
  readonly target: number
  readonly tolerance: number
  readonly method: 'controller' | 'steps'
  readonly vary: 'rate' | 'concurrency'
  /** The highest load that was allowed, in users or arrivals per second, like all loads here. */
  readonly most: number
  readonly period: number
  /**
   * Of the measurement: `held` when its mean is within the tolerance; `unreachable` when no load that is allowed brings the
   * gauge there; `lost` when the gauge could not be read any more.
   */
  readonly outcome: 'held' | 'not-held' | 'unreachable' | 'lost'
  /** Why it is unreachable: more load brings no more, the highest load is not enough, or the lowest is too much. */
  readonly obstacle: 'plateau' | 'most' | 'least' | null
  /** What the gauge comes to instead. */
  readonly plateau: number | null
  /** Why the gauge was lost. */
  readonly problem: string | null
  /** What went before the measurement: the warm-up at the first load, the way up, the way to the target. */
  readonly phases: {
    readonly warmup: { readonly from: number; readonly until: number }
    readonly identify: { readonly from: number; readonly until: number }
    readonly approach: { readonly from: number; readonly until: number }
  }
  /** Whether the target was held when the measurement began; otherwise the time for it was up. */
  readonly settled: boolean
  /** The gauge in the measurement: its mean, that mean's 95 % interval by batch means, the share of the time that was read. */
  readonly mean: number | null
  readonly interval: Interval | null
  readonly coverage: number
  /** How its readings swing about that: deviation, p5 and p95, and the period of the swing in ns where there is one. */
  readonly oscillation: {
    readonly deviation: number | null
    readonly p5: number | null
    readonly p95: number | null
    readonly cycle: number | null
  }
  /** How far a period's mean was above the target, at most, before the measurement. */
  readonly overshoot: number
  /** In the measurement. */
  readonly load: { readonly mean: number | null; readonly min: number | null; readonly max: number | null }
  /** Changes of the load over the whole trial, and those among them that cut it because the gauge was far too high. */
  readonly moves: number
  readonly backOffs: number
  /** Every decision; of more than 2000, every second, third, … */
  readonly course: readonly ControlStep[]
}

/** The end of a period of control: what the gauge was in it, and the load that brought this. */
export interface ControlStep {
  readonly at: number
  readonly reading: number
  readonly load: number
  readonly phase: 'warmup' | 'identify' | 'approach' | 'hold' | 'unreachable'
}

/** One stream in one second of a trial. */
export type StreamWindow = Pick<WindowResult, 'due' | 'completed' | 'failed' | 'p50' | 'p95' | 'p99'>
