import { setPlatformAPI, use } from 'echarts/core'
import type { EChartsType } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import type { AnalysisTable, Plot } from 'servebench/plugin'
import { describePlot } from '../src/plots/describe-plot.ts'
import { drawSvg } from '../src/plots/draw-svg.ts'
import { init } from '../src/plots/echarts.ts'
import { plotNotes, plotOption } from '../src/plots/plot-option.ts'
import { DARK, LIGHT, type PlotTheme } from '../src/plots/plot-theme.ts'
import { readPlot } from '../src/plots/read-plot.ts'

use(CanvasRenderer)

// Here there is a browser that can measure words.
const ruler = document.createElement('canvas').getContext('2d')
setPlatformAPI({
  measureText(text, font) {
    if (ruler === null) return { width: 0 }
    ruler.font = font ?? '12px sans-serif'
    return ruler.measureText(text)
  },
})

/** Of files, which are for paper: light, and of one size. */
const FILE = { width: 900, height: 500 } as const
const PIXELS = 3

/** On the ground of the page. */
const DARK_PAGE: PlotTheme = { ...DARK, background: '#14181d' }

export function draw(element: HTMLElement, table: AnalysisTable, plot: Plot, isDark: boolean): EChartsType {
  const chart = init(element, null, { renderer: 'canvas' })
  const theme = isDark ? DARK_PAGE : LIGHT
  const size = { width: element.clientWidth, height: element.clientHeight }
  chart.setOption(plotOption(table, plot, theme, { ...size, legend: 'whole', title: false, notes: false }))
  return chart
}

/** A plot in words. */
export function describe(table: AnalysisTable, plot: Plot): string {
  return describePlot(readPlot(table, plot))
}

/** What a reader of the plot has to know, also what of the table could not be drawn. */
export { plotNotes }

export function toSvg(table: AnalysisTable, plot: Plot): string {
  return drawSvg(table, plot, LIGHT, FILE)
}

export async function toPng(table: AnalysisTable, plot: Plot): Promise<Blob | null> {
  const chart = init(document.createElement('div'), null, { renderer: 'canvas', ...FILE })
  chart.setOption(plotOption(table, plot, LIGHT, { ...FILE, notes: true, legend: 'whole' }))
  const canvas = chart.renderToCanvas({ pixelRatio: PIXELS, backgroundColor: LIGHT.background })
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  chart.dispose()
  return blob
}
