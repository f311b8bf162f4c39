import type { SeriesOption } from 'echarts'
import { bandSeries } from './band-series.ts'
import { BarPlaces, barSeries } from './bar-series.ts'
import { cellSeries, failedCells, type ColorScale } from './cell-series.ts'
import type { Drawing, Series } from './drawing.ts'
import { intervalSeries } from './interval-series.ts'
import { lineSeries, pointSeries, type WordRoom } from './line-series.ts'
import type { PlotLayout } from './plot-layout.ts'
import type { PlotTheme } from './plot-theme.ts'
import { ruleSeries } from './rule-series.ts'
import type { PlacedRules } from './rule-words.ts'
import type { SeriesStyle } from './series-style.ts'

/** What all series of a picture share. */
export interface Picture {
  readonly drawing: Drawing
  readonly styles: ReadonlyMap<string, SeriesStyle>
  /** Where there are cells. */
  readonly colors: ColorScale | null
  readonly rules: PlacedRules
  readonly theme: PlotTheme
  readonly layout: PlotLayout
  readonly room: WordRoom
}

/** The first of these are the drawing's, in its order; behind them are parts that belong to one of those. */
export function allSeries(picture: Picture): SeriesOption[] {
  const { drawing, styles, theme } = picture
  const places = new BarPlaces(drawing)
  const extras: SeriesOption[] = []
  const own = drawing.series.map((series, index): SeriesOption => {
    const style = styles.get(series.key) as SeriesStyle
    const part = { name: series.key, yAxisIndex: series.axis === 'y2' ? 1 : 0 }
    const interval = intervalSeries(series, index, style, theme, places)
    if (interval !== null) extras.push({ ...interval, ...part })
    if (series.layer.mark === 'cells') extras.push({ ...failedCells(series, theme), ...part })
    return { ...markSeries(picture, series, index, style, places), ...part }
  })
  return [...own, ...extras]
}

function markSeries(
  { drawing, colors, rules, theme, layout, room }: Picture,
  series: Series,
  index: number,
  style: SeriesStyle,
  places: BarPlaces,
): SeriesOption {
  switch (series.layer.mark) {
    case 'points':
      return pointSeries(series, style, theme, room)
    case 'bars':
    case 'stack':
      return barSeries(series, index, style, places)
    case 'band':
      return bandSeries(series, style)
    case 'rules':
      return ruleSeries(series, style, theme, rules)
    case 'cells':
      return cellSeries(series, colors as ColorScale, drawing, theme, layout)
    default:
      return lineSeries(series, style, theme, drawing[series.axis]?.scale === 'log', room)
  }
}
