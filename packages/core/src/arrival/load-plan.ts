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
  /** The rate function; one unbounded constant segment for a constant rate. Not used by `burst`. */
  readonly rate: readonly RateSegment[]
}

/** Users who each wait for a settlement, think, and go on. */
export interface ClosedLoadPlan {
  readonly loop: 'closed'
  readonly concurrency: number
  /** Units to measure in all; `null`: as many as fit into the duration. */
  readonly requests: number | null
  readonly thinkTime: ThinkTimePlan
}

/** Loads one after the other on one clock. */
export interface StagesLoadPlan {
  readonly loop: 'stages'
  readonly stages: readonly { readonly load: OpenLoadPlan | ClosedLoadPlan; readonly duration: Nanos }[]
}

/**
 * A point process of unit rate (the rate function stretches it), or instants that are given as such.
 *
 * - `constant`: evenly spaced
 * - `poisson`: exponential gaps, unscaled
 * - `burst`: `count` arrivals at once or spread evenly over `within`, again every `every` (once when `null`)
 */
export type ProcessPlan =
  | { readonly kind: 'constant' }
  | { readonly kind: 'poisson' }
  | { readonly kind: 'burst'; readonly count: number; readonly within: Nanos; readonly every: Nanos | null }

/** The rate runs linearly from `rate` at `from` to `rateEnd` at `until`, then the next segment takes over. */
export interface RateSegment {
  readonly from: Nanos
  /** `null`: until the end of the load (then `rateEnd` equals `rate`). */
  readonly until: Nanos | null
  readonly rate: number
  readonly rateEnd: number
}

/** The pause of a closed-loop user between a settlement and the next request. */
export type ThinkTimePlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'constant'; readonly mean: Nanos }
  | { readonly kind: 'exponential'; readonly mean: Nanos }
  | { readonly kind: 'uniform'; readonly low: Nanos; readonly high: Nanos }
  /** A function of the bench file; the reference is opaque to this layer. */
  | { readonly kind: 'function'; readonly option: string }
