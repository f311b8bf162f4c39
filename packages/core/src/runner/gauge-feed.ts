import type { GaugeReading } from '../aide/protocol.ts'
import type { OpenedSampler } from '../aide/trial-samplers.ts'
import type { ControlPlan } from '../arrival/load-plan.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { formatDuration } from '../units/duration.ts'
import type { Nanos } from '../units/nanos.ts'
import { suggest } from '../units/suggest.ts'

/** A gauge that a load can follow. */
export interface FollowedGauge {
  readonly name: string
  readonly unit: string
  /** The largest value that it can have; Infinity where there is none. */
  readonly ceiling: number
  /** Between readings. */
  readonly period: Nanos
}

/** A mean over less than three readings says little. */
const READINGS_PER_PERIOD = 3

/**
 * Finds the gauge that a load is to follow among those that there are.
 * @throws {ServebenchError} `SERVEBENCH_GAUGE` when there is none, its sampler was switched off, or it cannot have the
 * target's value
 */
export function findGauge(plan: ControlPlan, samplers: readonly OpenedSampler[]): FollowedGauge {
  const { of, target, period } = plan
  const sampler = samplers.find(({ gauges }) => gauges.some(({ name }) => name === of))
  const gauge = sampler?.gauges.find(({ name }) => name === of)
  if (sampler?.period == null || gauge === undefined) throw missing(of, samplers)
  const { unit, bounds } = gauge
  const ceiling = unit === '1' ? Math.min(1, bounds[1]) : bounds[1]
  if (target >= ceiling) {
    throw new ServebenchError(
      'SERVEBENCH_GAUGE',
      `'${of}' is never above ${ceiling}: it cannot be held at ${target}.`,
      {
        advice:
          unit === '1' ? 'The gauge is a share: use a target above 0 and below 1.' : 'Use a lower target.',
      },
    )
  }
  const least = READINGS_PER_PERIOD * sampler.period
  if (period !== null && period < least) {
    throw new ServebenchError(
      'SERVEBENCH_GAUGE',
      `'${of}' is read every ${formatDuration(sampler.period)}: too seldom for decisions every ${formatDuration(period)}.`,
      { advice: `Use a period of at least ${formatDuration(least)}, or let the sampler read more often.` },
    )
  }
  return { name: of, unit, ceiling, period: sampler.period }
}

function missing(of: string, samplers: readonly OpenedSampler[]): ServebenchError {
  const names = samplers.flatMap(({ gauges }) => gauges.map(({ name }) => name))
  const off = samplers.filter(({ problem }) => problem !== null)
  const meant = suggest(of, names)
  const advice = [
    meant === undefined ? null : `Did you mean '${meant}'?`,
    names.length === 0
      ? 'No sampler gives anything: add one to `samplers`.'
      : `There are: ${names.join(', ')}.`,
    ...off.map(({ kind, problem }) => `The sampler '${kind}' was switched off: ${problem}.`),
  ]
  return new ServebenchError('SERVEBENCH_GAUGE', `No sampler gives '${of}', which the load is to follow.`, {
    advice: advice.filter((part) => part !== null).join(' '),
  })
}

/** More are joined, so that a day at 100 readings per second stays small: two and two, four and four, … */
const MOST_READINGS = 100_000

/** The readings of the gauge that a load follows, as they come in. */
export class GaugeFeed {
  /** Why there will be no more; `null` while there may. */
  problem: string | null = null
  readonly #most: number
  #readings: GaugeReading[] = []
  #joined: GaugeReading | null = null
  #inJoined = 0
  #group = 1

  constructor(most: number = MOST_READINGS) {
    this.#most = most
  }

  get readings(): readonly GaugeReading[] {
    return this.#joined === null ? this.#readings : [...this.#readings, this.#joined]
  }

  add(reading: GaugeReading): void {
    const before = this.#joined
    // Over a gap nothing is joined: it would count as read.
    if (before !== null && before.until < reading.from) this.#keep(before)
    this.#joined = this.#joined === null ? reading : join(this.#joined, reading)
    this.#inJoined += 1
    if (this.#inJoined >= this.#group) this.#keep(this.#joined)
  }

  lose(problem: string): void {
    this.problem ??= problem
  }

  /** Time-weighted over [from, until), and the part of it that readings stand for; `mean` is `null` without any. */
  over(from: Nanos, until: Nanos): { readonly mean: number | null; readonly coverage: number } {
    let area = 0
    let covered = 0
    const take = (reading: GaugeReading): void => {
      const weight = Math.min(reading.until, until) - Math.max(reading.from, from)
      if (weight <= 0) return
      covered += weight
      area += weight * reading.value
    }
    if (this.#joined !== null) take(this.#joined)
    for (let index = this.#readings.length - 1; index >= 0; index--) {
      const reading = this.#readings[index] as GaugeReading
      if (reading.until <= from) break
      take(reading)
    }
    return { mean: covered > 0 ? area / covered : null, coverage: Math.min(1, covered / (until - from)) }
  }

  #keep(reading: GaugeReading): void {
    this.#readings.push(reading)
    this.#joined = null
    this.#inJoined = 0
    if (this.#readings.length < this.#most) return
    const all = this.#readings
    this.#readings = []
    for (let index = 0; index < all.length; index++) {
      const one = all[index] as GaugeReading
      const other = all[index + 1]
      if (other === undefined || one.until < other.from) this.#readings.push(one)
      else {
        this.#readings.push(join(one, other))
        index += 1
      }
    }
    this.#group *= 2
  }
}

function join(one: GaugeReading, other: GaugeReading): GaugeReading {
  const first = one.until - one.from
  const second = other.until - other.from
  const value =
    first + second > 0 ? (first * one.value + second * other.value) / (first + second) : other.value
  return { from: one.from, until: other.until, value }
}
