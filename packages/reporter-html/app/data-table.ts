import { csvTable, formatCount, type CsvValue } from 'servebench/report'
import { h, type Child } from './dom.ts'
import { saveFile } from './download.ts'
import { definitionOf, explain } from './terms.ts'

export interface Column {
  readonly title: string
  /** Numbers stand at the right. */
  readonly numeric?: boolean
  /** The metric whose definition the heading shows. */
  readonly term?: string
  readonly description?: string | undefined
  /** Stands at the beginning of each row and names it. */
  readonly heading?: boolean
}

export interface Cell<Shown extends Child = Child> {
  readonly show: Shown
  /** What rows are sorted by, and what stands in the CSV. */
  readonly value: CsvValue
  /** Below the value, smaller. */
  readonly detail?: string
}

export interface DataTable {
  readonly caption: string
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Cell[])[]
  /** Of the CSV file. */
  readonly file?: string
  /** The caption is said elsewhere already, for who sees it. */
  readonly hideCaption?: boolean
}

export function text(value: string | null | undefined): Cell {
  return { show: value ?? '–', value: value ?? null }
}

/** More rows are in the page only when somebody wants them: a browser takes long to lay out tens of thousands. */
const MOST_ROWS = 500

interface Order {
  readonly column: number
  readonly falling: boolean
}

/** A table that can be sorted by each of its columns, and saved. */
export function dataTable(table: DataTable): HTMLElement {
  const { caption, columns, rows, file, hideCaption = false } = table
  const body = h('tbody')
  let order: Order | null = null
  let most = MOST_ROWS
  const fill = (): void => {
    const sorted = order === null ? rows : sortRows(rows, order)
    body.replaceChildren(...sorted.slice(0, most).map((row) => makeRow(row, columns)))
  }
  fill()
  const headings = columns.map((column, index) =>
    makeHeading(column, () => {
      order = nextOrder(order, index)
      for (const [place, heading] of headings.entries()) markOrder(heading, order, place)
      fill()
    }),
  )
  const all = h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      click: () => {
        most = Infinity
        all.remove()
        fill()
      },
    },
    `Show all ${formatCount(rows.length)} rows`,
  )
  return h(
    'div',
    { class: hideCaption ? 'table bare' : 'table' },
    // What a wide table is called must not scroll away with it.
    hideCaption ? null : h('p', { class: 'caption', 'aria-hidden': 'true' }, caption),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
      h('table', {}, h('caption', { class: 'hidden' }, caption), h('thead', {}, h('tr', {}, headings)), body),
    ),
    rows.length > MOST_ROWS ? all : null,
    rows.length > 1 && file !== undefined ? saveButton(table, file) : null,
  )
}

function makeHeading(column: Column, click: () => void): HTMLElement {
  const button = h('button', { type: 'button', class: 'sort', click }, column.title)
  const definition = column.description ?? definitionOf(column.term ?? '')
  if (definition !== null) explain(button, definition)
  return h('th', { scope: 'col', class: column.numeric === true ? 'number' : null }, button)
}

/** Rising, falling, and at the third click the order of the result again. */
function nextOrder(order: Order | null, column: number): Order | null {
  if (order?.column !== column) return { column, falling: false }
  return order.falling ? null : { column, falling: true }
}

function markOrder(heading: HTMLElement, order: Order | null, column: number): void {
  if (order?.column === column) heading.setAttribute('aria-sort', order.falling ? 'descending' : 'ascending')
  else heading.removeAttribute('aria-sort')
}

function saveButton({ caption, columns, rows }: DataTable, file: string): HTMLElement {
  const save = (): void => {
    const header = columns.map(({ title }) => title)
    const values = rows.map((row) => row.map(({ value }) => value))
    saveFile(`${file}.csv`, csvTable(header, values), 'text/csv')
  }
  const label = `Save the table ${caption} as CSV`
  return h('button', { type: 'button', class: 'quiet save', 'aria-label': label, click: save }, 'CSV')
}

function makeRow(row: readonly Cell[], columns: readonly Column[]): HTMLElement {
  return h(
    'tr',
    {},
    row.map((cell, index) => makeCell(cell, columns[index])),
  )
}

function makeCell({ show, detail }: Cell, column: Column | undefined): HTMLElement {
  const attributes = { class: column?.numeric === true ? 'number' : null }
  const content = [
    show,
    detail === undefined || detail === '' ? null : h('span', { class: 'detail' }, detail),
  ]
  return column?.heading === true
    ? h('th', { ...attributes, scope: 'row' }, content)
    : h('td', attributes, content)
}

/** Unknown values come last, whichever the direction. */
function sortRows(
  rows: readonly (readonly Cell[])[],
  { column, falling }: Order,
): readonly (readonly Cell[])[] {
  const valueOf = (row: readonly Cell[]): CsvValue => row[column]?.value ?? null
  return [...rows].sort((first, second) => {
    const a = valueOf(first)
    const b = valueOf(second)
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
    const order =
      typeof a === 'number' && typeof b === 'number'
        ? a - b
        : String(a).localeCompare(String(b), undefined, { numeric: true })
    return falling ? -order : order
  })
}
