import { csvTable, type CsvValue } from 'servebench/report'
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

/** A table that can be sorted by each of its columns, and saved. */
export function dataTable({ caption, columns, rows, file, hideCaption = false }: DataTable): HTMLElement {
  const body = h('tbody')
  const fill = (order: readonly (readonly Cell[])[]): void => {
    body.replaceChildren(
      ...order.map((row) =>
        h(
          'tr',
          {},
          row.map((cell, index) => makeCell(cell, columns[index])),
        ),
      ),
    )
  }
  fill(rows)
  let sorted: { readonly column: number; readonly falling: boolean } | null = null
  const headings = columns.map((column, index) => {
    const button = h('button', { type: 'button', class: 'sort' }, column.title)
    const definition = column.description ?? definitionOf(column.term ?? '')
    if (definition !== null) explain(button, definition)
    const heading = h('th', { scope: 'col', class: column.numeric === true ? 'number' : null }, button)
    button.addEventListener('click', () => {
      // The third click brings back the order of the result.
      sorted =
        sorted?.column !== index
          ? { column: index, falling: false }
          : sorted.falling
            ? null
            : { column: index, falling: true }
      for (const [place, each] of headings.entries()) {
        if (sorted?.column === place)
          each.setAttribute('aria-sort', sorted.falling ? 'descending' : 'ascending')
        else each.removeAttribute('aria-sort')
      }
      fill(sorted === null ? rows : sortRows(rows, sorted))
    })
    return heading
  })
  const table = h(
    'table',
    {},
    h('caption', { class: 'hidden' }, caption),
    h('thead', {}, h('tr', {}, headings)),
    body,
  )
  return h(
    'div',
    { class: 'table' },
    // What a wide table is called must not scroll away with it.
    hideCaption ? null : h('p', { class: 'caption', 'aria-hidden': 'true' }, caption),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption }, table),
    rows.length > 1 && file !== undefined
      ? h(
          'button',
          {
            type: 'button',
            class: 'quiet save',
            'aria-label': `Save the table ${caption} as CSV`,
            click: () =>
              saveFile(
                `${file}.csv`,
                csvTable(
                  columns.map(({ title }) => title),
                  rows.map((row) => row.map(({ value }) => value)),
                ),
                'text/csv',
              ),
          },
          'CSV',
        )
      : null,
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
  { column, falling }: { readonly column: number; readonly falling: boolean },
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
