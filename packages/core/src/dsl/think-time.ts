import type { Duration } from '../units/duration.ts'
import type { Random } from './random.ts'

/**
 * The pause of a closed-loop user between a settlement and the next request: constant, drawn, as long as the request
 * took (`'response'`), or from a function.
 */
export type ThinkTime =
  | Duration
  | 'response'
  | ExponentialThinkTime
  | UniformThinkTime
  | GammaThinkTime
  | LognormalThinkTime
  | HyperexponentialThinkTime
  | WeibullThinkTime
  | ((random: Random) => Duration)

export interface ExponentialThinkTime {
  readonly thinkTime: 'exponential'
  readonly mean: Duration
}
export interface UniformThinkTime {
  readonly thinkTime: 'uniform'
  readonly low: Duration
  readonly high: Duration
}
export interface GammaThinkTime {
  readonly thinkTime: 'gamma'
  readonly mean: Duration
  /** Coefficient of variation. */
  readonly cv: number
}
export interface LognormalThinkTime {
  readonly thinkTime: 'lognormal'
  readonly mean: Duration
  /** Coefficient of variation. */
  readonly cv: number
}
export interface HyperexponentialThinkTime {
  readonly thinkTime: 'hyperexponential'
  readonly mean: Duration
  /** Coefficient of variation, above 1. */
  readonly cv: number
}
export interface WeibullThinkTime {
  readonly thinkTime: 'weibull'
  readonly mean: Duration
  readonly shape: number
}

/** Exponentially distributed pauses with this mean. */
export function exponential(mean: Duration): ExponentialThinkTime {
  return { thinkTime: 'exponential', mean }
}

/** Pauses that are evenly distributed between two lengths. */
export function uniform(low: Duration, high: Duration): UniformThinkTime {
  return { thinkTime: 'uniform', low, high }
}
