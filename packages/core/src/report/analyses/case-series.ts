import type { Scalar } from '../../dsl/matrix.ts'
import { canonicalJson } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { CaseResult } from '../result.ts'

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
 * Cases parted into series: by the axis whose values give each case a size of its own, all other axes being equal; of
 * several such axes by the one that makes the largest difference. Without any, each case is a series of its own.
 */
export function caseSeries<T extends Sized>(items: readonly T[]): readonly CaseSeries<T>[] {
  const axes = new Set(items.flatMap(({ one }) => Object.keys(one.case)))
  const [best] = [...axes]
    .map((axis) => {
      const groups = [...Map.groupBy(items, ({ one }) => keyWithout(one, axis)).values()]
      return { axis, groups, spread: Math.min(...groups.map(spreadOf)) }
    })
    .toSorted((a, b) => b.spread - a.spread)
  return best === undefined || best.spread <= 1
    ? items.map((item) => seriesOf([item], null))
    : best.groups.map((group) => seriesOf(group, best.axis))
}

/** The largest over the smallest; 1 where these are not all different. */
function spreadOf(group: readonly Sized[]): number {
  const sizes = group.map(({ size }) => size)
  const isSeries = sizes.length > 1 && new Set(sizes).size === sizes.length
  return isSeries ? Math.max(...sizes) / Math.min(...sizes) : 1
}

function seriesOf<T extends Sized>(group: readonly T[], axis: string | null): CaseSeries<T> {
  const { one } = group[0] as T
  const name = caseName(without(one.case, axis))
  return {
    name: [...one.path, ...(name === '' ? [] : [name])].join(' > '),
    axis,
    items: group.toSorted((a, b) => a.size - b.size),
  }
}

function keyWithout({ file, path, case: values }: CaseResult, axis: string): string {
  return canonicalJson([file, [...path], without(values, axis)])
}

function without(
  values: Readonly<Record<string, Scalar>>,
  axis: string | null,
): Readonly<Record<string, Scalar>> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== axis))
}
