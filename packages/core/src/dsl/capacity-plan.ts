import { join, readFields, readNumber, readPositive } from './fields.ts'
import type { Problems } from './problems.ts'

export interface CapacityPlanOptions {
  /** Requests per second that all machines together have to take: the peak, not the mean. */
  readonly demand: number
  /** Share of a machine's capacity that stays free: 0.3 loads each to 70 % of what it takes inside the SLO. Default 0.3. */
  readonly headroom?: number
  /** Machines on top, for those that fail or are being replaced. Default 0. */
  readonly spares?: number
}

/** What machines are planned for, with everything decided. */
export type CapacityDemand = Readonly<Required<CapacityPlanOptions>>

/** `plan: capacityPlan(…)` of a search. */
export interface CapacityPlanSpec extends CapacityPlanOptions {
  readonly plan: 'capacity'
}

export const DEFAULT_HEADROOM = 0.3
export const MOST_HEADROOM = 0.95
const MOST_SPARES = 100_000
const OPTIONS = ['plan', 'demand', 'headroom', 'spares']

/** How many machines a demand takes, from what one of them takes inside the SLO: a table after the search. */
export function capacityPlan(options: CapacityPlanOptions): CapacityPlanSpec {
  return { ...options, plan: 'capacity' }
}

/** Turns what a bench file wrote under `path` into plain data, or tells all that is wrong with it. */
export function readCapacityDemand(
  problems: Problems,
  path: string,
  value: unknown,
): CapacityDemand | undefined {
  const fields = readFields(problems, path, value, OPTIONS)
  if (fields === undefined) return undefined
  const at = (name: string): string => join(path, name)
  const demand = readPositive(problems, at('demand'), fields['demand'], 'requests per second')
  const headroom =
    fields['headroom'] === undefined
      ? DEFAULT_HEADROOM
      : readNumber(problems, at('headroom'), fields['headroom'], { min: 0, max: MOST_HEADROOM })
  const spares =
    fields['spares'] === undefined
      ? 0
      : readNumber(problems, at('spares'), fields['spares'], { min: 0, max: MOST_SPARES })
  if (spares !== undefined && !Number.isInteger(spares)) {
    problems.error(at('spares'), `expected a whole number of machines, not ${spares}.`)
    return undefined
  }
  if (demand === undefined || headroom === undefined || spares === undefined) return undefined
  return { demand, headroom, spares }
}
