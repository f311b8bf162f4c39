import type { SeriesOption } from 'echarts'
import type { AnalysisTable, Plot } from 'servebench/curves'
import { crc32c } from 'servebench/plugin'
import { describePlot } from './describe-plot.ts'
import { init } from './echarts.ts'
import { DEFAULT_LAYOUT, type PlotLayout } from './plot-layout.ts'
import { plotOption } from './plot-option.ts'
import type { PlotTheme } from './plot-theme.ts'
import { readPlot } from './read-plot.ts'

/** A plot as the text of an SVG file, with its notes; the same for the same table. */
export function drawSvg(
  table: AnalysisTable,
  plot: Plot,
  theme: PlotTheme,
  layout: Partial<PlotLayout> = {},
): string {
  const { width, height } = { ...DEFAULT_LAYOUT, ...layout }
  const option = plotOption(table, plot, theme, { notes: true, legend: 'whole', ...layout })
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    // Nobody points at paper.
    const series = (option.series as SeriesOption[]).map((one) => ({
      ...one,
      silent: true,
      emphasis: { disabled: true },
    }))
    chart.setOption({ ...option, series } as Parameters<typeof chart.setOption>[0])
    return describe(stable(chart.renderToSVGString()), describePlot(readPlot(table, plot)))
  } finally {
    chart.dispose()
  }
}

/** The library numbers what it refers to by how many charts it has drawn. Pictures in one page must still not share any name. */
function stable(svg: string): string {
  // There is nothing in it but how marks look under a pointer.
  const bare = svg.replace(/<style\b[^>]*>[\s\S]*?<\/style>\s*/g, '')
  const renamed = (prefix: string): string =>
    bare.replace(TAG, (tag) => tag.replace(/ (?:class|ecmeta_\w+)="[^"]*"/g, '').replace(/\bzr\d+-/g, prefix))
  const digest = crc32c(new TextEncoder().encode(renamed('')))
  return renamed(`p${digest.toString(36)}-`)
}

/** Words stand between tags, and have no angle brackets of their own. */
const TAG = /<[^>]*>/g

function describe(svg: string, text: string): string {
  return svg.replace(TAG, (tag, at: number) =>
    at === 0 ? `${tag.slice(0, -1)} role="img"><desc>${escapeMarkup(text)}</desc>` : tag,
  )
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
