import type { Nanos } from '../units/nanos.ts'

/**
 * The load of one stream of one trial as plain data: what the plan stores and the engine runs.
 * Times are nanoseconds from the start of the load, rates are arrivals per second.
 */
export type LoadPlan = OpenLoadPlan | ClosedLoadPlan | StagesLoadPlan

/** Arrivals that do not depend on completions. */
export interface OpenLoadPlan {
  readonly loop: 'open'
  readonly process: ProcessPlan
  /**
   * The rate function; one unbounded constant segment for a constant rate. Empty for processes that have their own
   * instants or rates: `burst`, `mmpp`, `selfSimilar`, `superpose`, `slice`, `trace`.
   */
  readonly rate: readonly RateSegment[]
  /** A factor on the rate that repeats, from the start of the measurement on. */
  readonly modulation?: ModulationPlan
  /** The scenario of MLPerf that the load is. */
  readonly mlperf?: MlperfPlan
  /** The rate is moved to bring a gauge to its target; `rate` is the one that it begins with. */
  readonly control?: ControlPlan
}

/** Users who each wait for a settlement, think, and go on. */
export interface ClosedLoadPlan {
  readonly loop: 'closed'
  /** Users; the most at any time when the population changes. */
  readonly concurrency: number
  /** Units to measure in all; `null`: as many as fit into the duration. */
  readonly requests: number | null
  /** The time that `requests` have. */
  readonly within?: Nanos
  readonly thinkTime: ThinkTimePlan
  /** How the number of users changes from the start of the measurement on; without it, it does not. */
  readonly population?: readonly PopulationSegment[]
  /** A user's next unit is due this long after its last one was, or, if that is later, when it has settled. */
  readonly cycle?: Nanos
  /** Users begin at a random instant within this time after they join. */
  readonly stagger?: Nanos
  /** The scenario of MLPerf that the load is. */
  readonly mlperf?: MlperfPlan
  /** The number of users is moved to bring a gauge to its target. */
  readonly control?: ControlPlan
}

/** How a load follows a gauge of a sampler. */
export interface ControlPlan {
  /** The gauge's name. */
  readonly of: string
  /** In the gauge's unit, and how far the mean that is held may be from it. */
  readonly target: number
  readonly tolerance: number
  /** `controller` identifies the target and corrects by its gain; `steps` goes one step up or down in a period. */
  readonly method: 'controller' | 'steps'
  /** Users, or arrivals per second: the first load, the highest one, and a step. */
  readonly from: number
  readonly most: number
  readonly step: number
  /** From one decision to the next; `null`: two seconds, or three readings of the gauge if that is longer. */
  readonly period: Nanos | null
  /** The longest time until the target is held; `null`: 150 periods. */
  readonly within: Nanos | null
}

/** What a scenario of MLPerf asks of a measurement. */
export interface MlperfPlan {
  readonly scenario: 'SingleStream' | 'MultiStream' | 'Server' | 'Offline'
  /** Of the response time; `null` where throughput is the metric. */
  readonly percentile: number | null
  readonly limit: Nanos | null
  readonly duration: Nanos
  /** Queries at least; samples for Offline. */
  readonly queries: number
  readonly samplesPerQuery: number
}

/** Loads one after the other on one clock. */
export interface StagesLoadPlan {
  readonly loop: 'stages'
  readonly stages: readonly { readonly load: OpenLoadPlan | ClosedLoadPlan; readonly duration: Nanos }[]
}

/**
 * When things arrive. The first group are point processes of unit rate, which the rate function stretches; all of them
 * are renewal processes: independent gaps of mean 1.
 *
 * - `constant`: evenly spaced
 * - `jittered`: the i-th at i + jitter · U, U uniform in [0, 1)
 * - `poisson`: exponential gaps, unscaled
 * - `gamma`, `weibull`, `lognormal`, `hyperexponential`: gaps of that distribution; `cv` is their coefficient of variation
 *
 * The second group has rates or instants of its own.
 *
 * - `burst`: `count` arrivals at once or spread evenly over `within`, the first time `after` the start, again every
 *   `every` (once when `null`)
 * - `mmpp`: Poisson arrivals at the rate of a state that changes between two, each left after an exponential time of mean
 *   `dwell`
 * - `selfSimilar`: Poisson arrivals from independent sources that are on and off for Pareto times of shape 3 − 2 · hurst
 * - `superpose`: the arrivals of all parts
 * - `slice`: of each arrival of another load a seeded number in [0, 1) decides whether it belongs to this one: from `low`
 *   up to below `high`; `shifts` change that range during the measurement
 * - `trace`: what a file says
 */
export type ProcessPlan =
  | { readonly kind: 'constant' }
  | { readonly kind: 'jittered'; readonly jitter: number }
  | { readonly kind: 'poisson' }
  | { readonly kind: 'gamma'; readonly cv: number }
  | { readonly kind: 'weibull'; readonly shape: number }
  | { readonly kind: 'lognormal'; readonly cv: number }
  | { readonly kind: 'hyperexponential'; readonly cv: number }
  | BurstPlan
  | MmppPlan
  | SelfSimilarPlan
  | SuperposePlan
  | SlicePlan
  | TracePlan

export interface BurstPlan {
  readonly kind: 'burst'
  readonly count: number
  readonly within: Nanos
  readonly every: Nanos | null
  /** From the start of the load to the first burst; 0 when absent. */
  readonly after?: Nanos
}

