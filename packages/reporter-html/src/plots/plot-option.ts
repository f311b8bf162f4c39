import type { EChartsOption } from 'echarts'
import type { AnalysisTable, Plot } from 'servebench/curves'
import { ticksOf, xAxisOption, yAxisOption } from './axis-option.ts'
import { colorKey, colorScaleOf } from './cell-series.ts'
import { allSeries } from './all-series.ts'
import { NOTE_LINE, noteLines, notesOption, TITLE_LINE, titleLines, titleOption } from './picture-words.ts'
import { describePlot } from './describe-plot.ts'
import type { Drawing } from './drawing.ts'
import { legendOf } from './legend.ts'
import { DEFAULT_LAYOUT, type PlotLayout } from './plot-layout.ts'
import type { PlotTheme } from './plot-theme.ts'
import { readPlot } from './read-plot.ts'
import { placeRules, RULE_LINE } from './rule-words.ts'
import { seriesStyles } from './series-style.ts'
import { shorten } from './text.ts'
import { wrapText } from './text-width.ts'
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
  const notes = size.notes ? noteLines(all, size) : []
  const top = head + (legend?.height ?? 0) + key + 2
  return {
    ...common,
    title: [...titleOption(title, theme), ...notesOption(notes, theme)],
    ...(legend === null ? {} : { legend: legend.option }),
    ...(colors === null ? {} : { visualMap: colorKey(colors, drawing, theme, head + (legend?.height ?? 0)) }),
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
    series: allSeries({
      drawing,
      styles,
      colors,
      rules,
      theme,
      layout: size,
      room: { top: top + headroom + AXIS_TITLE, right: size.width },
    }),
  }
}

/** Height of the titles of upright axes, which stand above them. */
const AXIS_TITLE = 20

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
