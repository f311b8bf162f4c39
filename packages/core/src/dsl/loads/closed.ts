import type { ClosedLoadPlan, ThinkTimePlan } from '../../arrival/load-plan.ts'
import { formatDuration } from '../../units/duration.ts'
import { isFields, readCount, readDuration, readFields } from '../fields.ts'
import { show, type Problems } from '../problems.ts'
import type { ThinkTime } from '../think-time.ts'
import type { LoadDefinition } from './definition.ts'

export interface ClosedOptions {
  /** Users, each with one request at a time. */
  readonly concurrency: number
  /** Requests to measure in all; as many as fit into `duration` by default. */
  readonly requests?: number
  /** Pause of a user between a settlement and its next request; none by default. */
  readonly thinkTime?: ThinkTime
}
export interface ClosedLoad extends ClosedOptions {
  readonly load: 'closed'
}

/** Closed loop: each user waits for the answer, thinks, and goes on. */
export function closed(options: ClosedOptions): ClosedLoad {
  return { ...options, load: 'closed' }
}

const MOST_USERS = 1_000_000

export const closedLoad: LoadDefinition<ClosedLoadPlan> = {
  name: 'closed',
  plan(fields, path, problems) {
    if ('rate' in fields) {
      problems.error(
        `${path}.rate`,
        'a closed loop has no rate: its users wait for answers. Use constantRate() or poisson() for a rate.',
      )
    }
    readFields(problems, path, fields, ['load', 'concurrency', 'requests', 'thinkTime', 'rate'])
    const concurrency = readCount(problems, `${path}.concurrency`, fields['concurrency'], { max: MOST_USERS })
    const requests =
      fields['requests'] === undefined ? null : readCount(problems, `${path}.requests`, fields['requests'])
    const thinkTime = planThinkTime(problems, `${path}.thinkTime`, fields['thinkTime'])
    if (concurrency === undefined || requests === undefined || thinkTime === undefined) return undefined
    return { loop: 'closed', concurrency, requests, thinkTime }
  },
  implies(plan) {
    return plan.requests === null ? {} : { duration: null }
  },
}

function planThinkTime(problems: Problems, path: string, value: unknown): ThinkTimePlan | undefined {
  if (value === undefined) return { kind: 'none' }
  if (typeof value === 'function') return { kind: 'function', option: path }
  if (typeof value === 'string') {
    const mean = readDuration(problems, path, value)
    return mean === undefined ? undefined : mean === 0 ? { kind: 'none' } : { kind: 'constant', mean }
  }
  const kind = isFields(value) ? value['thinkTime'] : undefined
  if (isFields(value) && kind === 'exponential') {
    const mean = readDuration(problems, `${path}.mean`, value['mean'], 'positive')
    return mean === undefined ? undefined : { kind, mean }
  }
  if (isFields(value) && kind === 'uniform') {
    const low = readDuration(problems, `${path}.low`, value['low'])
    const high = readDuration(problems, `${path}.high`, value['high'], 'positive')
    if (low === undefined || high === undefined) return undefined
    if (low <= high) return { kind, low, high }
    problems.error(
      path,
      `the lower end (${formatDuration(low)}) lies above the upper end (${formatDuration(high)}).`,
    )
    return undefined
  }
  problems.error(path, `expected a duration, exponential(), uniform() or a function, not ${show(value)}.`)
  return undefined
}
