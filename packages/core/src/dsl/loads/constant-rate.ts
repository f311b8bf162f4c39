import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import { readFields } from '../fields.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'

export interface ConstantRateOptions {
  /** Arrivals per second. */
  readonly rate: number
}
export interface ConstantRateLoad extends ConstantRateOptions {
  readonly load: 'constantRate'
}

/** Open loop: evenly spaced arrivals, whatever the server does. */
export function constantRate(options: ConstantRateOptions): ConstantRateLoad {
  return { ...options, load: 'constantRate' }
}

export const constantRateLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'constantRate',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    return rate === undefined
      ? undefined
      : { loop: 'open', process: { kind: 'constant' }, rate: steadyRate(rate) }
  },
}
