import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { readFields } from '../fields.ts'
import type { LognormalThinkTime } from '../think-time.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'
import { readVariation } from './variation.ts'

export interface LognormalOptions {
  /** Mean arrivals per second. */
  readonly rate: number
  /** Coefficient of variation of the gaps: 0 is even, 1 as random as Poisson arrivals, above is burstier. */
  readonly cv: number
}
export interface LognormalLoad extends LognormalOptions {
  readonly load: 'lognormal'
}

/** Open loop: arrivals with independent gaps of a lognormal distribution. */
export function lognormal(options: LognormalOptions): LognormalLoad
/** Pauses of users of a lognormal distribution with this mean. */
export function lognormal(options: { readonly mean: Duration; readonly cv: number }): LognormalThinkTime
export function lognormal(
  options: LognormalOptions | { readonly mean: Duration; readonly cv: number },
): LognormalLoad | LognormalThinkTime {
  return 'mean' in options ? { ...options, thinkTime: 'lognormal' } : { ...options, load: 'lognormal' }
}

export const lognormalLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'lognormal',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate', 'cv'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    const cv = readVariation(problems, `${path}.cv`, fields['cv'])
    if (rate === undefined || cv === undefined) return undefined
    return { loop: 'open', process: { kind: 'lognormal', cv }, rate: steadyRate(rate) }
  },
}
