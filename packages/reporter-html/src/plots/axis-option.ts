import type { XAXisComponentOption, YAXisComponentOption } from 'echarts'
import type { AxisName, DrawnAxis, Drawing } from './drawing.ts'
import { extentOf, type Extent } from './extent.ts'
import type { PlotLayout } from './plot-layout.ts'
import type { PlotTheme } from './plot-theme.ts'
import { cutMiddle, cutText, textWidth } from './text-width.ts'
import { printable } from 'servebench/curves'
import { linearTicks, logTicks, type Ticks } from './ticks.ts'

/** Axes with so few places have a tick at each of them: batch sizes, users, rates. */
const FEW_PLACES = 9
const LABEL = 12

export function xAxisOption(
  drawing: Drawing,
  ticks: Ticks | null,
  theme: PlotTheme,
  layout: PlotLayout,
): XAXisComponentOption {
  const { x } = drawing
  const common = commonOption(theme)
  const name = { nameLocation: 'middle' as const, nameGap: 26, nameMoveOverlap: true }
  if (ticks === null) {
    const { rotate, labels } = categoryLabels(x.categories, layout)
    return {
      ...common,
      ...name,
      ...nameOption(x.title, '', theme, layout.width * 0.8),
      type: 'category',
      data: [...labels],
      axisTick: { show: false },
      axisLabel: { ...common.axisLabel, hideOverlap: true, rotate },
      splitLine: { show: false },
    }
  }
  return {
    ...common,
    ...name,
    ...nameOption(x.title, ticks.unit, theme, layout.width * 0.8),
    ...scaleOption(x, ticks, common),
    splitLine: { show: x.scale === 'log', lineStyle: { color: theme.grid } },
  }
}

export function yAxisOption(
  drawing: Drawing,
  which: 'y' | 'y2',
  ticks: Ticks | null,
  theme: PlotTheme,
  layout: PlotLayout,
  headroom: number = 0,
): YAXisComponentOption {
  const axis = drawing[which] as DrawnAxis
  const common = commonOption(theme)
  const right = which === 'y2'
  // Words are read from the top, numbers of a heatmap rise.
  const inverse = axis.scale === 'category' && !drawing.series.some(({ layer }) => layer.mark === 'cells')
  const share = drawing.y2 === null ? 0.9 : 0.45
  const name = {
    nameLocation: inverse ? ('start' as const) : ('end' as const),
    nameGap: 10 + headroom,
    position: right ? ('right' as const) : ('left' as const),
  }
  const lines = { splitLine: { show: !right, lineStyle: { color: theme.grid } } }
  const side = { align: right ? ('right' as const) : ('left' as const) }
  if (ticks === null) {
    return {
      ...common,
      ...name,
      ...nameOption(axis.title, '', theme, layout.width * share, side),
      type: 'category',
      data: axis.categories.map((category) => cutMiddle(category, layout.width * 0.3, LABEL)),
      inverse,
      axisTick: { show: false },
      axisLabel: { ...common.axisLabel, hideOverlap: true },
      splitLine: { show: false },
    }
  }
  return {
    ...common,
    ...name,
    ...nameOption(axis.title, ticks.unit, theme, layout.width * share, side),
    ...scaleOption(axis, ticks, common),
    ...lines,
  }
}

/** Ticks and ends of an axis; `null` for categories, and where there is no such axis. */
export function ticksOf(drawing: Drawing, which: AxisName, layout: PlotLayout): Ticks | null {
  const axis = drawing[which]
  if (axis === null || axis.scale === 'category') return null
  const most = Math.max(2, Math.floor(which === 'x' ? layout.width / 90 : layout.height / 70))
  const extent = extentOf(drawing, which)
  const { from, to, unit } = axis
  if (axis.scale === 'log') {
    const [low, high] = reach(logRange(extent), from, to, true)
    const places = [...(extent?.values ?? [])].toSorted((a, b) => a - b)
    return which === 'x' && areChosen(places)
      ? logTicks(low, high, unit, most, { from: from ?? low, to: to ?? high, at: places })
      : logTicks(low, high, unit, most, { from, to })
  }
  // What is measured ends at a tick; what it is measured against ends where the data do.
  const tight = which === 'x' && extent?.grounded !== true
  const [low, high] = reach(tight ? placesRange(extent) : valuesRange(extent), from, to, false)
  return linearTicks(low, high, unit, most, { from, to, tight })
}

/** Places that somebody has chosen are few, and no measurements: these have more digits. */
function areChosen(places: readonly number[]): boolean {
  return (
    places.length > 1 &&
    places.length <= FEW_PLACES &&
    places.every((place) => Number(place.toPrecision(4)) === place)
  )
}

