import type { Duration } from '../units/duration.ts'
import type { Nanos } from '../units/nanos.ts'
import { isFields, join, readChoice, readCount, readDuration, readFields } from './fields.ts'
import { show, type Problems } from './problems.ts'

/** Of a scenario that measures how long it takes until a server that is not there answers. */
export interface ColdStartOptions {
  /** Requests after the first answer, which show what a warm one takes. Default 20. */
  readonly requests?: number
  /**
   * Instead of starting a server: nothing is sent to one that runs already for this long, so that it scales to zero, or
   * lets go of what it has loaded.
   */
  readonly idle?: Duration
  /**
   * `drop`: the model's files are taken out of the page cache before each start, where the system lets us; `keep`: they
   * are left where they are. The result says how much of them was in memory. Default `keep`.
   */
  readonly pageCache?: 'keep' | 'drop'
}

/** {@link ColdStartOptions} as plain data. */
export interface ColdStartPlan {
  readonly requests: number
  /** `null`: the server is started anew. */
  readonly idle: Nanos | null
  readonly pageCache: 'keep' | 'drop'
}

const OPTIONS = ['requests', 'idle', 'pageCache']
const REQUESTS = 20
const MOST_REQUESTS = 100_000
const DEFAULT: ColdStartPlan = { requests: REQUESTS, idle: null, pageCache: 'keep' }

/** Reads `coldStart`; `null` when there is none, the defaults when it is wrong. */
export function readColdStart(problems: Problems, value: unknown): ColdStartPlan | null {
  if (value === undefined || value === false) return null
  if (value !== true && !isFields(value)) {
    problems.error('coldStart', `expected true or an object such as { requests: 20 }, not ${show(value)}.`)
    return DEFAULT
  }
  const fields = value === true ? {} : (readFields(problems, 'coldStart', value, OPTIONS) ?? {})
  const at = (name: string): string => join('coldStart', name)
  const requests =
    fields['requests'] === undefined
      ? REQUESTS
      : readCount(problems, at('requests'), fields['requests'], { max: MOST_REQUESTS })
  const idle =
    fields['idle'] === undefined ? null : readDuration(problems, at('idle'), fields['idle'], 'positive')
  const pageCache =
    fields['pageCache'] === undefined
      ? 'keep'
      : readChoice(problems, at('pageCache'), fields['pageCache'], ['keep', 'drop'])
  // Whatever is wrong has been told: the rest of the scenario is looked at as what it is meant to be.
  if (requests === undefined || idle === undefined || pageCache === undefined) return DEFAULT
  if (idle !== null && fields['pageCache'] !== undefined) {
    problems.error(at('pageCache'), 'belongs to a server that is started, not to one that is left idle.')
  }
  return { requests, idle, pageCache }
}
