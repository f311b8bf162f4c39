import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import { readFields } from '../fields.ts'
import { show } from '../problems.ts'
import { planOpenPart, type LoadDefinition } from './definition.ts'
import type { OpenLoad } from './definitions.ts'
import { impliedByTrace } from './trace.ts'

export interface ThinOptions {
  readonly load: OpenLoad
  /** The part of the arrivals that stays, above 0 and up to 1; each is chosen by itself. */
  readonly keep: number
}
export interface ThinnedLoad {
  readonly load: 'thin'
  readonly of: OpenLoad
  readonly keep: number
}

/** Open loop: a random part of another load's arrivals. */
export function thin({ load, keep }: ThinOptions): ThinnedLoad {
  return { load: 'thin', of: load, keep }
}

export const thinnedLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'thin',
  plan(fields, path, problems, planLoad) {
    readFields(problems, path, fields, ['load', 'of', 'keep'])
    const of = planOpenPart(fields['of'], `${path}.of`, problems, planLoad)
    const keep = fields['keep']
    if (typeof keep !== 'number' || !(keep > 0 && keep <= 1)) {
      problems.error(`${path}.keep`, `expected a part above 0 and up to 1, not ${show(keep)}.`)
      return undefined
    }
    return of && { loop: 'open', process: { kind: 'slice', of, low: 0, high: keep }, rate: [] }
  },
  implies: impliedByTrace,
}
