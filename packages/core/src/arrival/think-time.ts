import { drawUniform } from '../stats/draws/uniform.ts'
import type { Random } from '../stats/prng.ts'
import type { Nanos } from '../units/nanos.ts'
import { gapDraw } from './gap.ts'
import type { ThinkTimePlan } from './load-plan.ts'

/** The pauses of closed-loop users, one after the other. */
export interface ThinkTime {
  next(): Nanos
}

/** A think time that is drawn; the engine itself measures a `response` and calls a `function` of the bench file. */
export type DrawnThinkTimePlan = Exclude<ThinkTimePlan, { readonly kind: 'function' | 'response' }>

/** Think times drawn from `random`; equal plans and seeds give equal pauses. */
export function createThinkTime(plan: DrawnThinkTimePlan, random: Random): ThinkTime {
  switch (plan.kind) {
    case 'none':
      return { next: () => 0 }
    case 'constant': {
      const pause = plan.mean
      return { next: () => pause }
    }
    case 'exponential':
    case 'gamma':
    case 'lognormal':
    case 'hyperexponential':
    case 'weibull': {
      const { mean } = plan
      const draw = gapDraw(plan)
      return { next: () => mean * draw(random) }
    }
    case 'uniform': {
      const { low, high } = plan
      return { next: () => drawUniform(random, low, high) }
    }
  }
}
