import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { readFields } from '../fields.ts'
import type { HyperexponentialThinkTime } from '../think-time.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'
import { readVariation } from './variation.ts'

export interface HyperexponentialOptions {
  /** Mean arrivals per second. */
  readonly rate: number
  /** Coefficient of variation of the gaps, above 1. */
  readonly cv: number
}
export interface HyperexponentialLoad extends HyperexponentialOptions {
  readonly load: 'hyperexponential'
}

/** Open loop: arrivals with independent gaps of a hyperexponential distribution: two exponentials with balanced means. */
export function hyperexponential(options: HyperexponentialOptions): HyperexponentialLoad
/** Pauses of users of a hyperexponential distribution with this mean. */
export function hyperexponential(options: {
  readonly mean: Duration
  readonly cv: number
}): HyperexponentialThinkTime
export function hyperexponential(
  options: HyperexponentialOptions | { readonly mean: Duration; readonly cv: number },
): HyperexponentialLoad | HyperexponentialThinkTime {
  return 'mean' in options
    ? { ...options, thinkTime: 'hyperexponential' }
    : { ...options, load: 'hyperexponential' }
}

export const hyperexponentialLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'hyperexponential',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate', 'cv'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    const cv = readVariation(problems, `${path}.cv`, fields['cv'], 1)
    if (rate === undefined || cv === undefined) return undefined
    return { loop: 'open', process: { kind: 'hyperexponential', cv }, rate: steadyRate(rate) }
  },
}
