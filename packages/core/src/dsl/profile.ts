import type { Duration } from '../units/duration.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import { isFields, join, readDuration, readFields } from './fields.ts'
import { show, type Problems } from './problems.ts'

/** Of a scenario whose server is to say where its time goes. */
export interface ProfileOptions {
  /** Of the measurement at most, which a profiled trial does not need to be long for. Default `'2s'`. */
  readonly duration?: Duration
}

/** {@link ProfileOptions} as plain data. */
export interface ProfilePlan {
  readonly duration: Nanos
}

const DEFAULT: ProfilePlan = { duration: 2 * SECOND }

/** Reads `profile`; `null` when there is none, the defaults when it is wrong. */
export function readProfile(problems: Problems, value: unknown): ProfilePlan | null {
  if (value === undefined || value === false) return null
  if (value !== true && !isFields(value)) {
    problems.error('profile', `expected true or an object such as { duration: '2s' }, not ${show(value)}.`)
    return DEFAULT
  }
  const fields = value === true ? {} : (readFields(problems, 'profile', value, ['duration']) ?? {})
  if (fields['duration'] === undefined) return DEFAULT
  const duration = readDuration(problems, join('profile', 'duration'), fields['duration'], 'positive')
  return duration === undefined ? DEFAULT : { duration }
}
