import type { TrialPlan } from './trial-plan.ts'

/** All trials that are known before the first one runs, in their order. */
export interface RunPlan {
  readonly seed: string
  readonly trials: readonly TrialPlan[]
}
