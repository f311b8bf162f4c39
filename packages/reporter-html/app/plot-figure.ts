import type { EChartsType } from 'echarts/core'
import type { AnalysisTable, Plot } from 'servebench/plugin'
import { analysisRows } from './analysis-rows.ts'
import { describe, draw, plotNotes, toPng, toSvg } from './charts.ts'
import { dataTable } from './data-table.ts'
import { h } from './dom.ts'
import { saveFile } from './download.ts'
import { isDark, onThemeChange } from './theme.ts'

interface Figure {
  readonly canvas: HTMLElement
  readonly table: AnalysisTable
  readonly plot: Plot
  chart: EChartsType | null
}

const figures = new Map<Element, Figure>()

/** Plots are drawn when they come near to what is seen. */
const nearby = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      const figure = figures.get(target)
      if (isIntersecting && figure !== undefined) drawFigure(figure)
    }
  },
  { rootMargin: '400px' },
)
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const figure = figures.get(target)
    // How many ticks and words there is room for depends on the size.
    if (figure?.chart != null && figure.chart.getWidth() !== target.clientWidth) drawFigure(figure)
  }
})

onThemeChange(() => {
  for (const figure of figures.values()) if (figure.chart !== null) drawFigure(figure)
})

/** A plot with its title, its rows as a table, and itself as a file. */
export function plotFigure(table: AnalysisTable, plot: Plot, file: string): HTMLElement {
  const canvas = h('div', { class: 'canvas', role: 'img', 'aria-label': describe(table, plot) })
  const rows = h('div', { hidden: true })
  const toggle = h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      'aria-expanded': 'false',
      'aria-label': `Show ${plot.title} as a table`,
      click: () => {
        const isOpen = rows.hidden
        if (rows.childElementCount === 0) rows.append(rowsOf(table, plot, file))
        rows.hidden = !isOpen
        toggle.setAttribute('aria-expanded', String(isOpen))
      },
    },
    'Table',
  )
  const save = (type: string, click: () => void): HTMLElement =>
    h(
      'button',
      { type: 'button', class: 'quiet', 'aria-label': `Save ${plot.title} as ${type}`, click },
      type,
    )
  const element = h(
    'figure',
    { class: 'plot' },
    h(
      'div',
      { class: 'head' },
      h('figcaption', {}, plot.title),
      h(
        'div',
        { class: 'tools' },
        toggle,
        save('SVG', () => saveFile(`${file}.svg`, toSvg(table, plot), 'image/svg+xml')),
        save('PNG', () => {
          void toPng(table, plot).then((blob) =>
            blob === null ? null : saveFile(`${file}.png`, blob, 'image/png'),
          )
        }),
      ),
    ),
    canvas,
    plotNotes(table, plot).map((note) => h('p', { class: 'note' }, note)),
    rows,
  )
  figures.set(canvas, { canvas, table, plot, chart: null })
  nearby.observe(canvas)
  sizes.observe(canvas)
  return element
}

/** All that are in the page, also those that nobody has seen yet. */
export function drawAll(): void {
  for (const figure of figures.values())
    if (figure.chart === null && figure.canvas.isConnected) drawFigure(figure)
}

/** What is taken out of the page needs no memory. */
export function forgetFigures(parent: Element): void {
  for (const canvas of parent.querySelectorAll('.canvas')) {
    figures.get(canvas)?.chart?.dispose()
    figures.delete(canvas)
  }
}

function drawFigure(figure: Figure): void {
  if (figure.canvas.clientWidth === 0) return
  figure.chart?.dispose()
  figure.chart = draw(figure.canvas, figure.table, figure.plot, isDark())
  nearby.unobserve(figure.canvas)
}

/** Only the columns that are drawn. */
function rowsOf(table: AnalysisTable, plot: Plot, file: string): HTMLElement {
  const used = new Set(
    plot.layers.flatMap((layer) => Object.values(layer)).filter((value) => typeof value === 'string'),
  )
  const kept = table.columns.flatMap(({ name }, index) => (used.has(name) ? [index] : []))
  return dataTable({
    caption: plot.title,
    file,
    ...analysisRows({
      columns: kept.map((index) => table.columns[index] as AnalysisTable['columns'][number]),
      rows: table.rows.map((row) => kept.map((index) => row[index] ?? null)),
    }),
  })
}
