import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { join, readDuration, readFields } from '../fields.ts'
import { show } from '../problems.ts'
import { readArrivals, type ArrivalKind } from './arrivals.ts'
import type { LoadDefinition } from './definition.ts'
import { readStateRate } from './mmpp.ts'

export interface StepsOptions {
  /** Arrivals per second, one rate after the other. */
  readonly rates: readonly number[]
  /** How long each lasts; the last one goes on if the measurement does. */
  readonly every: Duration
  /** Default `'poisson'`. */
  readonly arrivals?: ArrivalKind
}
export interface StepsLoad extends StepsOptions {
  readonly load: 'steps'
}

/** Open loop: one rate after the other, each for the same time. */
export function steps(options: StepsOptions): StepsLoad {
  return { ...options, load: 'steps' }
}

export const stepsLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'steps',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rates', 'every', 'arrivals'])
    const every = readDuration(problems, `${path}.every`, fields['every'], 'positive')
    const process = readArrivals(problems, `${path}.arrivals`, fields['arrivals'])
    const list = fields['rates']
    if (!Array.isArray(list) || list.length === 0) {
      problems.error(`${path}.rates`, `expected a list of rates, not ${show(list)}.`)
      return undefined
    }
    const rates = list.map((rate, index) => readStateRate(problems, join(`${path}.rates`, index), rate))
    if (rates.every((rate) => rate === 0))
      problems.error(`${path}.rates`, 'one of the rates has to be above 0.')
    if (every === undefined || process === undefined || rates.includes(undefined)) return undefined
    return {
      loop: 'open',
      process,
      rate: (rates as number[]).map((rate, index) => ({
        from: index * every,
        until: index === rates.length - 1 ? null : (index + 1) * every,
        rate,
        rateEnd: rate,
      })),
    }
  },
  implies({ rate }) {
    const last = rate.at(-1)
    const [first] = rate
    if (first === undefined || last === undefined || first.until === null) return {}
    return { duration: last.from + first.until }
  },
}
