import type { RunResult } from 'servebench/plugin'
import type { AbReport } from './ab-report.ts'

/** A file of a report, relative to the folder of the suite. */
export interface ReportFile {
  readonly path: string
  readonly text: string
}

/** What the suite leaves: an `ab_report.csv` in each case's folder, and `report.md` with a table for each model. */
export function renderSuite(reports: readonly AbReport[], result: RunResult): readonly ReportFile[] {
  if (reports.length === 0) return []
  return [
    ...reports.map(({ folder, cells }) => ({ path: `${folder}/ab_report.csv`, text: renderCsv([cells]) })),
    { path: 'report.md', text: renderMarkdown(reports, result) },
  ]
}

type Cells = AbReport['cells']

/** RFC 4180. */
function renderCsv(rows: readonly Cells[]): string {
  const [first] = rows
  const lines = [Object.keys(first as Cells), ...rows.map((row) => Object.values(row))]
  return lines.map((line) => `${line.map(csvCell).join(',')}\r\n`).join('')
}

function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function renderMarkdown(reports: readonly AbReport[], { run }: RunResult): string {
  const processors = [...new Set(reports.map(({ folder }) => folder.split('/')[0] as string))]
  const lines = [
    `# TorchServe benchmark on ${processors.join(', ')}`,
    '',
    `Date: ${run.startedAt}`,
    '',
    `Run: ${run.id}`,
  ]
  for (const model of new Set(reports.map((report) => report.model))) {
    const own = reports.filter((report) => report.model === model)
    const columns = [...new Set(own.flatMap(({ cells }) => Object.keys(cells)))]
    lines.push(
      '',
      `## ${markdownCell(model)}`,
      '',
      `| case | ${columns.map(markdownCell).join(' | ')} |`,
      `| ${['---', ...columns.map(() => '---')].join(' | ')} |`,
      ...own.map(
        ({ folder, cells }) =>
          `| ${[folder, ...columns.map((column) => cells[column] ?? '')].map(markdownCell).join(' | ')} |`,
      ),
    )
  }
  return `${lines.join('\n')}\n`
}

function markdownCell(value: string | number): string {
  return String(value).replaceAll('|', '\\|').replace(/\s+/g, ' ')
}
