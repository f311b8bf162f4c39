import type { AnalysisTable } from 'servebench/plugin'
import { analysisRows } from './analysis-rows.ts'
import { dataTable } from './data-table.ts'
import { h } from './dom.ts'
import { plotFigure } from './plot-figure.ts'
import { section } from './section.ts'

/** A table that an analysis has written: its plots, its rows, and what it says about them. */
export function analysis(table: AnalysisTable, path: string, level: 3 | 4 = 3): HTMLElement {
  return section({ path, title: table.title, level }, analysisBody(table))
}

export function analysisBody(
  table: AnalysisTable,
  file: string = table.name,
): readonly (HTMLElement | null)[] {
  return [
    plots([table], () => file),
    table.plotOnly === true || table.rows.length === 0
      ? null
      : dataTable({ caption: table.title, hideCaption: true, file, ...analysisRows(table) }),
    notes(table.notes),
  ]
}

export function notes(lines: readonly string[]): HTMLElement | null {
  return lines.length === 0
    ? null
    : h(
        'ul',
        { class: 'notes' },
        lines.map((line) => h('li', {}, line)),
      )
}

/** @param fileOf what the files of a table's plots begin with */
export function plots(
  tables: readonly AnalysisTable[],
  fileOf: (table: AnalysisTable) => string = ({ name }) => name,
): HTMLElement | null {
  const drawn = tables.flatMap((table) =>
    (table.plots ?? []).map((plot) => plotFigure(table, plot, `${fileOf(table)}-${plot.name}`)),
  )
  return drawn.length === 0 ? null : h('div', { class: 'plots' }, drawn)
}
