import type { Elements } from '../comparison/elements.ts'

/** What a row of an output says: a class as a number or a text; `null` where it says none (NaN). */
export type Predicted = number | string | null

/**
 * The class that a row names. Of several numbers it is the place of the largest, the first of equals; a single whole number
 * or a text is the class itself; any other single number is the probability of class 1, which 0.5 decides.
 */
export function predictedClass(row: Elements): Predicted {
  const [only] = row
  if (row.length === 1) {
    if (typeof only !== 'number') return only === undefined ? null : asClass(only)
    if (Number.isNaN(only)) return null
    return Number.isInteger(only) ? only : Number(only > 0.5)
  }
  let best = -1
  for (let index = 0; index < row.length; index++) {
    const value = row[index] as number
    if (Number.isNaN(value)) return null
    if (best < 0 || value > (row[best] as number)) best = index
  }
  return best < 0 ? null : best
}

function asClass(value: bigint | string): Predicted {
  return typeof value === 'bigint' ? Number(value) : value
}

/** Whether the score of a class is among the `count` highest of its row; of equal scores the one that stands first is higher. */
export function isAmongBest(row: Elements, label: number, count: number): boolean {
  const own = Number(row[label] ?? Number.NaN)
  if (Number.isNaN(own)) return false
  let above = 0
  for (let index = 0; index < row.length; index++) {
    const value = Number(row[index])
    if (value > own || (value === own && index < label)) above += 1
  }
  return above < count
}

/** Mean of the squared differences; `null` where the lengths differ, or a value is no number. */
export function squaredError(row: Elements, expected: readonly number[]): number | null {
  if (row.length !== expected.length || row.length === 0) return null
  let sum = 0
  for (const [index, value] of expected.entries()) {
    const difference = Number(row[index]) - value
    sum += difference * difference
  }
  return Number.isFinite(sum) ? sum / expected.length : null
}

/**
 * The mean over classes of 2 · right ÷ (named + true), as scikit-learn's `f1_score(average='macro')`: of all classes that
 * are named or true somewhere.
 * @param chosen which items count, by index, and how often: of a resample; all of them once by default
 */
export function macroF1(
  predicted: readonly Predicted[],
  labels: readonly Predicted[],
  chosen: ArrayLike<number> | null = null,
): number {
  const classes = new Map<Predicted, { right: number; named: number; truly: number }>()
  const of = (name: Predicted): { right: number; named: number; truly: number } => {
    let counts = classes.get(name)
    if (counts === undefined) classes.set(name, (counts = { right: 0, named: 0, truly: 0 }))
    return counts
  }
  const count = chosen?.length ?? labels.length
  for (let at = 0; at < count; at++) {
    const index = chosen === null ? at : (chosen[at] as number)
    const own = predicted[index] ?? null
    const label = labels[index] ?? null
    of(label).truly += 1
    // An answer that names nothing is wrong, and of no class.
    if (own === null) continue
    of(own).named += 1
    if (own === label) of(own).right += 1
  }
  let sum = 0
  for (const { right, named, truly } of classes.values()) sum += (2 * right) / (named + truly)
  return classes.size === 0 ? 0 : sum / classes.size
}