export interface MmppPlan {
  readonly kind: 'mmpp'
  readonly rates: readonly [number, number]
  /** Mean times in the states. */
  readonly dwell: readonly [Nanos, Nanos]
}

export interface SelfSimilarPlan {
  readonly kind: 'selfSimilar'
  /** Mean, over all sources. */
  readonly rate: number
  readonly hurst: number
  readonly sources: number
  /** Mean times. */
  readonly on: Nanos
  readonly off: Nanos
}

export interface SuperposePlan {
  readonly kind: 'superpose'
  readonly parts: readonly OpenLoadPlan[]
}

export interface SlicePlan {
  readonly kind: 'slice'
  readonly of: OpenLoadPlan
  readonly low: number
  readonly high: number
  /** Streams that share one load see the same arrivals and the same numbers; without it, a slice has its own. */
  readonly shared?: boolean
  /** In order, and none begins before the one before it has ended. */
  readonly shifts?: readonly SliceShift[]
}

/** From `from` on the range is `low` to `high`; with `until`, it moves linearly to `lowEnd` and `highEnd` by then. */
export interface SliceShift {
  readonly from: Nanos
  readonly low: number
  readonly high: number
  readonly until?: Nanos
  readonly lowEnd?: number
  readonly highEnd?: number
}

/** A file of arrivals, as it is named; it is read before the trial. */
export interface TracePlan {
  readonly kind: 'trace'
  /** Relative to the root, with `/`; several are one after the other in time. */
  readonly files: readonly string[]
  /** SHA-256 of the files, hexadecimal, in their order: filled in when they have been read. */
  readonly sha256?: readonly string[]
  readonly source: TraceSourcePlan
  /** The part of the trace that is used; `until` is `null` for all that follows. */
  readonly from: Nanos
  readonly until: Nanos | null
  /** How counts become instants. */
  readonly expand: TraceExpansion
  /** The trace's time runs this many times as fast. */
  readonly speed: number
  /** Times as many arrivals, at unchanged speed; or as many as give this mean or highest rate (per second, over a second). */
  readonly scale: number | { readonly mean: number } | { readonly peak: number }
  readonly badRows: 'strict' | 'skip'
}

/**
 * - `conditional`: exactly the counted number, at independent uniform instants: a Poisson process given its counts
 * - `rate`: a Poisson process whose rate is the count
 * - `even`: exactly the counted number, evenly spaced
 * - `smooth`: exactly the counted number, denser towards the neighbour that has more
 */
export type TraceExpansion = 'conditional' | 'rate' | 'even' | 'smooth'

/** How the file is read. */
export type TraceSourcePlan =
  /** A plan that servebench has saved. */
  | { readonly format: 'arrivals' }
  | {
      readonly format: 'azure-functions-2019' | 'azure-functions-2021' | 'azure-llm' | 'burst-gpt'
      readonly where: TraceFilter
    }
  | {
      readonly format: 'csv' | 'jsonl'
      /** Instants of arrivals, or counts of arrivals in consecutive times of equal length. A number is a position, from 1. */
      readonly column:
        | { readonly at: string | number; readonly unit: TraceUnit }
        | { readonly count: string | number; readonly every: Nanos }
      /** Only for `csv`; a comma when absent. */
      readonly delimiter?: string
      readonly where: TraceFilter
    }
export type TraceUnit = 's' | 'ms' | 'us' | 'ns' | 'iso'
/** Only rows whose columns have these values. */
export type TraceFilter = Readonly<Record<string, string>>

/** The rate runs linearly from `rate` at `from` to `rateEnd` at `until`, then the next segment takes over. */
export interface RateSegment {
  readonly from: Nanos
  /** `null`: until the end of the load (then `rateEnd` equals `rate`). */
  readonly until: Nanos | null
  readonly rate: number
  readonly rateEnd: number
}

/** The number of users runs linearly from `users` at `from` to `usersEnd` at `until`; its whole part counts. */
export interface PopulationSegment {
  readonly from: Nanos
  /** `null`: until the end of the load (then `usersEnd` equals `users`). */
  readonly until: Nanos | null
  readonly users: number
  readonly usersEnd: number
}

/**
 * A periodic factor on the rate.
 *
 * - `sine`: 1 + amplitude · sin(2π (t / period + phase))
 * - `pieces`: linear pieces, one after the other, which fill the period
 */
export type ModulationPlan =
  | {
      readonly kind: 'sine'
      readonly period: Nanos
      readonly amplitude: number
      /** In turns: a quarter begins at the crest. */
      readonly phase: number
    }
  | {
      readonly kind: 'pieces'
      readonly pieces: readonly {
        readonly length: Nanos
        readonly factor: number
        readonly factorEnd: number
      }[]
    }

/** The pause of a closed-loop user between a settlement and the next request. */
export type ThinkTimePlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'constant'; readonly mean: Nanos }
  | { readonly kind: 'exponential'; readonly mean: Nanos }
  | { readonly kind: 'uniform'; readonly low: Nanos; readonly high: Nanos }
  | { readonly kind: 'gamma' | 'lognormal' | 'hyperexponential'; readonly mean: Nanos; readonly cv: number }
  | { readonly kind: 'weibull'; readonly mean: Nanos; readonly shape: number }
  /** As long as the request took, from its dispatch to its settlement. */
  | { readonly kind: 'response' }
  /** A function of the bench file; the reference is opaque to this layer. */
  | { readonly kind: 'function'; readonly option: string }
