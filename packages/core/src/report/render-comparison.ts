import type { CaseComparison, Comparison } from './compare.ts'
import type { Difference } from './compare-conditions.ts'
import type { MetricComparison } from './compare-metrics.ts'
import type { ChangeVerdict, MetricJudgement } from './judge-change.ts'
import { createPaint, type Paint } from './paint.ts'
import { printable } from './printable.ts'
import { formatNanos, formatNumber, formatRate, formatShare } from './quantity.ts'
import type { Interval } from './result.ts'
import { layTable, stackTable, type Table } from './table.ts'
import { wrap } from './text-layout.ts'

export interface ComparisonStyle {
  readonly colors: boolean
  readonly columns: number
}

const CHANGE_COLUMN = 3
const VERDICT_COLUMN = 5
const NARROWEST = 30
const WIDEST = 120

/** A comparison as text. Ends in a newline. */
export function renderComparison(comparison: Comparison, style: ComparisonStyle): string {
  const width = Math.min(Math.max(style.columns, NARROWEST), WIDEST)
  const paint = createPaint(style.colors)
  const lines: string[] = []
  const add = (text: string, indent = 0, colour: (text: string) => string = (plain) => plain): void => {
    for (const line of wrap(text, width - indent)) lines.push(' '.repeat(indent) + colour(line))
  }
  add(`base   ${printable(comparison.base.id)}`)
  add(`other  ${printable(comparison.other.id)}`)
  addDifferences(comparison.differences, add, paint)
  if (comparison.forced)
    add('Compared by force: the numbers below were measured under different conditions.', 0, (text) =>
      paint.verdict('suspect', text),
    )
  if (comparison.verdict !== null) {
    const { level } = comparison.settings
    add(`verdict  ${comparison.verdict} (at a level of ${formatShare(level)})`, 0, (text) =>
      paint.verdict(WORDS[comparison.verdict as ChangeVerdict], text),
    )
  }
  for (const one of comparison.cases) {
    lines.push('')
    add(printable(one.name), 0, paint.bold)
    addCase(one, width, lines, add, paint)
  }
  addNames('Only in the base', comparison.onlyInBase, lines, add)
  addNames('Only in the other result', comparison.onlyInOther, lines, add)
  return `${lines.join('\n')}\n`
}

/** The metrics that either side has. */
function shownMetrics(one: CaseComparison): readonly MetricComparison[] {
  return one.metrics.filter((metric) => metric.base !== null || metric.other !== null)
}

/** A row per metric: both values, the change with its interval, the verdict. */
export function comparisonTable(one: CaseComparison): Table {
  const judgements = new Map<string, MetricJudgement>(one.judgements.map((each) => [each.metric, each]))
  return {
    columns: [
      { title: 'metric', align: 'left', rank: 0 },
      { title: 'base', align: 'right', rank: 2 },
      { title: 'other', align: 'right', rank: 1 },
      { title: 'change', align: 'right', rank: 0 },
      { title: '95 %', align: 'left', rank: 0 },
      { title: 'verdict', align: 'left', rank: 0 },
    ],
    rows: shownMetrics(one).map((metric) => [
      metric.metric,
      formatValue(metric, metric.base),
      formatValue(metric, metric.other),
      formatChange(metric),
      formatChangeInterval(metric),
      metric.method === 'within' ? 'within run' : (judgements.get(metric.metric)?.verdict ?? ''),
    ]),
  }
}

type Add = (text: string, indent?: number, colour?: (text: string) => string) => void