/** All data may lie beyond the one end that was asked for: then the other one is somewhere on its near side. */
function reach(
  [low, high]: readonly [number, number],
  from: number | undefined,
  to: number | undefined,
  log: boolean,
): readonly [number, number] {
  const apart = (end: number): number => (log ? end / 10 : end - (Math.abs(end) || 1))
  const beyond = (end: number): number => (log ? end * 10 : end + (Math.abs(end) || 1))
  return [
    to !== undefined && low >= to ? apart(to) : low,
    from !== undefined && high <= from ? beyond(from) : high,
  ]
}

function logRange(extent: Extent | null): readonly [number, number] {
  if (extent === null) return [1, 10]
  const { low, high, wide, values } = extent
  if (low === high) return [low / 2, high * 2]
  const room = wide
    ? Math.sqrt(
        Math.min(
          2,
          closest(values, (a, b) => b / a),
        ),
      )
    : 1
  return [low / room, high * room]
}

function placesRange(extent: Extent | null): readonly [number, number] {
  if (extent === null) return [0, 1]
  const { low, high, wide, values } = extent
  if (low === high) return [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2]
  const room = wide ? Math.min((high - low) / 20, closest(values, (a, b) => b - a) / 2) : 0
  return [low - room >= 0 && low < high * NEAR ? 0 : low - room, high + room]
}

/** From 0, where that leaves most of the height to the data. */
function valuesRange(extent: Extent | null): readonly [number, number] {
  if (extent === null) return [0, 1]
  const { low, high } = extent
  if (low === high) return low === 0 ? [0, 1] : low > 0 ? [0, 1.2 * low] : [1.2 * low, 0]
  if (low > 0 && low < high * NEARER) return [0, high]
  return high < 0 && high > low * NEARER ? [low, 0] : [low, high]
}

const NEAR = 0.2
const NEARER = 0.6

function closest(values: ReadonlySet<number>, apart: (a: number, b: number) => number): number {
  const places = [...values].toSorted((a, b) => a - b)
  return places
    .slice(1)
    .reduce((least, place, index) => Math.min(least, apart(places[index] as number, place)), Infinity)
}

function scaleOption(
  axis: DrawnAxis,
  ticks: Ticks,
  { axisLabel }: CommonOption,
): {
  type: 'value' | 'log'
  min: number
  max: number
  interval: number
  axisTick: { customValues: number[]; show: boolean }
  axisLabel: CommonOption['axisLabel'] & {
    customValues: number[]
    hideOverlap: true
    formatter: (value: number) => string
  }
} {
  return {
    type: axis.scale === 'log' ? 'log' : 'value',
    min: ticks.from,
    max: ticks.to,
    // Ticks are given: the library need not look for any.
    interval: axis.scale === 'log' ? Math.log10(ticks.to / ticks.from) : ticks.to - ticks.from,
    axisTick: { customValues: [...ticks.values], show: true },
    axisLabel: {
      ...axisLabel,
      customValues: [...ticks.values],
      hideOverlap: true,
      formatter: (value: number) => ticks.write(value),
    },
  }
}

interface CommonOption {
  readonly axisLine: object
  readonly axisLabel: { color: string; fontFamily: string; fontSize: number }
}

function commonOption(theme: PlotTheme): CommonOption {
  return {
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.line } },
    axisLabel: { color: theme.muted, fontFamily: theme.font, fontSize: LABEL },
  }
}

function nameOption(
  title: string,
  unit: string,
  theme: PlotTheme,
  width: number,
  side: { readonly align?: 'left' | 'right' } = {},
): {
  name: string
  nameTextStyle: object
} {
  const end = unit === '' ? '' : ` (${unit})`
  return {
    name: `${cutText(printable(title), width - textWidth(end, LABEL), LABEL)}${end}`,
    nameTextStyle: { color: theme.muted, fontFamily: theme.font, fontSize: LABEL, ...side },
  }
}

/** Names that do not fit side by side are turned, and cut. */
function categoryLabels(
  categories: readonly string[],
  layout: PlotLayout,
): { readonly rotate: number; readonly labels: readonly string[] } {
  const room = (layout.width * 0.88) / Math.max(1, categories.length) - 8
  const fits = categories.every((category) => textWidth(category, LABEL) <= room)
  if (fits || categories.length <= 3)
    return { rotate: 0, labels: categories.map((category) => cutMiddle(category, room, LABEL)) }
  const most = Math.min(140, layout.height * 0.3)
  return { rotate: 35, labels: categories.map((category) => cutMiddle(category, most, LABEL)) }
}
