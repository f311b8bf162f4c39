import type { ContinousVisualMapComponentOption, CustomSeriesOption, HeatmapSeriesOption } from 'echarts'
import { formatQuantity, printable } from 'servebench/curves'
import type { PlotLayer } from 'servebench/curves'
import type { Drawing, Series } from './drawing.ts'
import type { PlotLayout } from './plot-layout.ts'
import type { PlotTheme } from './plot-theme.ts'
import { cutText } from './text-width.ts'

const LABEL = 12

type Cells = Extract<PlotLayer, { mark: 'cells' }>

/** How the values of cells become colours. */
export interface ColorScale {
  readonly log: boolean
  readonly low: number
  readonly high: number
  readonly unit: string | null
  readonly title: string
}

/** One scale for all cells of a picture; shares always from 0 to 1, so that pictures can be compared. */
export function colorScaleOf(drawing: Drawing, unitOf: (column: string) => string | null): ColorScale | null {
  const series = drawing.series.filter(({ layer }) => layer.mark === 'cells')
  const layer = series[0]?.layer as Cells | undefined
  if (layer === undefined) return null
  const values = series.flatMap(({ marks }) => marks.flatMap(({ value }) => value ?? []))
  const log = layer.scale === 'log'
  const given = unitOf(layer.value)
  const unit = given === null ? null : printable(given)
  const [low, high] =
    values.length === 0
      ? [log ? 1 : 0, log ? 10 : 1]
      : [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
  const title = layer.value
  if (unit === '1' && !log && low >= 0 && high <= 1) return { log, low: 0, high: 1, unit, title }
  if (low < high) return { log, low, high, unit, title }
  return log
    ? { log, low: low / 2, high: high * 2, unit, title }
    : { log, low: Math.min(0, low), high: Math.max(low, 0) || 1, unit, title }
}

/** Data are `[x, y, value on the scale of colours, row]`: logarithms where that is logarithmic. */
export function cellSeries(
  { marks }: Series,
  scale: ColorScale,
  drawing: Drawing,
  theme: PlotTheme,
  layout: PlotLayout,
): HeatmapSeriesOption {
  const known = marks.filter(({ value }) => value !== null)
  const width = (layout.width * 0.85) / Math.max(1, drawing.x.categories.length)
  const height = (layout.height * 0.7) / Math.max(1, drawing.y.categories.length)
  return {
    type: 'heatmap',
    data: known.map(({ x, y, value, row }) => ({
      value: [x, y, scaled(value as number, scale), row] as number[],
      label: { color: inkOn(theme.scale, position(value as number, scale)) },
    })),
    dimensions: ['x', 'y', 'value', 'row'],
    encode: { x: 0, y: 1, value: 2 },
    label: {
      show: width >= LEAST_WIDTH && height >= LEAST_HEIGHT,
      fontFamily: theme.font,
      fontSize: INK,
      formatter: ({ dataIndex }) => formatQuantity(known[dataIndex ?? -1]?.value ?? null, scale.unit),
    },
    itemStyle: { borderColor: theme.background, borderWidth: 1 },
  }
}

/** Cells without a value, hatched: no colour would be honest. Data are `[x, y, row]`. */
export function failedCells({ marks }: Series, theme: PlotTheme): CustomSeriesOption {
  const failed = marks.filter(({ value }) => value === null)
  return {
    type: 'custom',
    data: failed.map(({ x, y, row }) => [x as number, y as number, row]),
    dimensions: ['x', 'y', 'row'],
    encode: { x: 0, y: 1 },
    clip: true,
    itemStyle: { color: theme.grid },
    renderItem: (params, api) => {
      const [x = 0, y = 0] = api.coord([api.value(0), api.value(1)])
      const size = api.size?.([1, 1])
      const [width = 0, height = 0] = Array.isArray(size) ? size : []
      const fits = width >= LEAST_WIDTH && height >= LEAST_HEIGHT
      const words = fits ? cutText(printable(failed[params.dataIndex]?.text ?? ''), width - 8, INK) : ''
      const cell = {
        type: 'rect' as const,
        shape: { x: x - width / 2, y: y - height / 2, width, height },
        style: {
          fill: theme.grid,
          stroke: theme.background,
          lineWidth: 1,
          decal: { ...HATCHES, color: theme.line },
        },
      }
      if (words.length < 2) return { type: 'group', children: [cell] }
      const style = {
        text: words,
        fill: theme.text,
        backgroundColor: theme.grid,
        padding: [1, 3],
        fontSize: INK,
        fontFamily: theme.font,
        align: 'center' as const,
        verticalAlign: 'middle' as const,
      }
      return { type: 'group', children: [cell, { type: 'text', x, y, style }] }
    },
  }
}

const HATCHES = { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 }
/** Of letters in cells, and of cells that have room for some. */
const INK = 11
const LEAST_WIDTH = 46
const LEAST_HEIGHT = 16

/** The key of the colours, across the top. */
export function colorKey(
  scale: ColorScale,
  drawing: Drawing,
  theme: PlotTheme,
  top: number,
): ContinousVisualMapComponentOption {
  const before = `${cutText(printable(scale.title), 200, LABEL)}  ${formatQuantity(scale.low, scale.unit)}`
  return {
    type: 'continuous',
    min: scaled(scale.low, scale),
    max: scaled(scale.high, scale),
    dimension: 2,
    seriesIndex: drawing.series.flatMap(({ layer }, index) => (layer.mark === 'cells' ? [index] : [])),
    calculable: false,
    hoverLink: false,
    orient: 'horizontal',
    left: 4,
    top,
    itemWidth: 10,
    itemHeight: 140,
    padding: 0,
    inRange: { color: [...theme.scale] },
    text: [formatQuantity(scale.high, scale.unit), before],
    textStyle: { color: theme.muted, fontFamily: theme.font, fontSize: LABEL },
  }
}

function scaled(value: number, { log }: ColorScale): number {
  return log ? Math.log10(value) : value
}

/** From 0 to 1. */
function position(value: number, scale: ColorScale): number {
  const low = scaled(scale.low, scale)
  return Math.min(1, Math.max(0, (scaled(value, scale) - low) / (scaled(scale.high, scale) - low)))
}

/** Black or white, whichever stands out from the colour at a position of a scale. */
function inkOn(scale: readonly string[], position: number): string {
  const at = position * (scale.length - 1)
  const from = channels(scale[Math.floor(at)] ?? '#000000')
  const to = channels(scale[Math.ceil(at)] ?? '#000000')
  const mixed = from.map((channel, index) => channel + (at - Math.floor(at)) * ((to[index] ?? 0) - channel))
  const [red = 0, green = 0, blue = 0] = mixed.map((channel) => (channel / 255) ** 2.2)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? '#000000' : '#ffffff'
}

function channels(color: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
}
