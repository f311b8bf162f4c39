import { createSchedule, type Schedule, type ScheduleOptions } from '../../src/arrival/schedule.ts'
import type { ModulationPlan, OpenLoadPlan, ProcessPlan, RateSegment } from '../../src/arrival/load-plan.ts'
import { Random } from '../../src/stats/prng.ts'
import { Sha256 } from '../../src/stats/sha256.ts'
import { SECOND } from '../../src/units/nanos.ts'

/** A load at a steady rate (none for processes that have their own). */
export function openLoad(process: ProcessPlan, rate?: number, modulation?: ModulationPlan): OpenLoadPlan {
  return {
    loop: 'open',
    process,
    rate: rate === undefined ? [] : [{ from: 0, until: null, rate, rateEnd: rate }],
    ...(modulation === undefined ? {} : { modulation }),
  }
}

export function withRates(process: ProcessPlan, rate: readonly RateSegment[]): OpenLoadPlan {
  return { loop: 'open', process, rate }
}

/** In seconds. */
export function rateSegment(
  from: number,
  until: number | null,
  rate: number,
  rateEnd: number = rate,
): RateSegment {
  return { from: from * SECOND, until: until === null ? null : until * SECOND, rate, rateEnd }
}

export function scheduleOf(load: OpenLoadPlan, seed = 1, options?: ScheduleOptions): Schedule {
  return createSchedule(load, new Random([seed, 2, 3, 4]), options)
}

/** The next arrivals of a schedule, as long as there are any. */
export function take(schedule: Schedule, count: number): Float64Array {
  const instants: number[] = []
  while (instants.length < count && schedule.peek() < Infinity) {
    instants.push(schedule.peek())
    schedule.advance()
  }
  return Float64Array.from(instants)
}

export function hashOf(instants: Float64Array): string {
  const bytes = new Uint8Array(instants.buffer, instants.byteOffset, instants.byteLength)
  return Array.from(new Sha256().update(bytes).words(), (word) => word.toString(16).padStart(8, '0')).join('')
}

export function gapsOf(instants: Float64Array): Float64Array {
  return instants.map((instant, index) => instant - (index === 0 ? 0 : (instants[index - 1] as number)))
}

/** √n times the Kolmogorov–Smirnov distance; above 1.95 once in a thousand samples of the distribution. */
export function distance(values: Float64Array, cdf: (x: number) => number): number {
  const sorted = values.slice().sort()
  let largest = 0
  for (let index = 0; index < sorted.length; index++) {
    const expected = cdf(sorted[index] as number)
    largest = Math.max(
      largest,
      Math.abs(expected - index / sorted.length),
      Math.abs(expected - (index + 1) / sorted.length),
    )
  }
  return largest * Math.sqrt(sorted.length)
}

export function momentsOf(values: ArrayLike<number>): { readonly mean: number; readonly variance: number } {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index] as number
  const mean = sum / values.length
  let squares = 0
  for (let index = 0; index < values.length; index++) squares += ((values[index] as number) - mean) ** 2
  return { mean, variance: squares / (values.length - 1) }
}

/** Arrivals in each of consecutive windows. */
export function countsPer(instants: Float64Array, window: number, windows: number): Float64Array {
  const counts = new Float64Array(windows)
  for (const instant of instants) {
    const index = Math.floor(instant / window)
    if (index < windows) counts[index]! += 1
  }
  return counts
}
