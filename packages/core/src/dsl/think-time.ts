import type { Duration } from '../units/duration.ts'
import type { Random } from './random.ts'

/** The pause of a closed-loop user between a settlement and the next request: constant, drawn, or from a function. */
export type ThinkTime = Duration | ExponentialThinkTime | UniformThinkTime | ((random: Random) => Duration)

export interface ExponentialThinkTime {
  readonly thinkTime: 'exponential'
  readonly mean: Duration
}
export interface UniformThinkTime {
  readonly thinkTime: 'uniform'
  readonly low: Duration
  readonly high: Duration
}

/** Exponentially distributed pauses with this mean. */
export function exponential(mean: Duration): ExponentialThinkTime {
  return { thinkTime: 'exponential', mean }
}

/** Pauses that are evenly distributed between two lengths. */
export function uniform(low: Duration, high: Duration): UniformThinkTime {
  return { thinkTime: 'uniform', low, high }
}
