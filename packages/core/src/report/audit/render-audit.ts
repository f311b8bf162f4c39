import { createPaint } from '../paint.ts'
import { formatNanos, formatNumber, NOTHING } from '../quantity.ts'
import { layTable, stackTable, type Table } from '../table.ts'
import { wrap } from '../text-layout.ts'
import type { Audit } from './audit-table.ts'

/** An audit as text. Ends in a newline. */
export function renderAudit(
  { rows, flagged, tolerance }: Audit,
  { colors, columns }: { readonly colors: boolean; readonly columns: number },
): string {
  const width = Math.min(Math.max(columns, 30), 120)
  const paint = createPaint(colors)
  const table: Table = {
    columns: [
      { title: 'row', align: 'right', rank: 0 },
      { title: 'users', align: 'right', rank: 0 },
      { title: 'throughput', align: 'right', rank: 1 },
      { title: 'mean by N ÷ X', align: 'right', rank: 0 },
      { title: 'stated', align: 'left', rank: 0 },
      { title: 'verdict', align: 'left', rank: 0 },
    ],
    rows: rows.map(({ row, users, throughput, impliedMean, findings, verdict }) => [
      String(row),
      users === null ? NOTHING : String(users),
      throughput === null ? NOTHING : `${throughput}/s`,
      formatNanos(impliedMean),
      findings
        .map(
          ({ statistic, latency }) =>
            `${statistic === 'mean' ? 'mean' : `p${statistic}`} ${formatNanos(latency)}`,
        )
        .join(', '),
      verdict,
    ]),
  }
  const lines = [
    ...(layTable(table, width, (text, row, column) =>
      column === 5 && row >= 0 && text.includes('impossible') ? paint.verdict('fail', text) : text,
    ) ?? stackTable(table, width)),
  ]
  for (const { row, findings } of rows) {
    for (const { verdict, message, column } of findings) {
      if (verdict === 'consistent') continue
      lines.push('', ...wrap(`Row ${row}, ${column}: ${message}`, width))
    }
  }
  lines.push(
    '',
    ...wrap(
      `${flagged === 0 ? 'No row contradicts' : `${flagged} of ${rows.length} rows contradict`} Little's law, N = X · R, by more than ${formatNumber(tolerance * 100)} %. It holds for users who wait for each answer (a closed loop) and for times as they saw them.`,
      width,
    ),
  )
  return `${lines.join('\n')}\n`
}
