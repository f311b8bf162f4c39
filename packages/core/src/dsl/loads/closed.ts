import type { ClosedLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { readCount, readDuration, readFields } from '../fields.ts'
import type { Problems } from '../problems.ts'
import type { ThinkTime } from '../think-time.ts'
import type { ImpliedSettings, LoadDefinition } from './definition.ts'
import { readPopulation, type PopulationRamp } from './ramp.ts'
import { planThinkTime } from './think-time.ts'

export interface ClosedOptions {
  /** Users, each with one request at a time; `ramp({ from, to, every })` lets them come (or go) one by one. */
  readonly concurrency: number | PopulationRamp
  /** Requests to measure in all; as many as fit into `duration` by default. */
  readonly requests?: number
  /** With `requests`: the measurement ends after this time even if they are not all done. */
  readonly within?: Duration
  /** Pause of a user between a settlement and its next request; none by default. */
  readonly thinkTime?: ThinkTime
  /** Instead of a think time: from the start of one request of a user to that of the next, or longer if the answer takes longer. */
  readonly cycle?: Duration
  /** Users do not begin together, but at random within this time. */
  readonly stagger?: Duration
}
export interface ClosedLoad extends ClosedOptions {
  readonly load: 'closed'
}

/** Closed loop: each user waits for the answer, thinks, and goes on. */
export function closed(options: ClosedOptions): ClosedLoad {
  return { ...options, load: 'closed' }
}

const MOST_USERS = 1_000_000
const OPTIONS = ['load', 'concurrency', 'requests', 'within', 'thinkTime', 'cycle', 'stagger', 'rate']

export const closedLoad: LoadDefinition<ClosedLoadPlan> = {
  name: 'closed',
  plan(fields, path, problems) {
    if ('rate' in fields) {
      problems.error(
        `${path}.rate`,
        'a closed loop has no rate: its users wait for answers. Use constantRate() or poisson() for a rate.',
      )
    }
    readFields(problems, path, fields, OPTIONS)
    const population = readPopulation(problems, `${path}.concurrency`, fields['concurrency'], MOST_USERS)
    const requests =
      fields['requests'] === undefined ? null : readCount(problems, `${path}.requests`, fields['requests'])
    const within = readTime(problems, `${path}.within`, fields['within'])
    if (within !== null && fields['requests'] === undefined)
      problems.error(`${path}.within`, 'belongs to a number of requests; use `duration` for a time alone.')
    const thinkTime = planThinkTime(problems, `${path}.thinkTime`, fields['thinkTime'])
    const cycle = readTime(problems, `${path}.cycle`, fields['cycle'])
    if (cycle !== null && fields['thinkTime'] !== undefined)
      problems.error(`${path}.cycle`, 'a user has a think time or a cycle, not both.')
    const stagger = readTime(problems, `${path}.stagger`, fields['stagger'])
    if (
      population === undefined ||
      requests === undefined ||
      within === undefined ||
      thinkTime === undefined ||
      cycle === undefined ||
      stagger === undefined
    )
      return undefined
    return {
      loop: 'closed',
      concurrency: population.most,
      requests,
      thinkTime,
      ...(within === null ? {} : { within }),
      ...(population.segments === undefined ? {} : { population: population.segments }),
      ...(cycle === null ? {} : { cycle }),
      ...(stagger === null ? {} : { stagger }),
    }
  },
  implies: impliedByClosed,
}

/** How long a load of users lasts by itself. */
function impliedByClosed(plan: ClosedLoadPlan): ImpliedSettings {
  if (plan.requests !== null) return { duration: plan.within ?? null }
  const end = plan.population?.at(-1)?.until
  return typeof end === 'number' ? { duration: end } : {}
}

/** `null` where it is not given. */
function readTime(problems: Problems, path: string, value: unknown): number | undefined | null {
  return value === undefined ? null : readDuration(problems, path, value, 'positive')
}
