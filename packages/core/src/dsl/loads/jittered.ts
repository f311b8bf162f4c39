import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import { readFields, readNumber } from '../fields.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'

export interface JitteredOptions {
  /** Arrivals per second. */
  readonly rate: number
  /** The part of the spacing by which an arrival is late at most, 0 to 1. Default 1. */
  readonly jitter?: number
}
export interface JitteredLoad extends JitteredOptions {
  readonly load: 'jittered'
}

/** Open loop: evenly spaced arrivals, each late by a random part of the spacing. */
export function jittered(options: JitteredOptions): JitteredLoad {
  return { ...options, load: 'jittered' }
}

export const jitteredLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'jittered',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rate', 'jitter'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    const jitter =
      fields['jitter'] === undefined
        ? 1
        : readNumber(problems, `${path}.jitter`, fields['jitter'], { min: 0, max: 1 })
    if (rate === undefined || jitter === undefined) return undefined
    return { loop: 'open', process: { kind: 'jittered', jitter }, rate: steadyRate(rate) }
  },
}
