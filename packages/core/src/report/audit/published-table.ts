import { ServebenchError } from '../../errors/servebench-error.ts'
import { printable } from '../printable.ts'

/** A table as somebody published it: text in cells. */
export interface PublishedTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A table in an article has tens of rows. */
const MOST_ROWS = 100_000

/**
 * Reads a table of CSV (comma, semicolon or tab), of JSON (a list of objects) or of Markdown, by the file's name or else
 * by its look.
 * @throws {ServebenchError} `SERVEBENCH_AUDIT_TABLE` when there is no table, or one without rows
 */
export function parsePublishedTable(text: string, name: string): PublishedTable {
  const format = formatOf(text, name)
  const table =
    format === 'json' ? parseJson(text, name) : format === 'markdown' ? parseMarkdown(text) : parseCsv(text)
  if (table === null || table.columns.length === 0 || table.rows.length === 0) {
    throw unreadable(name, `holds no table with rows`)
  }
  if (table.rows.length > MOST_ROWS) throw unreadable(name, `has more than ${MOST_ROWS} rows`)
  return table
}

function formatOf(text: string, name: string): 'csv' | 'json' | 'markdown' {
  if (/\.json$/i.test(name)) return 'json'
  if (/\.(md|markdown)$/i.test(name)) return 'markdown'
  if (/\.(csv|tsv)$/i.test(name)) return 'csv'
  const start = text.trimStart()
  if (start.startsWith('[') || start.startsWith('{')) return 'json'
  return /^\s*\|.*\|\s*$/m.test(text) ? 'markdown' : 'csv'
}

function parseJson(text: string, name: string): PublishedTable | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw unreadable(name, `is not JSON: ${printable((cause as Error).message)}`, cause)
  }
  const list = Array.isArray(value) ? value : (value as { rows?: unknown } | null)?.rows
  if (!Array.isArray(list) || !list.every(isRecord)) {
    throw unreadable(
      name,
      'is not a list of objects such as [{ "users": 10, "throughput": 41, "mean ms": 25 }]',
    )
  }
  const columns = [...new Set(list.flatMap((row) => Object.keys(row)))]
  return { columns, rows: list.map((row) => columns.map((column) => cellOf(row[column]))) }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function cellOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** The first table: a row of cells, a row of dashes, rows of cells. */
function parseMarkdown(text: string): PublishedTable | null {
  const lines = text.split(/\r?\n/)
  const rule = lines.findIndex(
    (line, index) => index > 0 && /^\s*\|?\s*:?-{1,}:?\s*(\|\s*:?-{1,}:?\s*)*\|?\s*$/.test(line),
  )
  if (rule < 1) return null
  const rows: string[][] = []
  for (const line of lines.slice(rule + 1)) {
    if (!line.includes('|')) break
    rows.push(markdownCells(line))
  }
  return { columns: markdownCells(lines[rule - 1] as string), rows }
}

function markdownCells(line: string): string[] {
  return line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll(/[*_`]/g, '').trim())
}

/** RFC 4180, with the separator that the first line has most of. */
function parseCsv(text: string): PublishedTable | null {
  const first = text.slice(0, Math.max(text.indexOf('\n'), 0) || text.length)
  const count = (separator: string): number => first.split(separator).length
  const separator = [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0] as string
  const rows: string[][] = [[]]
  let cell = ''
  let quoted = false
  for (let index = 0; index < text.length; index++) {
    const letter = text[index] as string
    if (quoted) {
      if (letter !== '"') cell += letter
      else if (text[index + 1] === '"') cell += text[++index]
      else quoted = false
    } else if (letter === '"' && cell.trim() === '') {
      quoted = true
      cell = ''
    } else if (letter === separator || letter === '\n') {
      rows.at(-1)?.push(cell.trim())
      cell = ''
      if (letter === '\n') rows.push([])
    } else cell += letter
  }
  rows.at(-1)?.push(cell.trim())
  const filled = rows.filter((row) => row.some((value) => value !== ''))
  const [columns, ...rest] = filled
  return columns === undefined
    ? null
    : { columns: columns.map((name) => name.replace(/^\ufeff/, '')), rows: rest }
}

function unreadable(name: string, what: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_AUDIT_TABLE', `'${name}' ${what}.`, {
    advice:
      'Give a CSV, JSON or Markdown table with columns such as users, throughput (req/s) and mean latency (ms).',
    ...(cause === undefined ? {} : { cause }),
  })
}
