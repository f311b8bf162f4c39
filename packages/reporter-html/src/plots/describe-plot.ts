import { formatQuantity } from 'servebench/curves'
import { extentOf } from './extent.ts'
import type { AxisName, Drawing, Series } from './drawing.ts'
import { shorten } from './text.ts'

const MOST_GROUPS = 8

const WORDS: Readonly<Record<string, string>> = {
  line: 'Line',
  step: 'Stepped line',
  points: 'Points',
  bars: 'Bars',
  stack: 'Stacked bars',
  area: 'Area',
  band: 'Band',
  cells: 'Cells',
  rules: 'Rules',
}

/** A plot in words, for readers who do not see it. */
export function describePlot(drawing: Drawing): string {
  const { plot, nothing } = drawing
  if (nothing !== null) return `${shorten(plot.title, 200)}. ${nothing}`
  const axes = [
    axisWords('Across', drawing, 'x'),
    axisWords('Up', drawing, 'y'),
    ...(drawing.y2 === null ? [] : [axisWords('At the right', drawing, 'y2')]),
  ]
  const series = drawing.series.slice(0, MOST_GROUPS).map((one) => seriesWords(drawing, one))
  const more = drawing.series.length - series.length
  return [
    `${shorten(plot.title, 200)}.`,
    ...axes,
    ...series,
    ...(more > 0 ? [`And ${more} more.`] : []),
    ...drawing.notes.map((note) => shorten(note, 300)),
  ].join(' ')
}

function axisWords(where: string, drawing: Drawing, name: AxisName): string {
  const axis = drawing[name]
  const extent = extentOf(drawing, name)
  if (axis === null || extent === null) return ''
  const title = shorten(axis.title, 120)
  if (axis.scale === 'category') {
    const { categories } = axis
    const first = categories.slice(0, 6).map((category) => shorten(category, 40))
    return `${where}: ${title}, ${first.join(', ')}${categories.length > 6 ? ` and ${categories.length - 6} more` : ''}.`
  }
  const range = `${formatQuantity(axis.from ?? extent.low, axis.unit)} to ${formatQuantity(axis.to ?? extent.high, axis.unit)}`
  return `${where}: ${title}, ${range}${axis.scale === 'log' ? ', logarithmic' : ''}.`
}

function seriesWords(drawing: Drawing, { layer, key, axis, marks }: Series): string {
  const name = `${WORDS[layer.mark]} ${shorten(key, 60)}`
  const values = marks.flatMap(({ y, value, low, high }) =>
    layer.mark === 'cells'
      ? (value ?? [])
      : layer.mark === 'band'
        ? [low, high].filter((end) => end !== null)
        : (y ?? []),
  )
  const count = `${marks.length} ${marks.length === 1 ? 'value' : 'values'}`
  if (values.length === 0 || layer.mark === 'rules' || drawing[axis]?.scale === 'category')
    return `${name}: ${count}.`
  const unit = drawing[axis]?.unit ?? null
  const low = values.reduce((a, b) => Math.min(a, b))
  const high = values.reduce((a, b) => Math.max(a, b))
  return `${name}: ${count}, ${formatQuantity(low, unit)} to ${formatQuantity(high, unit)}.`
}
