import { printable } from './printable.ts'
import { shortenNames } from './short-names.ts'
import { displayWidth, padEnd, padStart, truncateMiddle, wrap } from './text-layout.ts'

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  /** 0 always stays; of the others the highest is left out first when space is short. */
  readonly rank: number
}

/** Rows of plain text, one cell per column: every reporter renders the same tables. */
export interface Table {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
}

/** Colours a cell after it has been laid out. */
export type CellStyle = (text: string, row: number, column: number) => string

const GAP = '  '
/** The first column may be cut down to this before the table does not fit at all. */
const NARROWEST_FIRST = 14
/** So much of it is worth more than columns of the rank of details and above. */
const WIDEST_FIRST = 32
const DETAIL = 4

/**
 * Lays a table out in at most `width` columns: without columns that are empty in every row, leaving out further ones by
 * their rank, then shortening the first one: what its cells have in common becomes a line above the table, and what is
 * still too long loses its middle.
 * `null` when that is not enough.
 */
export function layTable(
  given: Table,
  width: number,
  style: CellStyle = (text) => text,
): readonly string[] | null {
  let table = given
  const isUsed = (index: number): boolean =>
    index === 0 || table.rows.some((row) => (row[index] ?? '') !== '')
  let shown = table.columns.map((_, index) => index).filter(isUsed)
  const widthOf = (index: number): number =>
    Math.max(
      displayWidth(table.columns[index]?.title ?? ''),
      ...table.rows.map((row) => displayWidth(row[index] ?? '')),
    )
  const widths = table.columns.map((_, index) => widthOf(index))
  const total = (): number =>
    shown.reduce((sum, index) => sum + (widths[index] as number), 0) + GAP.length * (shown.length - 1)
  /** Leaves columns above a rank out until all fit beside so much of the first one; whether they do. */
  const fit = (first: number, rank: number): boolean => {
    while (total() - Math.max(0, (widths[0] as number) - first) > width) {
      const ranks = shown.map((index) => (table.columns[index] as Column).rank)
      const highest = Math.max(...ranks)
      if (highest <= rank) return false
      const last = ranks.lastIndexOf(highest)
      shown = shown.filter((_, position) => position !== last)
    }
    return true
  }
  if (!fit(NARROWEST_FIRST, 0)) return null
  let common = ''
  if (total() > width) {
    const short = withShortNames(given)
    table = short.table
    common = short.common
    widths[0] = widthOf(0)
    // A name that is cut says little: rather without details.
    fit(Math.min(widths[0], WIDEST_FIRST), DETAIL - 1)
  }
  widths[0] = (widths[0] as number) - Math.max(0, total() - width)
  const line = (cells: readonly string[], row: number): string =>
    shown
      .map((index) => {
        const { align } = table.columns[index] as Column
        const cell = truncateMiddle(cells[index] ?? '', widths[index] as number)
        const padded =
          align === 'left' ? padEnd(cell, widths[index] as number) : padStart(cell, widths[index] as number)
        return style(padded, row, index)
      })
      .join(GAP)
      .trimEnd()
  return [
    ...(common === '' ? [] : wrap(`${common}:`, width)),
    line(
      table.columns.map((column) => column.title),
      -1,
    ),
    ...table.rows.map((row, index) => line(row, index)),
  ]
}

/** The same with short names in the first column, and what they had in common. */
function withShortNames({ columns, rows }: Table): { readonly table: Table; readonly common: string } {
  const { common, axes, names } = shortenNames(rows.map(([name]) => name ?? ''))
  const [first, ...others] = columns
  return {
    common,
    table: {
      columns: first === undefined ? columns : [{ ...first, title: axes ?? first.title }, ...others],
      rows: rows.map(([, ...cells], index) => [names[index] as string, ...cells]),
    },
  }
}

/** A table for places that are too narrow for one: each row as a line per cell, under its first cell. */
export function stackTable({ columns, rows }: Table, width: number): readonly string[] {
  return rows.flatMap((row) => [
    ...wrap(row[0] ?? '', width),
    ...row.slice(1).flatMap((cell, index) => {
      const title = columns[index + 1]?.title ?? ''
      return cell === '' ? [] : wrap(`${title} ${cell}`, width - GAP.length).map((line) => GAP + line)
    }),
  ])
}

/** GitHub's Markdown; cells must be escaped already. */
export function markdownTable({ columns, rows }: Table): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(columns.map((column) => column.title)),
    line(columns.map((column) => (column.align === 'right' ? '---:' : '---'))),
    ...rows.map(line),
  ]
}

/** RFC 4180, with the line breaks that every reader takes. */
export function csvTable(header: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  return [header, ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('')
}

export type CsvValue = string | number | boolean | null

/**
 * Numbers in full precision, unknown ones empty. Text becomes one line; what a spreadsheet would run as a formula gets
 * an apostrophe.
 */
function csvCell(value: CsvValue): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const line = printable(value)
  const text = /^[=+\-@]/.test(line) ? `'${line}` : line
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
