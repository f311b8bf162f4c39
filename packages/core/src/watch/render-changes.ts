import type { CaseComparison } from '../report/compare.ts'
import type { MetricComparison } from '../report/compare-metrics.ts'
import { createPaint } from '../report/paint.ts'
import { printable } from '../report/printable.ts'
import { formatNumber, formatNumberInterval, NOTHING } from '../report/quantity.ts'
import { layTable, stackTable, type Table } from '../report/table.ts'
import { wrap } from '../report/text-layout.ts'

export interface ChangeStyle {
  readonly colors: boolean
  readonly columns: number
}

const METRICS = [
  ['throughput', 'throughput'],
  ['responseTime.p50', 'p50'],
  ['responseTime.p99', 'p99'],
] as const

const INDENT = 2
const NARROWEST = 30
const WIDEST = 120
const MOST_DIFFERENCES = 6

/** How cases have changed against their last measurement, as text that ends in a newline; empty without cases. */
export function renderChanges(changes: readonly CaseComparison[], style: ChangeStyle): string {
  if (changes.length === 0) return ''
  const width = Math.min(Math.max(style.columns, NARROWEST), WIDEST)
  const paint = createPaint(style.colors)
  const lines: string[] = ['']
  const add = (text: string, indent: number, colour: (text: string) => string = (plain) => plain): void => {
    for (const line of wrap(text, width - indent)) lines.push(' '.repeat(indent) + colour(line))
  }
  add('Change against the previous measurement (new ÷ old)', 0, paint.bold)
  const compared = changes.filter((one) => one.refused.length === 0)
  if (compared.length > 0) {
    const metrics = compared.map((one) => METRICS.map(([name]) => one.metrics.find(({ metric }) => metric === name)))
    const table: Table = {
      columns: [
        { title: 'case', align: 'left', rank: 0 },
        ...METRICS.map(([, title]) => ({ title, align: 'left', rank: 0 }) as const),
      ],
      rows: compared.map((one, row) => [printable(one.name), ...(metrics[row] ?? []).map(formatRatio)]),
    }
    const laid = layTable(table, width - INDENT, (text, row, column) => {
      const metric = metrics[row]?.[column - 1]
      return metric === undefined ? text : paint.verdict(directionOf(metric), text)
    })
    for (const line of laid ?? stackTable(table, width - INDENT)) lines.push(' '.repeat(INDENT) + line)
  }
  for (const one of changes) {
    const isRefused = one.refused.length > 0
    const differences = one.differences.filter(({ blocking }) => blocking)
    if (!isRefused && differences.length === 0) continue
    add(printable(one.name), INDENT)
    if (isRefused) {
      add('not compared:', 2 * INDENT, (text) => paint.verdict('suspect', text))
      for (const reason of one.refused.slice(0, MOST_DIFFERENCES)) add(printable(reason), 3 * INDENT)
    } else {
      for (const { path, base, other } of differences.slice(0, MOST_DIFFERENCES)) {
        add(`${printable(path)}: ${printable(base)} → ${printable(other)}`, 2 * INDENT, paint.dim)
      }
    }
  }
  for (const note of new Set(compared.flatMap((one) => one.notes))) add(note, INDENT, paint.dim)
  return `${lines.join('\n')}\n`
}

function formatRatio(metric: MetricComparison | undefined): string {
  if (metric === undefined || metric.ratio === null) return NOTHING
  return `${formatNumber(metric.ratio)} ${formatNumberInterval(metric.ratioInterval)}`.trimEnd()
}

/** Coloured only where the interval between repeats excludes no change. */
function directionOf({ method, better, ratioInterval }: MetricComparison): string {
  if (method !== 'repeats' || ratioInterval === null) return ''
  const [low, high] = ratioInterval
  if (low > 1) return better === 'higher' ? 'pass' : 'fail'
  if (high !== null && high < 1) return better === 'higher' ? 'fail' : 'pass'
  return ''
}
