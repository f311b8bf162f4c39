import type { OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import type { Nanos } from '../../units/nanos.ts'
import { join, readDuration, readFields } from '../fields.ts'
import { show, type Problems } from '../problems.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate } from './rate.ts'

export interface MmppOptions {
  /** Mean arrivals per second in each of two states; one of them may be 0. */
  readonly rates: readonly [number, number]
  /** Mean time in each of them; the times are exponential. */
  readonly dwell: readonly [Duration, Duration]
}
export interface MmppLoad extends MmppOptions {
  readonly load: 'mmpp'
}

/** Open loop: Poisson arrivals whose rate jumps at random between two values (a Markov-modulated Poisson process). */
export function mmpp(options: MmppOptions): MmppLoad {
  return { ...options, load: 'mmpp' }
}

export const mmppLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'mmpp',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'rates', 'dwell'])
    const rates = readPair(problems, `${path}.rates`, fields['rates'], readStateRate)
    const dwell = readPair(problems, `${path}.dwell`, fields['dwell'], (problems, at, value) =>
      readDuration(problems, at, value, 'positive'),
    )
    if (rates !== undefined && rates[0] + rates[1] === 0)
      problems.error(`${path}.rates`, 'one of the two rates has to be above 0.')
    if (rates === undefined || dwell === undefined) return undefined
    return { loop: 'open', process: { kind: 'mmpp', rates, dwell }, rate: [] }
  },
}

/** A rate of one state among others: 0 is allowed. */
export function readStateRate(problems: Problems, path: string, value: unknown): number | undefined {
  return value === 0 ? 0 : readRate(problems, path, value)
}

function readPair(
  problems: Problems,
  path: string,
  value: unknown,
  read: (problems: Problems, path: string, value: unknown) => number | undefined,
): readonly [Nanos, Nanos] | undefined {
  if (!Array.isArray(value) || value.length !== 2) {
    problems.error(path, `expected a list of two, not ${show(value)}.`)
    return undefined
  }
  const [first, second] = value.map((one, index) => read(problems, join(path, index), one))
  return first === undefined || second === undefined ? undefined : [first, second]
}
