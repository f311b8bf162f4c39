import type { EChartsOption } from 'echarts'
import { formatQuantity } from 'servebench/report'
import type { AnalysisTable, JsonValue, Plot, PlotAxis, PlotMarks } from 'servebench/plugin'
import type { PlotTheme } from './plot-theme.ts'

const SERIES = {
  line: 'line',
  step: 'line',
  points: 'scatter',
  bars: 'bar',
  stack: 'bar',
  area: 'line',
} as const

export function plotOption(table: AnalysisTable, plot: Plot, theme: PlotTheme): EChartsOption {
  const ink = theme.dark ? '#c9d1d9' : '#3b424b'
  const columns = new Map(table.columns.map(({ name }, index) => [name, index]))
  const read = (row: readonly JsonValue[], name: string): JsonValue => row[columns.get(name) ?? -1] ?? null
  const marks = plot.layers.filter((layer): layer is PlotMarks => Object.hasOwn(SERIES, layer.mark))
  const series = marks.flatMap((layer) => {
    const rows = table.rows.filter((row) => !layer.where || read(row, layer.where.column) === layer.where.is)
    const { group } = layer
    const groups =
      group === undefined
        ? [[layer.label ?? '', rows] as const]
        : [...Map.groupBy(rows, (row) => JSON.stringify(read(row, group)))]
    return groups.map(([name, own]) => ({
      name,
      type: SERIES[layer.mark],
      ...(layer.mark === 'step' ? { step: 'end' } : {}),
      ...(layer.mark === 'area' ? { areaStyle: { opacity: 0.2 } } : {}),
      ...(layer.mark === 'stack' ? { stack: 'all' } : {}),
      showSymbol: false,
      data: own.map((row) => [read(row, layer.x), read(row, layer.y)]),
    }))
  })
  const axis = ({ title, unit, scale }: PlotAxis): object => ({
    name: title,
    nameLocation: 'middle',
    nameGap: 36,
    type: scale === 'linear' ? 'value' : scale,
    axisLabel: scale === 'category' ? {} : { formatter: (value: number) => formatQuantity(value, unit) },
  })
  return {
    animation: false,
    textStyle: { color: ink, fontFamily: 'system-ui, sans-serif' },
    color: ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00'],
    legend: { show: series.length > 1, top: 0, textStyle: { color: ink } },
    tooltip: { trigger: 'item' },
    grid: { left: 90, right: 24, top: 36, bottom: 56 },
    xAxis: axis(plot.x),
    yAxis: { ...axis(plot.y), nameGap: 70 },
    series,
  } as EChartsOption
}
