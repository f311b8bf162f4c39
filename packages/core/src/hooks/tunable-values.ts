import type { JsonValue } from '../units/json.ts'
import type { Tunable } from './tuning.ts'

/** Of a duration whose range begins with 0: the first step, in nanoseconds. */
const SHORTEST = 100_000
const MICROSECOND = 1000

/**
 * The value of a tunable at a number, as `apply` takes it: whole numbers rounded, durations with their unit.
 * @param number inside of its range; of a choice or a boolean the place in the list of its values
 */
export function tunableValue(tunable: Tunable, number: number): JsonValue {
  const { type } = tunable
  if (type === 'integer') return Math.round(number)
  if (type === 'number') return number
  if (type === 'duration') return `${Math.round(number / MICROSECOND)}us`
  return choices(tunable)[Math.round(number)] ?? null
}

/** Every value that a full grid tries: those of its list, or steps through its range; not those that are skipped. */
export function tunableValues(tunable: Tunable): readonly JsonValue[] {
  const { type, values, range } = tunable
  if (values !== undefined || type === 'boolean' || range === undefined) return choices(tunable)
  const steps = stepsOf(range, tunable.scale ?? 'linear', type)
  return [...new Set(steps.map((step) => tunableValue(tunable, step)))]
}

function choices({ type, values, skipped = [] }: Tunable): readonly JsonValue[] {
  const all = values ?? (type === 'boolean' ? [false, true] : [])
  const lacking = new Set(skipped.map(({ value }) => JSON.stringify(value)))
  return all.filter((value) => !lacking.has(JSON.stringify(value)))
}

function stepsOf([low, high]: readonly [number, number], scale: 'linear' | 'log', type: string): number[] {
  const steps: number[] = []
  if (scale === 'linear') {
    const step = type === 'integer' ? 1 : (high - low) / 10 || 1
    for (let value = low; value <= high; value += step) steps.push(value)
    return steps
  }
  if (low === 0) steps.push(0)
  for (let value = low === 0 ? (type === 'duration' ? SHORTEST : 1) : low; value <= high; value *= 2)
    steps.push(value)
  return steps
}

/** 1, 2, 4 and so on, up to `largest`. */
export function powersOfTwo(largest: number): readonly number[] {
  const powers: number[] = []
  for (let power = 1; power <= largest; power *= 2) powers.push(power)
  return powers
}
