import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { readFields } from '../fields.ts'
import type { WeibullThinkTime } from '../think-time.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'
import { readShape } from './variation.ts'

export interface WeibullOptions {
  /** Mean arrivals per second. */
  readonly rate: number
  /** Below 1 the gaps are burstier than those of Poisson arrivals (1), above more even. */
  readonly shape: number
}
export interface WeibullLoad extends WeibullOptions {
  readonly load: 'weibull'
}

/** Open loop: arrivals with independent gaps of a Weibull distribution. */
export function weibull(options: WeibullOptions): WeibullLoad
/** Pauses of users of a Weibull distribution with this mean. */
export function weibull(options: { readonly mean: Duration; readonly shape: number }): WeibullThinkTime
export function weibull(
  options: WeibullOptions | { readonly mean: Duration; readonly shape: number },
): WeibullLoad | WeibullThinkTime {
  return 'mean' in options ? { ...options, thinkTime: 'weibull' } : { ...options, load: 'weibull' }
}

export const weibullLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'weibull',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate', 'shape'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    const shape = readShape(problems, `${path}.shape`, fields['shape'])
    if (rate === undefined || shape === undefined) return undefined
    return { loop: 'open', process: { kind: 'weibull', shape }, rate: steadyRate(rate) }
  },
}
