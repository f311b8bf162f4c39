import type { EChartsOption, SeriesOption, TitleComponentOption } from 'echarts'
import { printable } from 'servebench/curves'
import type { AnalysisTable, Plot } from 'servebench/curves'
import { ticksOf, xAxisOption, yAxisOption } from './axis-option.ts'
import { bandSeries } from './band-series.ts'
import { BarPlaces, barSeries } from './bar-series.ts'
import { cellSeries, colorKey, colorScaleOf, failedCells, type ColorScale } from './cell-series.ts'
import { describePlot } from './describe-plot.ts'
import type { Drawing, Series } from './drawing.ts'
import { intervalSeries } from './interval-series.ts'
import { legendOf } from './legend.ts'
import { lineSeries, pointSeries } from './line-series.ts'
import { DEFAULT_LAYOUT, type PlotLayout } from './plot-layout.ts'
import type { PlotTheme } from './plot-theme.ts'
import { readPlot } from './read-plot.ts'
import { ruleSeries } from './rule-series.ts'
import { placeRules, RULE_LINE, type PlacedRules } from './rule-words.ts'
import { seriesStyles, type SeriesStyle } from './series-style.ts'
import { shorten } from './text.ts'
import { cutText, wrapText } from './text-width.ts'
import { tooltipOption } from './tooltip.ts'

/**
 * A plot of a table as the options of a chart, the same in a page and in a file. It never throws: of what cannot be drawn
 * the picture says why.
 * @param layout the size that it is drawn at, which decides how many ticks and words there is room for
 */
export function plotOption(
  table: AnalysisTable,
  plot: Plot,
  theme: PlotTheme,
  layout: Partial<PlotLayout> = {},
): EChartsOption {
  const size = { ...DEFAULT_LAYOUT, ...layout }
  const drawing = readPlot(table, plot)
  const common = commonOption(drawing, theme)
  if (drawing.nothing !== null) return { ...common, ...nothingOption(drawing, theme, size) }

  const styles = seriesStyles(drawing, theme)
  const unitOf = (column: string): string | null =>
    table.columns.find(({ name }) => name === column)?.unit ?? null
  const colors = colorScaleOf(drawing, unitOf)
  const ticks = {
    x: ticksOf(drawing, 'x', size),
    y: ticksOf(drawing, 'y', size),
    y2: ticksOf(drawing, 'y2', size),
  }
  const rules = placeRules(drawing, ticks, size)
  const headroom = rules.lines * RULE_LINE
  const title = size.title ? titleLines(drawing, size) : []
  const head = title.length === 0 ? 4 : 10 + title.length * TITLE_LINE
  const legend = legendOf(drawing, styles, theme, size, head)
  const key = colors === null ? 0 : 22
  const all = legend?.isCut ? [...drawing.notes, 'Not all names of groups have room.'] : drawing.notes
  const notes = size.notes ? all.flatMap((note) => wrapText(note, size.width - 8, NOTE)) : []
  const top = head + (legend?.height ?? 0) + key + 2
  return {
    ...common,
    title: [...titleOption(title, theme), ...notesOption(notes, theme)],
    ...(legend === null ? {} : { legend: legend.option }),
    ...(colors === null
      ? {}
      : { visualMap: colorKey(colors, cellIndices(drawing), theme, head + (legend?.height ?? 0)) }),
    tooltip: tooltipOption(table, drawing, theme),
    grid: {
      left: 6,
      right: drawing.x.scale === 'category' ? 10 : 20,
      top,
      bottom: 6 + notes.length * NOTE_LINE,
      outerBoundsMode: 'same',
      outerBoundsContain: 'all',
    },
    xAxis: xAxisOption(drawing, ticks.x, theme, size),
    yAxis: [
      yAxisOption(drawing, 'y', ticks.y, theme, size, headroom),
      ...(drawing.y2 === null ? [] : [yAxisOption(drawing, 'y2', ticks.y2, theme, size, headroom)]),
    ],
    series: allSeries(drawing, styles, colors, rules, theme, size),
  }
}

/** What a reader of the plot has to know: its author's notes, and what of the table could not be drawn. */
export function plotNotes(table: AnalysisTable, plot: Plot): readonly string[] {
  return readPlot(table, plot).notes
}