function addCase(one: CaseComparison, width: number, lines: string[], add: Add, paint: Paint): void {
  const refused = one.refused.length > 0
  addDifferences(refused ? one.differences.filter(({ blocking }) => !blocking) : one.differences, add, paint)
  if (refused) {
    add('Not compared:', 2, (text) => paint.verdict('invalid', text))
    for (const reason of one.refused) add(printable(reason), 4)
    return
  }
  const rows = shownMetrics(one)
  const table = comparisonTable(one)
  const laid = layTable(table, width - 2, (text, row, column) =>
    column === CHANGE_COLUMN && row >= 0
      ? paint.verdict(directionOf(rows[row] as MetricComparison), text)
      : column === VERDICT_COLUMN && row >= 0
        ? paint.verdict(decidedWord(text.trim()), text)
        : text,
  )
  for (const line of laid ?? stackTable(table, width - 2)) lines.push(`  ${line}`)
  for (const { metric, verdict, reason, bootstrapScope } of one.judgements) {
    // Of single repeats there is only one thing to say, below.
    if (verdict === 'equivalent' || bootstrapScope === 'within-run') continue
    add(`${metric} ${verdict}: ${reason}`, 2, (text) => paint.verdict(decidedWord(verdict), text))
  }
  const needed = one.judgements.find(({ bootstrapScope }) => bootstrapScope === 'within-run')?.neededRepeats
  if (needed != null) add(`A verdict needs at least ${needed} repeats on each side.`, 2)
  for (const note of one.notes) add(note, 2, paint.dim)
}

/** In a table only what is decided stands out. */
function decidedWord(verdict: string): string {
  return verdict === 'regression' || verdict === 'improvement' ? WORDS[verdict] : ''
}

/** How verdicts are painted. */
const WORDS: Readonly<Record<ChangeVerdict, string>> = {
  regression: 'fail',
  improvement: 'pass',
  equivalent: '',
  inconclusive: 'undecided',
}

function addDifferences(differences: readonly Difference[], add: Add, paint: Paint): void {
  for (const { path, base, other, blocking } of differences) {
    add(`${printable(path)}: ${printable(base)} → ${printable(other)}`, 2, (text) =>
      blocking ? paint.verdict('suspect', text) : paint.dim(text),
    )
  }
}

function addNames(title: string, names: readonly string[], lines: string[], add: Add): void {
  if (names.length === 0) return
  lines.push('')
  add(`${title}:`)
  for (const name of names) add(printable(name), 2)
}

function formatValue({ unit }: MetricComparison, value: number | null): string {
  return unit === 'ns' ? formatNanos(value) : unit === '1/s' ? formatRate(value) : formatShare(value)
}

/** Shares change in percentage points, everything else in percent. */
function formatChange({ unit, difference, ratio }: MetricComparison): string {
  if (unit === '1') return difference === null ? '–' : `${signed(difference * 100)} pp`
  return ratio === null ? '–' : `${signed((ratio - 1) * 100)} %`
}

function formatChangeInterval({ unit, differenceInterval, ratioInterval }: MetricComparison): string {
  const interval: Interval | null =
    unit === '1'
      ? scale(differenceInterval, (value) => value * 100)
      : scale(ratioInterval, (value) => (value - 1) * 100)
  if (interval === null) return ''
  const [low, high] = interval
  return `[${signed(low)},\u00a0${high === null ? '∞)' : `${signed(high)}]`}`
}

function scale(interval: Interval | null, by: (value: number) => number): Interval | null {
  return interval === null ? null : [by(interval[0]), interval[1] === null ? null : by(interval[1])]
}

function signed(value: number): string {
  const text = formatNumber(Math.abs(value))
  if (Number(text) === 0) return '0'
  return `${value < 0 ? '−' : '+'}${text}`
}

/** Coloured only where the interval between repeats excludes no change. */
function directionOf({ method, better, ratioInterval, differenceInterval, unit }: MetricComparison): string {
  const interval = unit === '1' ? differenceInterval : ratioInterval
  if (method !== 'repeats' || interval === null) return ''
  const neutral = unit === '1' ? 0 : 1
  const up = interval[0] > neutral
  const down = interval[1] !== null && interval[1] < neutral
  if (!up && !down) return ''
  return up === (better === 'higher') ? 'pass' : 'fail'
}
