import { createPaint } from './paint.ts'
import { printable } from './printable.ts'
import { formatCount, formatQuantity } from './quantity.ts'
import type { AnalysisTable } from './result.ts'
import type { Table } from './table.ts'
import { wrap } from './text-layout.ts'
import { layWideTable } from './wide-table.ts'

const NARROWEST = 30
const WIDEST = 120
const INDENT = 2

/** Tables of analyses as text, an empty line between them. Ends in a newline. */
export function renderTables(
  tables: readonly AnalysisTable[],
  { colors, columns }: { readonly colors: boolean; readonly columns: number },
): string {
  const width = Math.min(Math.max(columns, NARROWEST), WIDEST)
  const paint = createPaint(colors)
  return `${tables
    .filter(isText)
    .map((table) =>
      [
        ...wrap(printable(table.title), width).map(paint.bold),
        ...layAnalysis(table, width - INDENT).map((line) => `${' '.repeat(INDENT)}${line}`),
      ].join('\n'),
    )
    .join('\n\n')}\n`
}

/** Whether a report of text has anything of a table. */
export function isText(table: AnalysisTable): boolean {
  return table.plotOnly !== true || table.notes.length > 0
}

/**
 * The rows and the notes of a table, as lines.
 * @param most rows that are shown; how many there are besides is said
 */
export function layAnalysis(table: AnalysisTable, width: number, most: number = Infinity): readonly string[] {
  const left = table.plotOnly === true ? 0 : Math.max(0, table.rows.length - most)
  const cells: Table = {
    columns: table.columns.map((column, index) => ({
      title: printable(column.name),
      align: table.rows.some((row) => typeof row[index] === 'number') ? 'right' : 'left',
      rank: column.rank ?? 0,
    })),
    rows: table.rows
      .slice(0, most)
      .map((row) => table.columns.map((column, index) => analysisCell(row[index] ?? null, column.unit))),
  }
  const rows = table.plotOnly === true || table.rows.length === 0 ? [] : layWideTable(cells, width)
  const more = left === 0 ? [] : wrap(`… and ${formatCount(left)} more rows.`, width)
  return [...rows, ...more, ...table.notes.flatMap((note) => wrap(printable(note), width))]
}

export function analysisCell(value: unknown, unit: string | null): string {
  // Counts have no unit, and no decimals.
  if (unit === null && Number.isInteger(value)) return formatCount(value as number)
  if (typeof value === 'number' || value === null) return printable(formatQuantity(value, unit))
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}
