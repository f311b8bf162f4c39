import type { LineSeriesOption, ScatterSeriesOption } from 'echarts'
import type { Mark, Series } from './drawing.ts'
import type { SeriesStyle } from './series-style.ts'
import type { PlotTheme } from './plot-theme.ts'
import { shorten } from './text.ts'

/** Lines with more values have no dots. */
const MOST_DOTS = 40

/** Lines, steps and areas; data are `[x, y, row]`. */
export function lineSeries(
  series: Series,
  style: SeriesStyle,
  theme: PlotTheme,
  log: boolean,
): LineSeriesOption {
  const { layer, marks } = series
  const area = layer.mark === 'area'
  const texts = marks.some(({ text }) => text !== null)
  const dots = !area && layer.mark !== 'step' && marks.length <= MOST_DOTS
  const alone = lonely(marks)
  return {
    type: 'line',
    // A step would go on to the place of a gap, and back.
    data: marks.map(({ x, y, row }) => [y === null ? null : x, y, row]),
    dimensions: ['x', 'y', 'row'],
    encode: { x: 0, y: 1 },
    connectNulls: false,
    clip: true,
    ...(layer.mark === 'step' ? { step: 'end' as const } : {}),
    showSymbol: true,
    showAllSymbol: true,
    // A value between two gaps would have no line, and could not be seen.
    symbol: (_: unknown, { dataIndex }: { dataIndex: number }): string =>
      dots || texts || alone.has(dataIndex) ? style.symbol : 'none',
    symbolSize: 5,
    lineStyle: {
      color: style.color,
      width: area ? 1.5 : 2,
      type: 'dashed' in layer && layer.dashed ? 'dashed' : style.dash,
    },
    itemStyle: { color: style.color },
    ...(area
      ? { areaStyle: { color: style.color, opacity: 0.22, origin: log ? ('start' as const) : 0 } }
      : {}),
    ...textOption(marks, theme),
    emphasis: { focus: 'none', lineStyle: { width: 2.5 } },
  }
}

/** Data are `[x, y, row]`. */
export function pointSeries(series: Series, style: SeriesStyle, theme: PlotTheme): ScatterSeriesOption {
  const { marks } = series
  return {
    type: 'scatter',
    data: marks.map(({ x, y, row }) => [x, y, row]),
    dimensions: ['x', 'y', 'row'],
    encode: { x: 0, y: 1 },
    clip: true,
    symbol: style.symbol,
    symbolSize: marks.length > 400 ? 4 : 8,
    itemStyle: { color: style.color, opacity: marks.length > 400 ? 0.5 : 0.9 },
    ...textOption(marks, theme),
    emphasis: { scale: 1.3 },
  }
}

function textOption(
  marks: readonly Mark[],
  theme: PlotTheme,
): Pick<ScatterSeriesOption, 'label' | 'labelLayout'> {
  if (marks.every(({ text }) => text === null)) return {}
  return {
    label: {
      show: true,
      position: 'top',
      distance: 5,
      color: theme.text,
      fontFamily: theme.font,
      fontSize: 11,
      textBorderColor: theme.background,
      textBorderWidth: 2,
      formatter: ({ dataIndex }) => shorten(marks[dataIndex ?? -1]?.text ?? '', 24),
    },
    labelLayout: { hideOverlap: true },
  }
}

/** Values with a gap, or an end, on both sides. */
function lonely(marks: readonly Mark[]): ReadonlySet<number> {
  const is = (at: number): boolean => (marks[at]?.y ?? null) !== null
  return new Set(marks.flatMap((_, at) => (is(at) && !is(at - 1) && !is(at + 1) ? [at] : [])))
}
