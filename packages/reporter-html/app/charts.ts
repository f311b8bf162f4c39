import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts'
import {
  DatasetComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapComponent,
  VisualMapContinuousComponent,
} from 'echarts/components'
import { init, use } from 'echarts/core'
import type { EChartsType } from 'echarts/core'
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers'
import type { AnalysisTable, Plot } from 'servebench/plugin'
import { plotOption } from '../src/plots/plot-option.ts'
import { DARK, LIGHT } from '../src/plots/plot-theme.ts'

use([
  BarChart,
  CustomChart,
  HeatmapChart,
  LineChart,
  ScatterChart,
  DatasetComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapComponent,
  VisualMapContinuousComponent,
  CanvasRenderer,
  SVGRenderer,
])

/** Of files, which are for paper: light, and of one size. */
const FILE = { width: 900, height: 480 } as const
const PIXELS = 3

export function draw(element: HTMLElement, table: AnalysisTable, plot: Plot, dark: boolean): EChartsType {
  const chart = init(element, null, { renderer: 'canvas' })
  const option = plotOption(table, plot, dark ? DARK : LIGHT)
  // Tooltips as text on the canvas: no markup is ever made of names.
  chart.setOption({
    ...option,
    animation: false,
    tooltip: { confine: true, ...(option.tooltip as object), renderMode: 'richText' },
  })
  return chart
}

export function toSvg(table: AnalysisTable, plot: Plot): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...FILE })
  chart.setOption({ ...plotOption(table, plot, LIGHT), animation: false })
  const text = chart.renderToSVGString()
  chart.dispose()
  return text
}

export async function toPng(table: AnalysisTable, plot: Plot): Promise<Blob | null> {
  const element = document.createElement('div')
  const chart = init(element, null, { renderer: 'canvas', ...FILE })
  chart.setOption({ ...plotOption(table, plot, LIGHT), animation: false })
  const canvas = chart.renderToCanvas({ pixelRatio: PIXELS, backgroundColor: '#ffffff' })
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  chart.dispose()
  return blob
}
