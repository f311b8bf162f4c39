import { caseName } from '../case-name.ts'
import type { CaseResult } from '../result.ts'
import { axesOf, seriesOf } from './axis-series.ts'

/** Something about a case, and a number of it, such as its batch. */
export interface Sized {
  readonly one: CaseResult
  readonly size: number
}

/** Those that differ by one axis alone, in the order of their sizes. */
export interface CaseSeries<T> {
  /** `describe > scenario > protocol=grpc`: without the axis. */
  readonly name: string
  /** `null`: no axis makes a series of them. */
  readonly axis: string | null
  readonly items: readonly T[]
}

/**
 * Cases parted into series, scenario by scenario: by the axis whose values give each case a size of its own, all other axes
 * being equal; of several such axes by the one that makes the largest difference. Without any, each case is a series of its
 * own.
 */
export function caseSeries<T extends Sized>(items: readonly T[]): readonly CaseSeries<T>[] {
  const scenarios = Map.groupBy(items, ({ one: { file, path } }) => JSON.stringify([file, path]))
  return [...scenarios.values()].flatMap(seriesOfScenario)
}

function seriesOfScenario<T extends Sized>(items: readonly T[]): readonly CaseSeries<T>[] {
  const path = items[0]?.one.path.join(' > ') ?? ''
  const nameOf = (values: CaseResult['case']): string => {
    const name = caseName(values)
    return name === '' ? path : `${path} > ${name}`
  }
  const [best] = axesOf(items.map(({ one }) => one))
    .map((axis) => seriesOf(items, axis, ({ size }) => size, 2))
    // An axis that leaves cases over is none of all of them.
    .filter((series) => series.reduce((sum, one) => sum + one.items.length, 0) === items.length)
    .toSorted((a, b) => spreadOf(b) - spreadOf(a))
  return best === undefined
    ? items.map((item) => ({ name: nameOf(item.one.case), axis: null, items: [item] }))
    : best.map(({ axis, rest, items: own }) => ({ name: nameOf(rest), axis, items: own }))
}

/** The largest over the smallest size, of the series in which these are most alike. */
function spreadOf(series: readonly { readonly items: readonly Sized[] }[]): number {
  return Math.min(...series.map(({ items }) => (items.at(-1)?.size ?? 0) / (items[0]?.size ?? 1)))
}
