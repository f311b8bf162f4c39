import type { Plot } from 'servebench/curves'
import type { AxisName, Drawing, Series } from './drawing.ts'

/** What must be inside of an axis. */
export interface Extent {
  readonly low: number
  readonly high: number
  /** Values at which there are marks; without the ends of intervals, and without rules. */
  readonly values: ReadonlySet<number>
  /** Something reaches down to 0. */
  readonly grounded: boolean
  /** Something has a width of its own, and needs room beyond the outermost values. */
  readonly wide: boolean
}

/** `null` for an axis without values. */
export function extentOf(drawing: Drawing, name: AxisName): Extent | null {
  const series = drawing.series.filter(({ axis }) => name === 'x' || axis === name)
  const values = new Set(series.flatMap((one) => (one.layer.mark === 'rules' ? [] : positionsOf(one, name))))
  const grounded = isLying(drawing) === (name === 'x') && series.some(({ layer }) => GROUNDED.has(layer.mark))
  const all = [
    ...values,
    ...series.flatMap((one) => (one.layer.mark === 'rules' ? positionsOf(one, name) : [])),
    ...(isLying(drawing) === (name === 'x') ? series.flatMap(endsOf) : []),
    ...(isLying(drawing) === (name === 'x') ? stackSums(series, name) : []),
    ...(grounded && drawing[name]?.scale === 'linear' ? [0] : []),
  ]
  if (all.length === 0) return null
  return {
    low: all.reduce((a, b) => Math.min(a, b)),
    high: all.reduce((a, b) => Math.max(a, b)),
    values,
    grounded,
    wide: series.some(({ layer }) => WIDE.has(layer.mark) || ('y' in layer && 'low' in layer)),
  }
}

const GROUNDED: ReadonlySet<string> = new Set(['bars', 'stack', 'area'])
const WIDE: ReadonlySet<string> = new Set(['bars', 'stack', 'points'])

/** Bars lie where y is of categories, and x is not: then x has the values, and their intervals. */
export function isLying({ x, y }: Pick<Plot, 'x' | 'y'>): boolean {
  return y.scale === 'category' && x.scale !== 'category'
}

function positionsOf({ marks }: Series, name: AxisName): readonly number[] {
  return marks.flatMap(({ x, y }) => (name === 'x' ? x : y) ?? [])
}

function endsOf({ marks }: Series): readonly number[] {
  return marks.flatMap(({ low, high }) => [low, high].filter((end) => end !== null))
}

/** How high stacks get. */
function stackSums(series: readonly Series[], name: AxisName): readonly number[] {
  const above = new Map<number, number>()
  const below = new Map<number, number>()
  for (const { layer, marks } of series) {
    if (layer.mark !== 'stack') continue
    for (const { x, y } of marks) {
      if (x === null || y === null) continue
      const [at, value] = name === 'x' ? [y, x] : [x, y]
      const sums = value < 0 ? below : above
      sums.set(at, (sums.get(at) ?? 0) + value)
    }
  }
  return [...above.values(), ...below.values()]
}
