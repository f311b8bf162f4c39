import type { Duration } from '../units/duration.ts'
import type { Nanos } from '../units/nanos.ts'
import { readCapacityDemand, type CapacityDemand, type CapacityPlanSpec } from './capacity-plan.ts'
import {
  isFields,
  join,
  readChoice,
  readCount,
  readDuration,
  readFields,
  readNumber,
  readPositive,
} from './fields.ts'
import { show, type Problems } from './problems.ts'

export interface FindMaxOptions {
  /** What is searched: arrivals per second of an open load, or users of a closed loop; over all streams together. */
  readonly vary: 'rate' | 'concurrency'
  /** The lowest load, where the search begins; the SLO has to hold there. */
  readonly from: number
  /** The highest load that is tried. Default 1 000 000/s, or `maxInFlight` users. */
  readonly to?: number
  /** How close the highest load that passes and the lowest that does not have to be, relative. Default 0.02. */
  readonly precision?: number
  /** Factor from one load to the next while all pass. Default 2. */
  readonly growth?: number
  /** How sure a probe has to be that a limit holds, or that it does not. Default 0.95. */
  readonly confidence?: number
  /** A load that is not decided is measured again, in all at most this many times `duration`. Default 8. */
  readonly patience?: number
  /** How long the answer is confirmed, and the load just above it refuted. Default three times `duration`; `false`: not at all. */
  readonly confirm?: Duration | false
  /** The run fails when the answer is lower: a gate for CI. */
  readonly atLeast?: number
  /** How many machines a demand takes, by the answer: `capacityPlan({ demand: 10_000 })`. */
  readonly plan?: CapacityPlanSpec
}

/** `search: findMax(…)`: many trials instead of one. */
export interface FindMaxSearch extends FindMaxOptions {
  readonly search: 'findMax'
}

/** Any search that a scenario can ask for. */
export type SearchSpec = FindMaxSearch

/**
 * Looks for the highest load at which the scenario's `slo` holds: steps up geometrically until it does not, bisects, and
 * confirms the answer with a longer measurement. `duration`, `warmup` and `cooldown` are those of each probe.
 */
export function findMax(options: FindMaxOptions): FindMaxSearch {
  return { ...options, search: 'findMax' }
}

/** A search as plain data. */
export interface FindMaxPlan {
  readonly kind: 'findMax'
  readonly vary: 'rate' | 'concurrency'
  readonly from: number
  /** `null`: as far as the settings allow. */
  readonly to: number | null
  readonly precision: number
  readonly growth: number
  readonly confidence: number
  readonly patience: number
  /** `null`: three times the duration; `false`: no confirmation. */
  readonly confirm: Nanos | null | false
  readonly atLeast: number | null
  readonly plan?: CapacityDemand
}

const OPTIONS = [
  'search',
  'vary',
  'from',
  'to',
  'precision',
  'growth',
  'confidence',
  'patience',
  'confirm',
  'atLeast',
  'plan',
]

/** Turns what a bench file wrote under `path` into a plan, or tells all that is wrong with it. */
export function planSearch(problems: Problems, path: string, value: unknown): FindMaxPlan | undefined {
  if (!isFields(value) || value['search'] !== 'findMax') {
    problems.error(path, `expected findMax({ vary: 'rate', from: 10 }), not ${show(value)}.`)
    return undefined
  }
  const before = problems.errors.length
  const fields = readFields(problems, path, value, OPTIONS) ?? {}
  const at = (name: string): string => join(path, name)
  const range = (name: string, otherwise: number, min: number, max: number): number | undefined =>
    fields[name] === undefined ? otherwise : readNumber(problems, at(name), fields[name], { min, max })
  const vary = readChoice(problems, at('vary'), fields['vary'], ['rate', 'concurrency'])
  const load = (name: string): number | undefined =>
    vary === 'concurrency'
      ? readCount(problems, at(name), fields[name], { max: 1_000_000 })
      : readPositive(problems, at(name), fields[name], 'a rate per second')
  const optional = (name: string): number | null | undefined =>
    fields[name] === undefined ? null : load(name)
  const from = load('from')
  const to = optional('to')
  const atLeast = optional('atLeast')
  const precision = range('precision', 0.02, 0.001, 0.5)
  const growth = range('growth', 2, 1.05, 100)
  const confidence = range('confidence', 0.95, 0.5, 0.9999)
  const patience = range('patience', 8, 1, 1000)
  const confirm =
    fields['confirm'] === undefined
      ? null
      : fields['confirm'] === false
        ? false
        : readDuration(problems, at('confirm'), fields['confirm'], 'positive')
  const plan = fields['plan'] === undefined ? null : readCapacityDemand(problems, at('plan'), fields['plan'])
  if (from !== undefined && to !== undefined && to !== null && to < from)
    problems.error(at('to'), `${to} is below \`from\`, ${from}.`)
  if (
    problems.errors.length > before ||
    vary === undefined ||
    from === undefined ||
    to === undefined ||
    atLeast === undefined ||
    precision === undefined ||
    growth === undefined ||
    confidence === undefined ||
    patience === undefined ||
    confirm === undefined ||
    plan === undefined
  )
    return undefined
  return {
    kind: 'findMax',
    vary,
    from,
    to,
    precision,
    growth,
    confidence,
    patience,
    confirm,
    atLeast,
    ...(plan === null ? {} : { plan }),
  }
}
