import type { Duration } from '../units/duration.ts'

/** A stream's part of the load, relative to the weights of the other streams; it may change during the measurement. */
export type Weight = number | ChangingWeight

export interface ChangingWeight {
  /** The weight at the start, and in the warm-up; 0 for a stream that gets nothing yet. */
  readonly from: number
  readonly changes: readonly WeightChange[]
}

export interface WeightChange {
  /** From the start of the measurement. */
  readonly at: Duration
  readonly to: number
  /** How long the change takes; meanwhile the streams' shares move linearly. At once by default. */
  readonly over?: Duration
}

export interface SwitchOverOptions extends WeightChange {
  readonly from: number
}

/** A weight that changes once: traffic moves from one version to another. */
export function switchOver({ from, ...change }: SwitchOverOptions): ChangingWeight {
  return { from, changes: [change] }
}
