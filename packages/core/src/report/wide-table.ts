import { layTable, stackTable, type Table } from './table.ts'
import { displayWidth, padEnd, wrap } from './text-layout.ts'

/** The least room for sentences beside the other columns. */
const NARROWEST_TEXT = 30
const GAP = '  '

/**
 * Lays a table out that may be wider than there is room: with its last column in several lines when that holds sentences,
 * else with its columns in several bands below each other, each with the first column; a line per cell where not even
 * that fits.
 */
export function layWideTable(table: Table, width: number): readonly string[] {
  return (
    layTable(table, width) ?? besideText(table, width) ?? inBands(table, width) ?? stackTable(table, width)
  )
}

function besideText({ columns, rows }: Table, width: number): readonly string[] | null {
  const last = columns.length - 1
  const column = columns[last]
  const text = rows.map((row) => row[last] ?? '')
  if (column?.align !== 'left' || !text.some((cell) => displayWidth(cell) > NARROWEST_TEXT)) return null
  const others = { columns: columns.slice(0, last), rows: rows.map((row) => row.slice(0, last)) }
  const most = width - NARROWEST_TEXT - GAP.length
  // Half of the room for each, where names can be cut to that.
  const lines = layTable(others, Math.min(most, Math.floor(width / 2))) ?? layTable(others, most)
  if (lines === null) return null
  const above = lines.length - rows.length - 1
  const body = lines.slice(above)
  const used = Math.max(...body.map(displayWidth))
  const cells = [column.title, ...text].map((cell) => wrap(cell, width - used - GAP.length))
  return [
    ...lines.slice(0, above),
    ...body.flatMap((line, index) => {
      const [first = '', ...more] = cells[index] ?? []
      return [line, ...more.map(() => '')].map((start, turn) =>
        `${padEnd(start, used)}${GAP}${[first, ...more][turn] ?? ''}`.trimEnd(),
      )
    }),
  ]
}

function inBands({ columns, rows }: Table, width: number): readonly string[] | null {
  const band = (from: number, until: number): readonly string[] | null => {
    const shown = [0, ...columns.keys().filter((index) => index >= from && index < until)]
    return layTable(
      {
        columns: shown.map((index) => columns[index] as Table['columns'][number]),
        rows: rows.map((row) => shown.map((index) => row[index] ?? '')),
      },
      width,
    )
  }
  const lines: string[] = []
  let from = 1
  while (from < columns.length) {
    let until = columns.length
    while (until > from && band(from, until) === null) until -= 1
    const laid = band(from, until)
    if (until === from || laid === null) return null
    // What the names have in common is said above the first band.
    lines.push(...(lines.length === 0 ? laid : ['', ...laid.slice(laid.length - rows.length - 1)]))
    from = until
  }
  return lines
}
