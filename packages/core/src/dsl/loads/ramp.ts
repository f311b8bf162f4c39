import type { OpenLoadPlan, PopulationSegment } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { isFields, readCount, readDuration, readFields } from '../fields.ts'
import { show, type Problems } from '../problems.ts'
import { readArrivals, type ArrivalKind } from './arrivals.ts'
import type { LoadDefinition } from './definition.ts'
import { readStateRate } from './mmpp.ts'

export interface RateRampOptions {
  /** Arrivals per second at the start and at the end. */
  readonly rate: { readonly from: number; readonly to: number }
  /** How long the change takes; the last rate goes on if the measurement does. */
  readonly over: Duration
  /** Default `'poisson'`. */
  readonly arrivals?: ArrivalKind
}
export interface RampLoad extends RateRampOptions {
  readonly load: 'ramp'
}

export interface PopulationRampOptions {
  /** Users at the start of the measurement (and before it), and at the end of the change. */
  readonly from: number
  readonly to: number
  /** How long the change takes; or `every`. */
  readonly over?: Duration
  /** From one user to the next; or `over`. */
  readonly every?: Duration
}
export interface PopulationRamp extends PopulationRampOptions {
  readonly population: 'ramp'
}

/** Open loop: a rate that changes linearly. */
export function ramp(options: RateRampOptions): RampLoad
/** A population of a closed loop that grows or shrinks: `closed({ concurrency: ramp({ from: 1, to: 150, every: '1s' }) })`. */
export function ramp(options: PopulationRampOptions): PopulationRamp
export function ramp(options: RateRampOptions | PopulationRampOptions): RampLoad | PopulationRamp {
  return 'rate' in options ? { ...options, load: 'ramp' } : { ...options, population: 'ramp' }
}

export const rampLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'ramp',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate', 'over', 'arrivals'])
    const ends = readFields(problems, `${path}.rate`, fields['rate'], ['from', 'to'])
    const from = ends && readStateRate(problems, `${path}.rate.from`, ends['from'])
    const to = ends && readStateRate(problems, `${path}.rate.to`, ends['to'])
    if (from === 0 && to === 0) problems.error(`${path}.rate`, 'one of the two rates has to be above 0.')
    const over = readDuration(problems, `${path}.over`, fields['over'], 'positive')
    const process = readArrivals(problems, `${path}.arrivals`, fields['arrivals'])
    if (from === undefined || to === undefined || over === undefined || process === undefined)
      return undefined
    return {
      loop: 'open',
      process,
      rate: [
        { from: 0, until: over, rate: from, rateEnd: to },
        { from: over, until: null, rate: to, rateEnd: to },
      ],
    }
  },
  implies(plan) {
    return typeof plan.rate[0]?.until === 'number' ? { duration: plan.rate[0].until } : {}
  },
}

export interface PlannedPopulation {
  readonly most: number
  /** Absent where the number does not change. */
  readonly segments?: readonly PopulationSegment[]
}

/** Reads the users of a closed loop: a number, or how it changes. */
export function readPopulation(
  problems: Problems,
  path: string,
  value: unknown,
  max: number,
): PlannedPopulation | undefined {
  if (!isFields(value) || value['population'] !== 'ramp') {
    if (isFields(value)) {
      problems.error(path, `expected a number of users or ramp({ from, to, every }), not ${show(value)}.`)
      return undefined
    }
    const users = readCount(problems, path, value, { max })
    return users === undefined ? undefined : { most: users }
  }
  readFields(problems, path, value, ['population', 'from', 'to', 'over', 'every'])
  const from = readCount(problems, `${path}.from`, value['from'], { min: 0, max })
  const to = readCount(problems, `${path}.to`, value['to'], { min: 0, max })
  if (from === 0 && to === 0) problems.error(path, 'one of the two numbers of users has to be above 0.')
  const isOver = value['over'] !== undefined
  if (isOver === (value['every'] !== undefined)) {
    problems.error(path, 'give one of `over` (the whole change) and `every` (from one user to the next).')
    return undefined
  }
  const name = isOver ? 'over' : 'every'
  const time = readDuration(problems, `${path}.${name}`, value[name], 'positive')
  if (from === undefined || to === undefined || time === undefined) return undefined
  if (from === to) return { most: to }
  const until = isOver ? time : time * Math.abs(to - from)
  return { most: Math.max(from, to), segments: [{ from: 0, until, users: from, usersEnd: to }] }
}
