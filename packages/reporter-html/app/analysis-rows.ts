import type { AnalysisTable, JsonValue } from 'servebench/plugin'
import { analysisCell } from 'servebench/report'
import type { Cell, Column } from './data-table.ts'

/** Columns and cells of a table that an analysis has written. */
export function analysisRows({ columns, rows }: Pick<AnalysisTable, 'columns' | 'rows'>): {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Cell[])[]
} {
  const numeric = columns.map((_, index) => {
    const values = rows.flatMap((row) => row[index] ?? [])
    return values.length > 0 && values.every((value) => typeof value === 'number')
  })
  return {
    columns: columns.map(({ name, description }, index) => ({
      title: name,
      term: name,
      description,
      numeric: numeric[index] === true,
      heading: index === 0,
    })),
    rows: rows.map((row) => columns.map(({ unit }, index) => cellOf(row[index] ?? null, unit))),
  }
}

function cellOf(value: JsonValue, unit: string | null): Cell {
  const scalar = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
  return { show: analysisCell(value, unit), value: scalar }
}
