import { ServebenchError } from '../errors/servebench-error.ts'
import type { Nanos } from '../units/nanos.ts'
import type { ClosedLoadPlan, PopulationSegment } from './load-plan.ts'

/**
 * How many users a closed loop has at each instant: user k (from 0) is wanted where the population is above k. Instants
 * are from the start of the load's stage, and looked at in their order.
 */
export class Population {
  readonly #segments: PopulationSegment[]

  constructor(segments: readonly PopulationSegment[]) {
    this.#segments = [...segments]
  }

  /** Users at an instant. */
  at(instant: Nanos): number {
    const segment = this.#segments.findLast(({ from }) => from <= instant)
    return segment === undefined ? 0 : Math.floor(valueAt(segment, instant) + ROUNDING)
  }

  /** The first instant from `from` on at which user `user` is wanted; Infinity when it never is. */
  joins(user: number, from: Nanos): Nanos {
    const wanted = user + 1
    for (const [index, segment] of this.#segments.entries()) {
      const end = Math.min(segment.until ?? Infinity, this.#segments[index + 1]?.from ?? Infinity)
      const last = index === this.#segments.length - 1
      // The last segment's final value lasts for ever.
      if (!last && end <= from) continue
      const start = Math.max(from, segment.from)
      if (Math.floor(valueAt(segment, start) + ROUNDING) >= wanted) return start
      const { until, users, usersEnd } = segment
      if (until === null || usersEnd <= users || usersEnd < wanted) continue
      const at = segment.from + ((until - segment.from) * (wanted - users)) / (usersEnd - users)
      if (at < end || (last && at <= until)) return at
    }
    return Infinity
  }

  /**
   * Lets a segment take over from its start; what was planned beyond that is dropped.
   * @throws {ServebenchError} `SERVEBENCH_LOAD` when it is no number of users over a positive length
   */
  append(segment: PopulationSegment): void {
    const { from, until, users, usersEnd } = segment
    const isPossible = from >= 0 && users >= 0 && usersEnd >= 0 && Number.isFinite(users + usersEnd)
    if (!isPossible || (until === null ? users !== usersEnd : until <= from)) {
      throw new ServebenchError('SERVEBENCH_LOAD', 'A population of users has an impossible time or size.', {
        advice: 'Use at least 0 users, and an end after the start where the number changes.',
      })
    }
    while ((this.#segments.at(-1)?.from ?? -1) >= from) this.#segments.pop()
    this.#segments.push(segment)
  }
}

/** So that a ramp of one user per second has its second user at 1 s, and not a rounding error later. */
const ROUNDING = 1e-9

function valueAt({ from, until, users, usersEnd }: PopulationSegment, instant: Nanos): number {
  if (until === null) return users
  const share = Math.min(1, Math.max(0, (instant - from) / (until - from)))
  return users + (usersEnd - users) * share
}

/** The population of a load; a fixed one unless it says otherwise. */
export function populationOf(plan: ClosedLoadPlan): readonly PopulationSegment[] {
  const { concurrency, population, control } = plan
  const users = control?.from ?? concurrency
  return population ?? [{ from: 0, until: null, users, usersEnd: users }]
}
