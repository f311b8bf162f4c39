import type { CustomSeriesOption, CustomSeriesRenderItemReturn } from 'echarts'
import type { Mark, Series } from './drawing.ts'
import type { SeriesStyle } from './series-style.ts'

/** The area between two values, from gap to gap; data are `[x, low, high, row]`. */
export function bandSeries({ marks }: Series, style: SeriesStyle): CustomSeriesOption {
  const runs = runsOf(marks)
  return {
    type: 'custom',
    data: marks.map(({ x, low, high, row }) => [x, low, high, row]),
    dimensions: ['x', 'low', 'high', 'row'],
    encode: { x: 0, y: [1, 2] },
    clip: true,
    itemStyle: { color: style.color, opacity: 0.2 },
    renderItem: (params, api): CustomSeriesRenderItemReturn => {
      // One outline for a whole run: seams between parts would show.
      if (params.dataIndex !== 0) return null
      return {
        type: 'group',
        children: runs.map((run) => ({
          type: 'polygon',
          shape: {
            points: [
              ...run.map(({ x, high }) => api.coord([x as number, high as number])),
              ...run.toReversed().map(({ x, low }) => api.coord([x as number, low as number])),
            ],
          },
          style: { fill: style.color, opacity: 0.2 },
        })),
      }
    },
  }
}

function runsOf(marks: readonly Mark[]): readonly (readonly Mark[])[] {
  const runs: Mark[][] = [[]]
  for (const mark of marks) {
    if (mark.low !== null && mark.high !== null) runs.at(-1)?.push(mark)
    else if (runs.at(-1)?.length !== 0) runs.push([])
  }
  return runs.filter((run) => run.length > 0)
}
