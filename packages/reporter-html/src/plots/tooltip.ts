import type { TooltipComponentOption } from 'echarts'
import type { AnalysisTable, PlotLayer } from 'servebench/curves'
import type { Drawing, Series } from './drawing.ts'
import { writeCell } from './read-plot.ts'
import type { PlotTheme } from './plot-theme.ts'
import { shorten } from './text.ts'

const MOST_LINES = 14

/** What the library says about a mark that is pointed at. */
interface Pointed {
  readonly seriesIndex?: number
  readonly value?: unknown
  /** A dot in the colour of the series. */
  readonly marker?: unknown
}

/**
 * What is shown at the pointer: the values of the rows that are drawn there, as the table has them. Along lines that is
 * every line at that place.
 */
export function tooltipOption(
  table: AnalysisTable,
  drawing: Drawing,
  theme: PlotTheme,
): TooltipComponentOption {
  const along = drawing.series.every(({ layer }) => layer.mark !== 'points' && layer.mark !== 'cells')
  return {
    trigger: along ? 'axis' : 'item',
    axisPointer: { type: 'line', lineStyle: { color: theme.line } },
    confine: true,
    // Drawn as text: names are never made into markup.
    renderMode: 'richText',
    backgroundColor: theme.background,
    borderColor: theme.line,
    borderWidth: 1,
    textStyle: { color: theme.text, fontFamily: theme.font, fontSize: 12 },
    formatter: (pointed: unknown) => {
      const all = (Array.isArray(pointed) ? pointed : [pointed]) as readonly Pointed[]
      return linesOf(table, drawing, all).join('\n')
    },
  }
}

function linesOf(table: AnalysisTable, drawing: Drawing, pointed: readonly Pointed[]): readonly string[] {
  const found = pointed.flatMap(({ seriesIndex, value, marker }) => {
    const series =
      drawing.series[seriesIndex ?? -1] ?? drawing.series.find(({ layer }) => layer.mark === 'cells')
    const row = Array.isArray(value) ? (value.at(-1) as unknown) : undefined
    return series !== undefined && typeof row === 'number' && table.rows[row] !== undefined
      ? [{ series, row, marker: typeof marker === 'string' ? marker : '' }]
      : []
  })
  const [first] = found
  if (first === undefined) return []
  const place = placeOf(table, drawing, first.series, first.row)
  const lines = found.map(({ series, row, marker }) => valueLine(table, series, row, marker))
  const more = lines.length - MOST_LINES
  return [
    ...(place === '' ? [] : [plain(place)]),
    ...lines.slice(0, MOST_LINES),
    ...(more > 0 ? [`and ${more} more`] : []),
  ]
}

/** Where it is: what the first axis says. */
function placeOf(table: AnalysisTable, { plot }: Drawing, { layer }: Series, row: number): string {
  if (layer.mark === 'rules' && layer.x === undefined) return ''
  const x = 'x' in layer && layer.x !== undefined ? cell(table, row, layer.x) : ''
  if (layer.mark !== 'cells') return shorten(`${plot.x.title}: ${x}`, 80)
  return shorten(`${plot.x.title}: ${x}, ${plot.y.title}: ${cell(table, row, layer.y)}`, 120)
}

function valueLine(table: AnalysisTable, { layer, key }: Series, row: number, marker: string): string {
  return `${layer.mark === 'cells' ? '' : marker}${plain(shorten(key, 60))}: ${plain(valueOf(table, layer, row))}`
}

function valueOf(table: AnalysisTable, layer: PlotLayer, row: number): string {
  switch (layer.mark) {
    case 'band':
      return `${cell(table, row, layer.low)} to ${cell(table, row, layer.high)}`
    case 'cells': {
      const why = layer.text === undefined ? '' : cell(table, row, layer.text)
      return `${cell(table, row, layer.value)}${why === '' || why === '–' ? '' : ` (${why})`}`
    }
    case 'rules': {
      const words = layer.text === undefined ? '' : cell(table, row, layer.text)
      return words !== '' ? words : cell(table, row, layer.y ?? layer.x ?? '')
    }
    default: {
      const words = layer.text === undefined ? '' : ` ${cell(table, row, layer.text)}`
      const low = layer.low === undefined ? '' : cell(table, row, layer.low)
      const high = layer.high === undefined ? '' : cell(table, row, layer.high)
      const interval =
        low === '' && high === '' ? '' : ` (${low === '' ? '?' : low} to ${high === '' ? '?' : high})`
      return `${cell(table, row, layer.y)}${interval}${words}`
    }
  }
}

function cell(table: AnalysisTable, row: number, column: string): string {
  const at = table.columns.findIndex(({ name }) => name === column)
  return shorten(writeCell(table.rows[row]?.[at], table.columns[at]?.unit ?? null), 80)
}

/** Without what begins a style in the library's texts. */
function plain(text: string): string {
  return text.replaceAll('{', '(')
}
