import type { CaseComparison, Comparison } from 'servebench/report'
import { explainDifference, formatQuantity } from 'servebench/report'
import { notes } from './analysis.ts'
import { quantityCell } from './cells.ts'
import { dataTable, text, type Cell } from './data-table.ts'
import { h, type Child } from './dom.ts'
import { section } from './section.ts'
import { verdict } from './verdict.ts'

export interface ComparisonOptions {
  readonly path: string
  readonly title: string
  /** What the two sides are called. */
  readonly base: string
  readonly other: string
  readonly level?: 2 | 3
}

/** Two results, case by case: what changed, whether chance explains it, and what forbids to compare. */
export function comparisonSection(
  comparison: Comparison,
  options: ComparisonOptions,
  ...more: readonly Child[]
): HTMLElement {
  const { cases, differences, onlyInBase, onlyInOther } = comparison
  return section(
    { path: options.path, title: options.title, level: options.level ?? 2 },
    h(
      'p',
      {},
      comparison.verdict === null ? verdict('refused') : verdict(comparison.verdict),
      ` ${options.other} against ${options.base}`,
    ),
    ...more,
    dataTable({
      caption: 'Changes',
      hideCaption: true,
      file: 'changes',
      columns: [
        { title: 'case', heading: true },
        { title: 'metric' },
        { title: options.base, numeric: true },
        { title: options.other, numeric: true },
        { title: 'change', numeric: true },
        { title: 'verdict' },
        { title: 'why' },
      ],
      rows: cases.flatMap(rowsOf),
    }),
    notes([
      ...differences.map(explainDifference),
      ...onlyInBase.map((name) => `Only in ${options.base}: ${name}`),
      ...onlyInOther.map((name) => `Only in ${options.other}: ${name}`),
      ...cases.flatMap(({ name, notes: own }) => own.map((note) => `${name}: ${note}`)),
    ]),
  )
}

function rowsOf(one: CaseComparison): readonly (readonly Cell[])[] {
  if (one.refused.length > 0) {
    return [
      [
        text(one.name),
        text(null),
        text(null),
        text(null),
        text(null),
        { show: verdict('refused'), value: 'refused' },
        text(one.refused.join(' ')),
      ],
    ]
  }
  const judgements = new Map(one.judgements.map((judgement) => [judgement.metric as string, judgement]))
  return one.metrics.map(({ metric, unit, base, other, ratio, ratioInterval, difference }) => {
    const judgement = judgements.get(metric)
    const percent = (value: number): string =>
      `${value < 1 ? '−' : '+'}${Math.abs((value - 1) * 100).toFixed(1)} %`
    return [
      text(one.name),
      { show: metric, value: metric },
      quantityCell(base, unit),
      quantityCell(other, unit),
      {
        show: ratio !== null ? percent(ratio) : formatQuantity(difference, unit),
        value: ratio ?? difference,
        detail:
          ratioInterval === null
            ? ''
            : `${percent(ratioInterval[0])} to ${ratioInterval[1] === null ? '∞' : percent(ratioInterval[1])}`,
      },
      judgement === undefined ? text('') : { show: verdict(judgement.verdict), value: judgement.verdict },
      text(judgement?.reason ?? ''),
    ]
  })
}
