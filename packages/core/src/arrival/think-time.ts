import { drawExponential } from '../stats/draws/exponential.ts'
import { drawUniform } from '../stats/draws/uniform.ts'
import type { Random } from '../stats/prng.ts'
import type { Nanos } from '../units/nanos.ts'
import type { ThinkTimePlan } from './load-plan.ts'

/** The pauses of closed-loop users, one after the other. */
export interface ThinkTime {
  next(): Nanos
}

/** A think time that is described by data; the engine calls a `function` of the bench file itself. */
export type DrawnThinkTimePlan = Exclude<ThinkTimePlan, { readonly kind: 'function' }>

/** Think times drawn from `random`; equal plans and seeds give equal pauses. */
export function createThinkTime(plan: DrawnThinkTimePlan, random: Random): ThinkTime {
  switch (plan.kind) {
    case 'none':
      return { next: () => 0 }
    case 'constant': {
      const pause = plan.mean
      return { next: () => pause }
    }
    case 'exponential': {
      const mean = plan.mean
      return { next: () => mean * drawExponential(random) }
    }
    case 'uniform': {
      const { low, high } = plan
      return { next: () => drawUniform(random, low, high) }
    }
  }
}
