import type { MetricComparison } from '../report/compare-metrics.ts'
import { createPaint, type Paint } from '../report/paint.ts'
import { printable } from '../report/printable.ts'
import { NOTHING } from '../report/quantity.ts'
import { layTable, stackTable, type Column } from '../report/table.ts'
import { wrap } from '../report/text-layout.ts'
import type { CaseChange } from './change.ts'

export interface ChangeStyle {
  readonly colors: boolean
  readonly columns: number
}

const METRICS = [
  ['throughput', 'throughput'],
  ['responseTime.p50', 'p50'],
  ['responseTime.p99', 'p99'],
] as const

const COLUMNS: readonly Column[] = [
  { title: 'new ÷ old', align: 'left', rank: 0 },
  ...METRICS.map(([, title]) => ({ title, align: 'left', rank: 0 }) as const),
]

const INDENT = 2
const NARROWEST = 30
const WIDEST = 120
/** Of reasons and differences of one case. */
const MOST_LINES = 6

/** How cases have changed against their last measurement, as text that ends in a newline; empty without cases. */
export function renderChanges(changes: readonly CaseChange[], style: ChangeStyle): string {
  if (changes.length === 0) return ''
  const page = new Page(Math.min(Math.max(style.columns, NARROWEST), WIDEST), createPaint(style.colors))
  page.add('')
  page.add('Change against the previous measurement', 0, page.paint.bold)
  for (const [heading, cases] of Map.groupBy(changes, (change) => change.heading)) {
    if (heading !== '') page.add(printable(heading), INDENT)
    const indent = heading === '' ? INDENT : 2 * INDENT
    const compared = cases.filter(({ comparison }) => comparison.refused.length === 0)
    if (compared.length > 0) addTable(page, compared, indent)
    for (const change of cases) addConditions(page, change, indent)
  }
  const notes = changes.flatMap(({ comparison }) => comparison.notes)
  for (const note of new Set(notes)) page.add(note, INDENT, page.paint.dim)
  return page.toString()
}

class Page {
  readonly width: number
  readonly paint: Paint
  readonly lines: string[] = []

  constructor(width: number, paint: Paint) {
    this.width = width
    this.paint = paint
  }

  add(text: string, indent = 0, paint: (text: string) => string = (plain) => plain): void {
    if (text === '') this.lines.push('')
    for (const line of wrap(text, this.width - indent)) this.lines.push(' '.repeat(indent) + paint(line))
  }

  toString(): string {
    return `${this.lines.join('\n')}\n`
  }
}

function addTable(page: Page, changes: readonly CaseChange[], indent: number): void {
  const metrics = changes.map(({ comparison }) =>
    METRICS.map(([name]) => comparison.metrics.find(({ metric }) => metric === name)),
  )
  const rows = changes.map(({ label }, row) => [printable(label), ...(metrics[row] ?? []).map(formatChange)])
  const table = { columns: COLUMNS, rows }
  const width = page.width - indent
  const laid = layTable(table, width, (text, row, column) => {
    if (row < 0) return page.paint.dim(text)
    const metric = metrics[row]?.[column - 1]
    return metric === undefined ? text : page.paint.verdict(directionOf(metric), text)
  })
  for (const line of laid ?? stackTable(table, width)) page.lines.push(' '.repeat(indent) + line)
}

/** What was different by intention, or why nothing is compared. */
function addConditions(page: Page, { label, comparison }: CaseChange, indent: number): void {
  const { refused, differences } = comparison
  if (refused.length > 0) {
    page.add(`${printable(label)}: not compared`, indent, (text) => page.paint.verdict('suspect', text))
    for (const reason of refused.slice(0, MOST_LINES)) page.add(printable(reason), indent + INDENT)
    return
  }
  const tuned = differences.filter(({ blocking }) => blocking).slice(0, MOST_LINES)
  if (tuned.length > 0) page.add(printable(label), indent)
  for (const { path, base, other } of tuned) {
    page.add(`${printable(path)}: ${printable(base)} → ${printable(other)}`, indent + INDENT, page.paint.dim)
  }
}

/** `1.02 [0.98, 1.06]` */
function formatChange(metric: MetricComparison | undefined): string {
  if (metric === undefined || metric.ratio === null) return NOTHING
  const ratio = formatRatio(metric.ratio)
  if (metric.ratioInterval === null) return ratio
  const [low, high] = metric.ratioInterval
  return `${ratio} [${formatRatio(low)}, ${high === null ? '∞)' : `${formatRatio(high)}]`}`
}

function formatRatio(ratio: number): string {
  return ratio >= 99.5 ? ratio.toFixed(0) : ratio >= 0.0995 ? ratio.toFixed(2) : ratio.toPrecision(2)
}

/** Coloured only where the interval between repeats excludes no change. */
function directionOf({ method, better, ratioInterval }: MetricComparison): string {
  if (method !== 'repeats' || ratioInterval === null) return ''
  const [low, high] = ratioInterval
  if (low > 1) return better === 'higher' ? 'pass' : 'fail'
  if (high !== null && high < 1) return better === 'higher' ? 'fail' : 'pass'
  return ''
}
