import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { readDuration, readFields } from '../fields.ts'
import { readArrivals, type ArrivalKind } from './arrivals.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate } from './rate.ts'

export interface SpikeOptions {
  /** Arrivals per second before and after: the plateau. */
  readonly rate: number
  /** Arrivals per second during the spike. */
  readonly peak: number
  /** When the spike begins, from the start of the measurement. */
  readonly at: Duration
  /** How long it lasts. */
  readonly length: Duration
  /** Default `'poisson'`. */
  readonly arrivals?: ArrivalKind
}
export interface SpikeLoad extends SpikeOptions {
  readonly load: 'spike'
}

/** Open loop: a steady rate with one spike on it. */
export function spike(options: SpikeOptions): SpikeLoad {
  return { ...options, load: 'spike' }
}

export const spikeLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'spike',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate', 'peak', 'at', 'length', 'arrivals'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    const peak = readRate(problems, `${path}.peak`, fields['peak'])
    const at = readDuration(problems, `${path}.at`, fields['at'], 'positive')
    const length = readDuration(problems, `${path}.length`, fields['length'], 'positive')
    const process = readArrivals(problems, `${path}.arrivals`, fields['arrivals'])
    if (
      rate === undefined ||
      peak === undefined ||
      at === undefined ||
      length === undefined ||
      process === undefined
    )
      return undefined
    if (peak <= rate)
      problems.warn(`${path}.peak`, `the spike of ${peak}/s is not above the plateau of ${rate}/s.`)
    return {
      loop: 'open',
      process,
      rate: [
        { from: 0, until: at, rate, rateEnd: rate },
        { from: at, until: at + length, rate: peak, rateEnd: peak },
        { from: at + length, until: null, rate, rateEnd: rate },
      ],
    }
  },
}
