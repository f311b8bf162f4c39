import type { ThinkTimePlan } from '../../arrival/load-plan.ts'
import { formatDuration } from '../../units/duration.ts'
import { isFields, readDuration, type Fields } from '../fields.ts'
import { show, type Problems } from '../problems.ts'
import { readShape, readVariation } from './variation.ts'

/** Reads what users do between requests. A function stays in the bench file; the plan names where it stands. */
export function planThinkTime(problems: Problems, path: string, value: unknown): ThinkTimePlan | undefined {
  if (value === undefined) return { kind: 'none' }
  if (value === 'response') return { kind: 'response' }
  if (typeof value === 'function') return { kind: 'function', option: path }
  if (typeof value === 'string') {
    const mean = readDuration(problems, path, value)
    return mean === undefined ? undefined : mean === 0 ? { kind: 'none' } : { kind: 'constant', mean }
  }
  if (isFields(value)) {
    const planned = planDrawn(problems, path, value)
    if (planned !== null) return planned
  }
  problems.error(
    path,
    `expected a duration, 'response', a function, or exponential(), uniform(), gamma(), lognormal(), weibull() or hyperexponential() with a mean, not ${show(value)}.`,
  )
  return undefined
}

/** `null` when it is none of these. */
function planDrawn(problems: Problems, path: string, value: Fields): ThinkTimePlan | undefined | null {
  const kind = value['thinkTime']
  switch (kind) {
    case 'uniform':
      return planUniform(problems, path, value)
    case 'exponential': {
      const mean = readDuration(problems, `${path}.mean`, value['mean'], 'positive')
      return mean === undefined ? undefined : { kind, mean }
    }
    case 'weibull': {
      const mean = readDuration(problems, `${path}.mean`, value['mean'], 'positive')
      const shape = readShape(problems, `${path}.shape`, value['shape'])
      return mean === undefined || shape === undefined ? undefined : { kind, mean, shape }
    }
    case 'gamma':
    case 'lognormal':
    case 'hyperexponential': {
      const mean = readDuration(problems, `${path}.mean`, value['mean'], 'positive')
      const cv = readVariation(problems, `${path}.cv`, value['cv'], kind === 'hyperexponential' ? 1 : 0)
      return mean === undefined || cv === undefined ? undefined : { kind, mean, cv }
    }
    default:
      return null
  }
}

function planUniform(problems: Problems, path: string, value: Fields): ThinkTimePlan | undefined {
  const low = readDuration(problems, `${path}.low`, value['low'])
  const high = readDuration(problems, `${path}.high`, value['high'], 'positive')
  if (low === undefined || high === undefined) return undefined
  if (low <= high) return { kind: 'uniform', low, high }
  problems.error(
    path,
    `the lower end (${formatDuration(low)}) lies above the upper end (${formatDuration(high)}).`,
  )
  return undefined
}
