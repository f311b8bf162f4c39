import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { readFields } from '../fields.ts'
import type { GammaThinkTime } from '../think-time.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'
import { readVariation } from './variation.ts'

export interface GammaOptions {
  /** Mean arrivals per second. */
  readonly rate: number
  /** Coefficient of variation of the gaps: 0 is even, 1 as random as Poisson arrivals, above is burstier. */
  readonly cv: number
}
export interface GammaLoad extends GammaOptions {
  readonly load: 'gamma'
}

/** Open loop: arrivals with independent gaps of a gamma distribution; their shape, which other tools call burstiness or smoothness, is 1/cv². */
export function gamma(options: GammaOptions): GammaLoad
/** Pauses of users of a gamma distribution with this mean. */
export function gamma(options: { readonly mean: Duration; readonly cv: number }): GammaThinkTime
export function gamma(
  options: GammaOptions | { readonly mean: Duration; readonly cv: number },
): GammaLoad | GammaThinkTime {
  return 'mean' in options ? { ...options, thinkTime: 'gamma' } : { ...options, load: 'gamma' }
}

export const gammaLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'gamma',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate', 'cv'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    const cv = readVariation(problems, `${path}.cv`, fields['cv'])
    if (rate === undefined || cv === undefined) return undefined
    return { loop: 'open', process: { kind: 'gamma', cv }, rate: steadyRate(rate) }
  },
}
