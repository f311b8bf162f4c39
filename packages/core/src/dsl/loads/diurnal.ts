import type { ModulationPlan, OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import type { Nanos } from '../../units/nanos.ts'
import { join, readDuration, readFields, readNumber } from '../fields.ts'
import { show, type Problems } from '../problems.ts'
import { readArrivals, type ArrivalKind } from './arrivals.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'
import { readAmplitude } from './sine.ts'

export interface DiurnalOptions {
  /** Mean arrivals per second over the day. */
  readonly rate: number
  /** How far the rate rises above its mean and falls below it, as a part of the mean, 0 to 1. Default 0.5. */
  readonly amplitude?: number
  /** The hour with most arrivals, 0 to 24. Default 14. */
  readonly peak?: number
  /** Instead of a wave: relative rates at equal distances over the day, the first at midnight, joined by straight lines. */
  readonly profile?: readonly number[]
  /** How long a day lasts. Default `'24h'`; a shorter one is the day in quick motion. */
  readonly day?: Duration
  /** The hour at which the load begins, 0 to 24. Default 0. */
  readonly start?: number
  /** Default `'poisson'`. */
  readonly arrivals?: ArrivalKind
}
export interface DiurnalLoad extends DiurnalOptions {
  readonly load: 'diurnal'
}

/** Open loop: a rate that follows the hours of a day, again every day. */
export function diurnal(options: DiurnalOptions): DiurnalLoad {
  return { ...options, load: 'diurnal' }
}

const OPTIONS = ['load', 'rate', 'amplitude', 'peak', 'profile', 'day', 'start', 'arrivals']

export const diurnalLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'diurnal',
  plan(fields, path, problems) {
    readFields(problems, path, fields, OPTIONS)
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    const hour = (name: 'peak' | 'start', otherwise: number): number | undefined =>
      fields[name] === undefined
        ? otherwise
        : readNumber(problems, `${path}.${name}`, fields[name], { min: 0, max: 24 })
    const start = hour('start', 0)
    const peak = hour('peak', 14)
    const day = readDuration(problems, `${path}.day`, fields['day'] ?? '24h', 'positive')
    const amplitude = readAmplitude(problems, `${path}.amplitude`, fields['amplitude'] ?? 0.5)
    const profile =
      fields['profile'] === undefined ? null : readProfile(problems, `${path}.profile`, fields['profile'])
    if (profile !== null && (fields['amplitude'] !== undefined || fields['peak'] !== undefined))
      problems.error(`${path}.profile`, 'a profile has its own amplitude and peak: leave those out.')
    const process = readArrivals(problems, `${path}.arrivals`, fields['arrivals'])
    if (
      rate === undefined ||
      start === undefined ||
      peak === undefined ||
      day === undefined ||
      amplitude === undefined ||
      profile === undefined ||
      process === undefined
    )
      return undefined
    return {
      loop: 'open',
      process,
      rate: steadyRate(rate),
      modulation:
        profile === null
          ? { kind: 'sine', period: day, amplitude, phase: 0.25 - (peak - start) / 24 }
          : profilePieces(profile, day, start / 24),
    }
  },
}

function readProfile(problems: Problems, path: string, value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length < 2) {
    problems.error(path, `expected a list of at least two relative rates, not ${show(value)}.`)
    return undefined
  }
  const rates = value.map((rate, index) =>
    readNumber(problems, join(path, index), rate, { min: 0, max: Number.MAX_VALUE }),
  )
  if (rates.includes(undefined)) return undefined
  if (rates.every((rate) => rate === 0)) {
    problems.error(path, 'one of the relative rates has to be above 0.')
    return undefined
  }
  return rates as number[]
}

/** Straight lines through the points of the profile, relative to their mean, from `start` (a part of the day) on. */
function profilePieces(profile: readonly number[], day: Nanos, start: number): ModulationPlan {
  const count = profile.length
  const mean = profile.reduce((sum, rate) => sum + rate, 0) / count
  const factorAt = (position: number): number => {
    const index = Math.floor(position)
    const here = profile[index % count] as number
    return (here + ((profile[(index + 1) % count] as number) - here) * (position - index)) / mean
  }
  const first = (start % 1) * count
  const cuts = [
    first,
    ...Array.from({ length: count }, (_, index) => Math.floor(first) + index + 1),
    first + count,
  ]
  const pieces = cuts.slice(1).flatMap((end, index) => {
    const from = cuts[index] as number
    const length = ((end - from) / count) * day
    return length > 0 ? [{ length, factor: factorAt(from), factorEnd: factorAt(end) }] : []
  })
  return { kind: 'pieces', pieces }
}
