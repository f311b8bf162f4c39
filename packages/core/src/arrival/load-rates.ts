import { SECOND } from '../units/nanos.ts'
import type { ControlPlan, LoadPlan, ModulationPlan, OpenLoadPlan, SliceShift } from './load-plan.ts'
import { Modulation } from './modulation.ts'

/*
 * What can be said of a plan without running it, in arrivals per second. `null` stands for a trace: only its file knows.
 */

/** The rate at the start. */
export function initialRate(plan: OpenLoadPlan): number | null {
  const { process } = plan
  switch (process.kind) {
    case 'burst':
      return 0
    case 'mmpp':
    case 'selfSimilar':
      return meanRate(plan)
    case 'superpose':
      return summed(process.parts.map(initialRate))
    case 'slice': {
      const rate = initialRate(process.of)
      return rate === null ? null : rate * (process.high - process.low)
    }
    case 'trace':
      return null
    default:
      return (
        (plan.rate[0]?.rate ?? 0) * (plan.modulation === undefined ? 1 : extremes(plan.modulation).initial)
      )
  }
}

/** The highest rate; a burst counts all of its arrivals, and random rates their highest state (of `selfSimilar`: twice the mean). */
export function peakRate(plan: OpenLoadPlan): number | null {
  const { process } = plan
  switch (process.kind) {
    case 'burst':
      return process.count
    case 'mmpp':
      return Math.max(...process.rates)
    case 'selfSimilar':
      return 2 * process.rate
    case 'superpose':
      return summed(process.parts.map(peakRate))
    case 'slice': {
      const rate = peakRate(process.of)
      const shares = (process.shifts ?? []).flatMap((shift) => [shift.high - shift.low, endShare(shift)])
      return rate === null ? null : rate * Math.max(process.high - process.low, ...shares)
    }
    case 'trace':
      return null
    default: {
      const highest = Math.max(
        plan.control?.most ?? 0,
        ...plan.rate.flatMap(({ rate, rateEnd }) => [rate, rateEnd]),
      )
      return highest * (plan.modulation === undefined ? 1 : extremes(plan.modulation).highest)
    }
  }
}

/** The mean rate in the long run; that of the last segment where the rate changes, and of a single burst 0. */
export function meanRate(plan: OpenLoadPlan): number | null {
  const { process } = plan
  switch (process.kind) {
    case 'burst':
      return process.every === null ? 0 : (process.count * SECOND) / process.every
    case 'mmpp': {
      const [first, second] = process.dwell
      return (process.rates[0] * first + process.rates[1] * second) / (first + second)
    }
    case 'selfSimilar':
      return process.rate
    case 'superpose':
      return summed(process.parts.map(meanRate))
    case 'slice': {
      const rate = meanRate(process.of)
      const last = process.shifts?.at(-1)
      const share = last === undefined ? process.high - process.low : endShare(last)
      return rate === null ? null : rate * share
    }
    case 'trace':
      return null
    default:
      return (
        (plan.rate.at(-1)?.rateEnd ?? 0) *
        (plan.modulation === undefined ? 1 : extremes(plan.modulation).mean)
      )
  }
}

/** Whether the load has a fixed number of units in all, and so an end of its own. */
export function isCounted(load: LoadPlan): boolean {
  return load.loop === 'closed' && load.requests !== null
}

/** How the load follows a gauge; `null` when it does not. */
export function controlOf(load: LoadPlan): ControlPlan | null {
  return load.loop === 'stages' ? null : (load.control ?? null)
}

/** Whether the load looks alike at all times: only then can a trial be found unsteady. */
export function isSteady(load: LoadPlan): boolean {
  if (load.loop === 'stages') {
    const [only, ...others] = load.stages
    return only !== undefined && others.length === 0 && isSteady(only.load)
  }
  if (load.loop === 'closed') return load.population === undefined
  const { process, rate, modulation } = load
  if (modulation !== undefined) return false
  switch (process.kind) {
    case 'burst':
    case 'trace':
    case 'mmpp':
    case 'selfSimilar':
      return false
    case 'superpose':
      return process.parts.every(isSteady)
    case 'slice':
      return process.shifts === undefined && isSteady(process.of)
    default:
      return rate.length === 1 && rate[0]?.rate === rate[0]?.rateEnd
  }
}

/**
 * Whether a load can run unmeasured before its beginning. One of given instants, or that begins at a rate of 0, cannot:
 * its warm-up is a single user. Streams that share a load warm up with it, also one whose share is 0 at first: it gets
 * nothing.
 */
export function canWarmUp(plan: OpenLoadPlan): boolean {
  const { process } = plan
  return (initialRate(process.kind === 'slice' && process.shared === true ? process.of : plan) ?? 0) > 0
}

function endShare({ low, high, lowEnd = low, highEnd = high }: SliceShift): number {
  return highEnd - lowEnd
}

function extremes(plan: ModulationPlan): { initial: number; highest: number; mean: number } {
  const initial = Modulation.initial(plan)
  if (plan.kind === 'sine') return { initial, highest: 1 + plan.amplitude, mean: 1 }
  const length = plan.pieces.reduce((sum, piece) => sum + piece.length, 0)
  return {
    initial,
    highest: Math.max(...plan.pieces.flatMap(({ factor, factorEnd }) => [factor, factorEnd])),
    mean:
      plan.pieces.reduce((sum, piece) => sum + (piece.length * (piece.factor + piece.factorEnd)) / 2, 0) /
      length,
  }
}

function summed(rates: readonly (number | null)[]): number | null {
  return rates.reduce<number | null>((sum, rate) => (sum === null || rate === null ? null : sum + rate), 0)
}
