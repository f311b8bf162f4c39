import { CustomChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts'
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
} from 'echarts/components'
import { init, setPlatformAPI, use } from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import { SVGRenderer } from 'echarts/renderers'
import { textWidth } from './text-width.ts'

use([
  CustomChart,
  HeatmapChart,
  LineChart,
  ScatterChart,
  AriaComponent,
  GridComponent,
  LegendComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
  LabelLayout,
  SVGRenderer,
])

setPlatformAPI({
  measureText: (text, font) => ({
    width: textWidth(
      text,
      Number.parseFloat(/([\d.]+)px/.exec(font ?? '')?.[1] ?? '12'),
      /bold|[6-9]00/.test(font ?? ''),
    ),
  }),
})

/** The parts of the chart library that pictures in files are made with, where there is no browser to measure words. */
export { init }
