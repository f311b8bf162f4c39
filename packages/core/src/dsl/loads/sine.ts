import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { readDuration, readFields, readNumber } from '../fields.ts'
import type { Problems } from '../problems.ts'
import { readArrivals, type ArrivalKind } from './arrivals.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'

export interface SineOptions {
  /** Arrivals per second in the middle of the wave. */
  readonly rate: number
  /** Height of the wave as a part of the rate, 0 to 1 (then the rate falls to 0). */
  readonly amplitude: number
  readonly period: Duration
  /** Where in the wave the load begins, as a part of the period: 0 in the middle on the way up, 0.25 at the top. Default 0. */
  readonly phase?: number
  /** Default `'poisson'`. */
  readonly arrivals?: ArrivalKind
}
export interface SineLoad extends SineOptions {
  readonly load: 'sine'
}

/** Open loop: a rate that goes up and down as a sine, 1 + amplitude · sin(2π (t / period + phase)). */
export function sine(options: SineOptions): SineLoad {
  return { ...options, load: 'sine' }
}

export const sineLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'sine',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate', 'amplitude', 'period', 'phase', 'arrivals'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    const amplitude = readAmplitude(problems, `${path}.amplitude`, fields['amplitude'])
    const period = readDuration(problems, `${path}.period`, fields['period'], 'positive')
    const phase =
      fields['phase'] === undefined
        ? 0
        : readNumber(problems, `${path}.phase`, fields['phase'], { min: -1, max: 1 })
    const process = readArrivals(problems, `${path}.arrivals`, fields['arrivals'])
    if (
      rate === undefined ||
      amplitude === undefined ||
      period === undefined ||
      phase === undefined ||
      process === undefined
    )
      return undefined
    return {
      loop: 'open',
      process,
      rate: steadyRate(rate),
      modulation: { kind: 'sine', period, amplitude, phase },
    }
  },
}

export function readAmplitude(problems: Problems, path: string, value: unknown): number | undefined {
  return readNumber(problems, path, value, { min: 0, max: 1 })
}
