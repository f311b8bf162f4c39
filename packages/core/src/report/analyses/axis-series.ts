import type { Scalar } from '../../dsl/matrix.ts'
import type { CaseResult } from '../result.ts'

/** Something about cases that differ in one axis alone, in the order of a number that this axis sets. */
export interface AxisSeries<Item> {
  readonly axis: string
  /** The values of the other axes. */
  readonly rest: Readonly<Record<string, Scalar>>
  readonly items: readonly Item[]
}

/**
 * The first axis that is a scale of a number: with all other values equal, each of its values has a number of its own, and
 * there are at least `fewest` of them.
 *
 * @param isAlike whether the items of a series belong together
 */
export function findSeries<Item extends { readonly one: CaseResult }>(
  items: readonly Item[],
  numberOf: (item: Item) => number,
  fewest: number,
  isAlike: (series: readonly Item[]) => boolean = () => true,
): readonly AxisSeries<Item>[] {
  for (const axis of axesOf(items.map(({ one }) => one))) {
    const series = seriesOf(items, axis, numberOf, fewest, isAlike)
    if (series.length > 0) return series
  }
  return []
}

/** The same for one axis. */
export function seriesOf<Item extends { readonly one: CaseResult }>(
  items: readonly Item[],
  axis: string,
  numberOf: (item: Item) => number,
  fewest: number,
  isAlike: (series: readonly Item[]) => boolean = () => true,
): readonly AxisSeries<Item>[] {
  const groups = Map.groupBy(items, ({ one }) => JSON.stringify(without(one.case, axis)))
  return [...groups.values()]
    .filter((group) => {
      const distinct = new Set(group.map(numberOf)).size
      return distinct >= fewest && distinct === group.length && isAlike(group)
    })
    .map((group) => ({
      axis,
      rest: without((group[0] as Item).one.case, axis),
      items: group.toSorted((a, b) => numberOf(a) - numberOf(b)),
    }))
}

/** In the order of the matrix. */
export function axesOf(cases: readonly CaseResult[]): readonly string[] {
  return Object.keys(cases[0]?.case ?? {})
}

export function without(
  at: Readonly<Record<string, Scalar>>,
  ...axes: readonly string[]
): Readonly<Record<string, Scalar>> {
  return Object.fromEntries(Object.entries(at).filter(([name]) => !axes.includes(name)))
}
