import type { SliceShift } from '../arrival/load-plan.ts'
import { join, readDuration, readFields, readNumber, readPositive } from '../dsl/fields.ts'
import { show, type Problems } from '../dsl/problems.ts'
import { formatDuration } from '../units/duration.ts'
import type { Nanos } from '../units/nanos.ts'

/** A stream's weight during the measurement. */
export interface PlannedWeight {
  readonly from: number
  /** In order; none begins before the one before it has ended. */
  readonly changes: readonly { readonly at: Nanos; readonly over: Nanos; readonly to: number }[]
}

/** A stream's range of [0, 1), which the ranges of all streams fill. */
export interface Course {
  readonly low: number
  readonly high: number
  readonly shifts: readonly SliceShift[]
}

const MOST = { min: 0, max: Number.MAX_VALUE }

export function readWeight(problems: Problems, path: string, value: unknown): PlannedWeight | undefined {
  if (typeof value !== 'object' || value === null) {
    const from = readPositive(problems, path, value, 'a weight')
    return from === undefined ? undefined : { from, changes: [] }
  }
  const before = problems.errors.length
  const fields = readFields(problems, path, value, ['from', 'changes'])
  const from = readNumber(problems, join(path, 'from'), fields?.['from'], MOST)
  const list = fields?.['changes']
  if (!Array.isArray(list) || list.length === 0) {
    problems.error(join(path, 'changes'), `expected a list of changes { at, to }, not ${show(list)}.`)
    return undefined
  }
  let end: Nanos = 0
  const changes = list.flatMap((item, index) => {
    const change = readChange(problems, join(join(path, 'changes'), index), item)
    if (change === undefined) return []
    if (change.at < end)
      problems.error(join(join(path, 'changes'), `${index}.at`), 'begins before the last change has ended.')
    end = change.at + change.over
    return [change]
  })
  return problems.errors.length > before || from === undefined ? undefined : { from, changes }
}

function readChange(
  problems: Problems,
  path: string,
  value: unknown,
): PlannedWeight['changes'][number] | undefined {
  const fields = readFields(problems, path, value, ['at', 'to', 'over'])
  if (fields === undefined) return undefined
  const at = readDuration(problems, join(path, 'at'), fields['at'])
  const to = readNumber(problems, join(path, 'to'), fields['to'], MOST)
  const over = fields['over'] === undefined ? 0 : readDuration(problems, join(path, 'over'), fields['over'])
  return at === undefined || to === undefined || over === undefined ? undefined : { at, over, to }
}

/**
 * How streams divide a load by their weights. Between the instants at which any weight begins or ends to change, shares
 * move linearly. `undefined` when there is an instant at which no stream has a weight.
 */
export function planCourses(
  problems: Problems,
  weights: readonly PlannedWeight[],
): readonly Course[] | undefined {
  const instants = [
    ...new Set(weights.flatMap(({ changes }) => changes.flatMap(({ at, over }) => [at, at + over]))),
  ].sort((a, b) => a - b)
  const empty = new Set<Nanos>()
  const boundsAt = (at: Nanos, side: 'before' | 'after'): readonly number[] => {
    const values = weights.map((weight) => weightAt(weight, at, side))
    const total = values.reduce((sum, value) => sum + value, 0)
    if (!(total > 0))
      problems.error('streams', `no stream has a weight ${formatDuration(at)} after the start.`)
    let sum = 0
    const bounds = values.map((value) => (sum += value) / total)
    return [0, ...bounds.slice(0, -1), 1]
  }
  const first = boundsAt(0, 'before')
  const pieces = instants.map((from, index) => {
    const until = instants[index + 1]
    const start = boundsAt(from, 'after')
    return { from, until, start, end: until === undefined ? start : boundsAt(until, 'before') }
  })
  if (empty.size > 0) {
    const at = formatDuration(Math.min(...empty))
    problems.error('streams', `no stream has a weight ${at} after the start of the measurement.`)
    return undefined
  }
  return weights.map((_, index) => {
    const range = (bounds: readonly number[]) => ({
      low: bounds[index] as number,
      high: bounds[index + 1] as number,
    })
    let held = range(first)
    const shifts: SliceShift[] = []
    for (const { from, until, start, end } of pieces) {
      const begins = range(start)
      const ends = range(end)
      if (until !== undefined && !isSame(begins, ends))
        shifts.push({ from, ...begins, until, lowEnd: ends.low, highEnd: ends.high })
      else if (!isSame(begins, held)) shifts.push({ from, ...begins })
      held = ends
    }
    return { ...range(first), shifts }
  })
}

interface Range {
  readonly low: number
  readonly high: number
}

function isSame(one: Range, other: Range): boolean {
  return one.low === other.low && one.high === other.high
}

function weightAt({ from, changes }: PlannedWeight, instant: Nanos, side: 'before' | 'after'): number {
  let weight = from
  for (const { at, over, to } of changes) {
    if (side === 'before' ? instant <= at : instant < at) break
    weight = instant >= at + over ? to : weight + ((to - weight) * (instant - at)) / over
  }
  return weight
}
