import type { CustomSeriesOption, CustomSeriesRenderItemReturn } from 'echarts'
import type { BarPlaces } from './bar-series.ts'
import type { Series } from './drawing.ts'
import type { PlotTheme } from './plot-theme.ts'
import type { SeriesStyle } from './series-style.ts'

/** Half the width of the ends. */
const CAP = 4

/**
 * Intervals of values as whiskers; an end that is not known is left open. Data are `[x, y, low, high, row]`.
 * @param index of the series that has the values
 */
export function intervalSeries(
  series: Series,
  index: number,
  style: SeriesStyle,
  theme: PlotTheme,
  places: BarPlaces,
): CustomSeriesOption | null {
  const bars = series.layer.mark === 'bars' || series.layer.mark === 'stack'
  const marks = series.marks.filter(({ y, low, high }) => y !== null && (low !== null || high !== null))
  if (marks.length === 0) return null
  const stroke = bars ? theme.text : style.color
  return {
    type: 'custom',
    data: marks.map(({ x, y, low, high, row }) => [x, y, low, high, row]),
    dimensions: ['x', 'y', 'low', 'high', 'row'],
    encode: { x: 0, y: [1, 2, 3] },
    silent: true,
    clip: true,
    tooltip: { show: false },
    itemStyle: { color: style.color },
    renderItem: (_, api): CustomSeriesRenderItemReturn => {
      const shown = new Set(api.currentSeriesIndices())
      const offset = bars ? places.slotOf(index, shown, api).offset : 0
      const [x, y, low, high, row] = [0, 1, 2, 3, 4].map((at) => api.value(at) as number) as [
        number,
        number,
        number,
        number,
        number,
      ]
      const base = bars ? places.baseOf(index, row, shown) : 0
      const pixel = (end: number): readonly [number, number] => {
        const value = Number.isFinite(end) ? end : places.lying ? x : y
        const [left, top] = api.coord(places.lying ? [base + value, y] : [x, base + value]) as [
          number,
          number,
        ]
        return places.lying ? [left, top + offset] : [left + offset, top]
      }
      const ends = [pixel(low), pixel(high)] as const
      const caps = [low, high].flatMap((end, at) =>
        Number.isFinite(end) ? [cap(ends[at] as readonly [number, number], places.lying)] : [],
      )
      return {
        type: 'group',
        children: [line(ends[0], ends[1]), ...caps].map((shape) => ({
          type: 'line',
          shape,
          style: { stroke, lineWidth: 1.3, fill: 'none' },
        })),
      }
    },
  }
}

interface Line {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

function line(from: readonly [number, number], to: readonly [number, number]): Line {
  return { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }
}

function cap([x, y]: readonly [number, number], lying: boolean): Line {
  return lying ? { x1: x, y1: y - CAP, x2: x, y2: y + CAP } : { x1: x - CAP, y1: y, x2: x + CAP, y2: y }
}