function commonOption(drawing: Drawing, theme: PlotTheme): EChartsOption {
  return {
    animation: false,
    backgroundColor: theme.background,
    color: [...theme.palette],
    textStyle: { fontFamily: theme.font, color: theme.text },
    aria: { enabled: true, label: { enabled: true, description: describePlot(drawing) } },
  }
}

function nothingOption(drawing: Drawing, theme: PlotTheme, size: PlotLayout): EChartsOption {
  return {
    title: [
      ...titleOption(size.title ? titleLines(drawing, size) : [], theme),
      {
        text: wrapText(shorten(drawing.nothing ?? '', 300), size.width - 40, 13).join('\n'),
        left: 'center',
        top: 'middle',
        textStyle: {
          color: theme.muted,
          fontFamily: theme.font,
          fontSize: 13,
          fontWeight: 'normal',
        },
      },
    ],
    series: [],
  }
}

const TITLE = 15
const TITLE_LINE = 20
const MOST_TITLE_LINES = 2

function titleLines({ plot }: Drawing, { width }: PlotLayout): readonly string[] {
  const lines = wrapText(printable(plot.title), width - 12, TITLE, true)
  const rest = lines.slice(MOST_TITLE_LINES - 1).join(' ')
  return [...lines.slice(0, MOST_TITLE_LINES - 1), cutText(rest, width - 12, TITLE, true)].filter(
    (line) => line !== '',
  )
}

function titleOption(lines: readonly string[], theme: PlotTheme): readonly TitleComponentOption[] {
  if (lines.length === 0) return []
  return [
    {
      text: lines.join('\n'),
      left: 4,
      top: 6,
      padding: 0,
      textStyle: {
        color: theme.text,
        fontFamily: theme.font,
        fontSize: TITLE,
        fontWeight: 600,
        lineHeight: TITLE_LINE,
      },
    },
  ]
}

const NOTE = 11
const NOTE_LINE = 15

function notesOption(lines: readonly string[], theme: PlotTheme): readonly TitleComponentOption[] {
  if (lines.length === 0) return []
  return [
    {
      text: lines.join('\n'),
      left: 4,
      bottom: 2,
      padding: 0,
      textStyle: {
        color: theme.muted,
        fontFamily: theme.font,
        fontSize: NOTE,
        fontWeight: 'normal',
        lineHeight: NOTE_LINE,
      },
    },
  ]
}

function cellIndices({ series }: Drawing): readonly number[] {
  return series.flatMap(({ layer }, index) => (layer.mark === 'cells' ? [index] : []))
}

/** The first of these are the drawing's, in its order; behind them are parts that belong to one of those. */
function allSeries(
  drawing: Drawing,
  styles: ReadonlyMap<string, SeriesStyle>,
  colors: ColorScale | null,
  rules: PlacedRules,
  theme: PlotTheme,
  size: PlotLayout,
): SeriesOption[] {
  const places = new BarPlaces(drawing)
  const extras: SeriesOption[] = []
  const own = drawing.series.map((series, index): SeriesOption => {
    const style = styles.get(series.key) as SeriesStyle
    const part = { name: series.key, yAxisIndex: series.axis === 'y2' ? 1 : 0 }
    const interval = intervalSeries(series, index, style, theme, places)
    if (interval !== null) extras.push({ ...interval, ...part })
    if (series.layer.mark === 'cells') {
      extras.push({ ...failedCells(series, theme), ...part })
      return { ...cellSeries(series, colors as ColorScale, drawing, theme, size), ...part }
    }
    const log = drawing[series.axis]?.scale === 'log'
    return { ...markSeries(series, index, style, theme, places, rules, log), ...part }
  })
  return [...own, ...extras]
}

function markSeries(
  series: Series,
  index: number,
  style: SeriesStyle,
  theme: PlotTheme,
  places: BarPlaces,
  rules: PlacedRules,
  log: boolean,
): SeriesOption {
  switch (series.layer.mark) {
    case 'points':
      return pointSeries(series, style, theme)
    case 'bars':
    case 'stack':
      return barSeries(series, index, style, places)
    case 'band':
      return bandSeries(series, style)
    case 'rules':
      return ruleSeries(series, style, theme, rules)
    default:
      return lineSeries(series, style, theme, log)
  }
}
