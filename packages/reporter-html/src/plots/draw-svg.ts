import type { AnalysisTable, Plot } from 'servebench/curves'
import { init } from './echarts.ts'
import { plotOption } from './plot-option.ts'
import { DEFAULT_LAYOUT, type PlotLayout } from './plot-layout.ts'
import type { PlotTheme } from './plot-theme.ts'

/** A plot as the text of an SVG file; the same for the same table. */
export function drawSvg(
  table: AnalysisTable,
  plot: Plot,
  theme: PlotTheme,
  layout: Partial<PlotLayout> = {},
): string {
  const { width, height } = { ...DEFAULT_LAYOUT, ...layout }
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption(plotOption(table, plot, theme, { notes: true, ...layout }))
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}
