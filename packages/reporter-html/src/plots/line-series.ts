import type { LineSeriesOption, ScatterSeriesOption } from 'echarts'
import { printable } from 'servebench/curves'
import type { Mark, Series } from './drawing.ts'
import type { SeriesStyle } from './series-style.ts'
import type { PlotTheme } from './plot-theme.ts'
import { cutMiddle } from './text-width.ts'

/** Lines with more values have no dots. */
const MOST_DOTS = 40
/** Of words at marks, and how wide they may be. */
const FONT = 11
const WORDS = 150

/** Lines, steps and areas; data are `[x, y, row]`. */
export function lineSeries(
  series: Series,
  style: SeriesStyle,
  theme: PlotTheme,
  log: boolean,
  room: WordRoom,
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
    ...textOption(marks, theme, room),
    emphasis: { focus: 'none', lineStyle: { width: 2.5 } },
  }
}

/** Data are `[x, y, row]`. */
export function pointSeries(
  series: Series,
  style: SeriesStyle,
  theme: PlotTheme,
  room: WordRoom,
): ScatterSeriesOption {
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
    ...textOption(marks, theme, room),
    emphasis: { scale: 1.3 },
  }
}

/** Where words at marks may stand, in pixels. */
export interface WordRoom {
  readonly top: number
  readonly right: number
}

function textOption(
  marks: readonly Mark[],
  theme: PlotTheme,
  room: WordRoom,
): Pick<ScatterSeriesOption, 'label' | 'labelLayout'> {
  if (marks.every(({ text }) => text === null)) return {}
  // Above them there are whiskers.
  const beside = marks.some(({ low, high }) => low !== null || high !== null)
  return {
    label: {
      show: true,
      position: beside ? 'right' : 'top',
      distance: 5,
      color: theme.text,
      fontFamily: theme.font,
      fontSize: FONT,
      textBorderColor: theme.background,
      textBorderWidth: 2,
      formatter: ({ dataIndex }) => cutMiddle(printable(marks[dataIndex ?? -1]?.text ?? ''), WORDS, FONT),
    },
    labelLayout: ({ rect, labelRect }) => {
      const { x, y, width, height } = labelRect
      // At the right there may be no room, and at the top there are titles.
      const fits = x + width <= room.right
      const middle = fits ? x + width / 2 : beside ? rect.x - 4 - width / 2 : room.right - width / 2
      return {
        x: Math.max(width / 2, middle),
        // Beside a mark they stand a little higher than the line that goes on from it.
        y: y < room.top ? rect.y + rect.height + height / 2 + 3 : y + (beside ? -2 : height / 2),
        align: 'center',
        verticalAlign: 'middle',
        hideOverlap: true,
      }
    },
  }
}

/** Values with a gap, or an end, on both sides. */
function lonely(marks: readonly Mark[]): ReadonlySet<number> {
  const is = (at: number): boolean => (marks[at]?.y ?? null) !== null
  return new Set(marks.flatMap((_, at) => (is(at) && !is(at - 1) && !is(at + 1) ? [at] : [])))
}
