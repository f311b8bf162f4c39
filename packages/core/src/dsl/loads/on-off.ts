import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { readChoice, readDuration, readFields } from '../fields.ts'
import { readArrivals, type ArrivalKind } from './arrivals.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'

export interface OnOffOptions {
  /** Arrivals per second while it is on. */
  readonly rate: number
  /** How long it is on, and off; on average, where the lengths are random. */
  readonly on: Duration
  readonly off: Duration
  /** `'exponential'`: random lengths, beginning at random. `'constant'`: always these, beginning with on. Default `'exponential'`. */
  readonly lengths?: 'exponential' | 'constant'
  /** Only with constant lengths. Default `'poisson'`. */
  readonly arrivals?: ArrivalKind
}
export interface OnOffLoad extends OnOffOptions {
  readonly load: 'onOff'
}

/** Open loop: arrivals for some time, then none for some time, again and again. */
export function onOff(options: OnOffOptions): OnOffLoad {
  return { ...options, load: 'onOff' }
}

export const onOffLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'onOff',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate', 'on', 'off', 'lengths', 'arrivals'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    const on = readDuration(problems, `${path}.on`, fields['on'], 'positive')
    const off = readDuration(problems, `${path}.off`, fields['off'], 'positive')
    const lengths =
      fields['lengths'] === undefined
        ? 'exponential'
        : readChoice(problems, `${path}.lengths`, fields['lengths'], ['exponential', 'constant'])
    const process = readArrivals(problems, `${path}.arrivals`, fields['arrivals'])
    if (lengths === 'exponential' && process?.kind === 'constant')
      problems.error(
        `${path}.arrivals`,
        "random lengths have Poisson arrivals; use lengths: 'constant' for even ones.",
      )
    if (
      rate === undefined ||
      on === undefined ||
      off === undefined ||
      lengths === undefined ||
      process === undefined
    )
      return undefined
    if (lengths === 'exponential')
      return { loop: 'open', process: { kind: 'mmpp', rates: [rate, 0], dwell: [on, off] }, rate: [] }
    return {
      loop: 'open',
      process,
      rate: steadyRate(rate),
      modulation: {
        kind: 'pieces',
        pieces: [
          { length: on, factor: 1, factorEnd: 1 },
          { length: off, factor: 0, factorEnd: 0 },
        ],
      },
    }
  },
}
