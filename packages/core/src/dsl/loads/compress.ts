import { compressLoad } from '../../arrival/compress-load.ts'
import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import { peakRate } from '../../arrival/load-rates.ts'
import { readFields, readPositive } from '../fields.ts'
import { planOpenPart, type LoadDefinition } from './definition.ts'
import type { OpenLoad } from './definitions.ts'
import { readRate } from './rate.ts'
import { impliedByTrace } from './trace.ts'

export interface CompressOptions {
  readonly load: OpenLoad
  /** How many times as fast: 60 makes a minute of each hour; below 1 the load is slower. */
  readonly by: number
}
export interface CompressedLoad {
  readonly load: 'compress'
  readonly of: OpenLoad
  readonly by: number
}

/** Open loop: another load in quick motion: all times are shorter, all rates higher. */
export function compress({ load, by }: CompressOptions): CompressedLoad {
  return { load: 'compress', of: load, by }
}

export const compressedLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'compress',
  plan(fields, path, problems, planLoad) {
    readFields(problems, path, fields, ['load', 'of', 'by'])
    const of = planOpenPart(fields['of'], `${path}.of`, problems, planLoad)
    const by = readPositive(problems, `${path}.by`, fields['by'], 'a factor')
    if (of === undefined || by === undefined) return undefined
    const plan = compressLoad(of, by)
    const peak = peakRate(plan)
    if (peak !== null && readRate(problems, `${path}.by`, peak) === undefined) return undefined
    return plan
  },
  implies: impliedByTrace,
}
