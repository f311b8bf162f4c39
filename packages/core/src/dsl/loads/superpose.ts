import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import { join, readFields } from '../fields.ts'
import { show } from '../problems.ts'
import { planOpenPart, type LoadDefinition } from './definition.ts'
import type { OpenLoad } from './definitions.ts'

export interface SuperposedLoad {
  readonly load: 'superpose'
  readonly parts: readonly OpenLoad[]
}

/** Open loop: the arrivals of several loads together, for example a burst on a plateau. */
export function superpose(parts: readonly OpenLoad[]): SuperposedLoad {
  return { load: 'superpose', parts }
}

/** Each arrival looks at all parts. */
const MOST_PARTS = 64

export const superposedLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'superpose',
  plan(fields, path, problems, planLoad) {
    readFields(problems, path, fields, ['load', 'parts'])
    const list = fields['parts']
    if (!Array.isArray(list) || list.length === 0 || list.length > MOST_PARTS) {
      problems.error(`${path}.parts`, `expected a list of 1 to ${MOST_PARTS} loads, not ${show(list)}.`)
      return undefined
    }
    const parts = list.map((part, index) =>
      planOpenPart(part, join(`${path}.parts`, index), problems, planLoad),
    )
    return parts.includes(undefined)
      ? undefined
      : { loop: 'open', process: { kind: 'superpose', parts: parts as OpenLoadPlan[] }, rate: [] }
  },
}
