import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import { readFields } from '../fields.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'

export interface PoissonOptions {
  /** Mean arrivals per second. */
  readonly rate: number
}
export interface PoissonLoad extends PoissonOptions {
  readonly load: 'poisson'
}

/** Open loop: arrivals of many independent users, with exponential gaps. */
export function poisson(options: PoissonOptions): PoissonLoad {
  return { ...options, load: 'poisson' }
}

export const poissonLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'poisson',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    return rate === undefined
      ? undefined
      : { loop: 'open', process: { kind: 'poisson' }, rate: steadyRate(rate) }
  },
}
