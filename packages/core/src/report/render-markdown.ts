import { caseTable, summariseScenarios, type ScenarioSummary } from './case-table.ts'
import { fullName } from './case-name.ts'
import type { CaseSummary } from './case-summary.ts'
import { printable, printableLines } from './printable.ts'
import { describeAttached } from './describe-attached.ts'
import { describeOrder } from './describe-order.ts'
import { describeTime } from './describe-time.ts'
import { describeEnvironment } from './render-console.ts'
import { standingOf } from './study/configuration-standing.ts'
import { analysisCell, isText } from './render-tables.ts'
import type { AnalysisTable, RunResult } from './result.ts'
import { comparisonTable } from './render-comparison.ts'
import type { StudyResult } from './study/study-result.ts'
import type { RunComparison } from './run-comparison.ts'
import { summariseSearches, type SearchSummary } from './search-summary.ts'
import { shareProblems, shareReasons, whichCases, type SharedProblem } from './shared-problems.ts'
import { markdownTable } from './table.ts'

const MOST_DETAIL_LINES = 20

/** The report of a run as GitHub's Markdown. Ends in a newline. */
export function renderMarkdown(result: RunResult): string {
  const { run } = result
  const lines = [
    `# servebench ${escapeMarkdown(run.id)}`,
    '',
    escapeMarkdown(describeEnvironment(run.environment).join(' · ')),
    '',
    ...(run.exit.code === 0
      ? []
      : [
          '> [!WARNING]',
          ...shareReasons(run.exit.reasons, result.cases.map(fullName)).map(
            (reason) => `> - ${escapeMarkdown(reason)}`,
          ),
          '',
        ]),
    ...run.notes.flatMap((note) => [escapeMarkdown(note), '']),
    ...summariseScenarios(result).flatMap(renderScenario),
    ...summariseSearches(result).flatMap(renderSearch),
    ...(result.studies ?? []).flatMap(renderConfigurations),
    ...renderAnalyses(result.analyses.filter(isText)),
    ...renderBaseline(result.comparison),
    ...describeAttached(result).flatMap((one) => [escapeMarkdown(`Attached server, ${one}.`), '']),
    `Seed ${escapeMarkdown(run.seed)}. Times from the intended start; percentiles by nearest rank; intervals 95 %.${orderOf(result)}${timeOf(result)}`,
  ]
  return `${lines.join('\n')}\n`
}

function orderOf(result: RunResult): string {
  const order = describeOrder(result)
  return order === '' ? '' : ` Order: ${order}.`
}

function timeOf(result: RunResult): string {
  const time = describeTime(result)
  return time === '' ? '' : ` Time: ${time}.`
}

/**
 * Text of somebody else as Markdown text: nothing in it becomes a link, an image, HTML, emphasis, a mention or a new
 * line.
 */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]()#+!|~$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '@&#8203;')
    .replace(/(https?|www)(?=[:.])/gi, '$1&#8203;')
}

function renderScenario(scenario: ScenarioSummary): readonly string[] {
  const table = caseTable(scenario.cases)
  const { shared, rest } = shareProblems(scenario.cases)
  return [
    `## ${escapeMarkdown(scenario.heading)}`,
    '',
    escapeMarkdown(scenario.file),
    '',
    ...markdownTable({ ...table, rows: table.rows.map((row) => row.map(escapeMarkdown)) }),
    '',
    ...rest.flatMap(renderNotes),
    ...shared.map((problem) => `- ${escapeMarkdown(describeShared(problem, scenario.cases.length))}`),
    ...(shared.length === 0 ? [] : ['']),
  ]
}

function describeShared({ word, message, advice, cases }: SharedProblem, all: number): string {
  return `${word}, ${whichCases(cases, all)}: ${joined(message, advice)}`
}

function renderNotes(one: CaseSummary): readonly string[] {
  const items = [
    ...one.streams.map((stream) => `stream ${stream}`),
    ...one.steps.map((step) => `pipeline: ${step}`),
    ...one.batches,
    ...(one.errorCount > 0 ? [`errors: ${one.errors}`] : []),
    ...(one.slo?.terms ?? [])
      .filter((term) => term.verdict !== 'pass')
      .map(
        (term) =>
          `SLO ${term.verdict}: ${term.limit}: ${term.measured}${term.reason === null ? '' : ` (${term.reason})`}`,
      ),
    ...one.bursts.map((text) => `burst ${text}`),
    ...one.control,
    ...one.verdict.reasons.map(({ severity, message, advice }) => `${severity}: ${joined(message, advice)}`),
    ...one.failures.map(
      ({ state, repeat, message, advice }) => `repeat ${repeat + 1} ${state}: ${joined(message, advice)}`,
    ),
  ]
  if (items.length === 0) return []
  return [
    `**${escapeMarkdown(one.name === '' ? one.scenario : one.name)}**`,
    '',
    ...items.map((item) => `- ${escapeMarkdown(item)}`),
    '',
    ...one.pictures.flatMap((file) => [`![the gauge and the load that followed it](${file})`, '']),
    ...one.failures.flatMap(({ detail }) => (detail === null ? [] : [...renderDetail(detail), ''])),
  ]
}

function renderBaseline(comparison: RunComparison | undefined): readonly string[] {
  if (comparison === undefined) return []
  const verdict = comparison.verdict === null ? '' : `: **${comparison.verdict}**`
  return [
    `## Against the baseline${verdict}`,
    '',
    escapeMarkdown(`${comparison.baseline} (${comparison.base.id})`),
    '',
    ...comparison.cases.flatMap((one) => {
      const reasons = [
        ...one.refused.map((reason) => `not compared: ${reason}`),
        ...one.judgements
          .filter(({ verdict: each }) => each !== 'equivalent')
          .map(({ metric, verdict: each, reason }) => `${metric} ${each}: ${reason}`),
        ...one.notes,
      ]
      const table = comparisonTable(one)
      return [
        `### ${escapeMarkdown(one.name)}`,
        '',
        ...(one.refused.length > 0
          ? []
          : [...markdownTable({ ...table, rows: table.rows.map((row) => row.map(escapeMarkdown)) }), '']),
        ...reasons.map((reason) => `- ${escapeMarkdown(reason)}`),
        ...(reasons.length === 0 ? [] : ['']),
      ]
    }),
  ]
}

/** A fence longer than any run of backticks inside, so that nothing inside can end it. */
function renderDetail(detail: string): readonly string[] {
  return fenced(printableLines(detail).slice(-MOST_DETAIL_LINES))
}

function fenced(lines: readonly string[], language = ''): readonly string[] {
  const runs = lines.flatMap((line) => line.match(/`+/g) ?? [])
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)))
  return [fence + language, ...lines, fence]
}

/** On one line; a backtick inside needs longer ones around. */
function codeSpan(text: string): string {
  const line = printable(text)
  const runs = line.match(/`+/g) ?? []
  const mark = '`'.repeat(Math.max(1, ...runs.map((run) => run.length + 1)))
  return mark === '`' ? `\`${line}\`` : `${mark} ${line} ${mark}`
}

function renderSearch(search: SearchSummary): readonly string[] {
  return [
    `## ${escapeMarkdown(`${search.name}: ${search.question}`)}`,
    '',
    `**${escapeMarkdown(search.answer)}** ${escapeMarkdown(search.message)}`,
    '',
    ...search.notes.map((note) => `- ${escapeMarkdown(note)}`),
    ...(search.notes.length > 0 ? [''] : []),
    ...markdownTable({ ...search.table, rows: search.table.rows.map((row) => row.map(escapeMarkdown)) }),
    '',
  ]
}

/** Tables of a chapter stand in one part that is opened, where the first of them is. */
function renderAnalyses(tables: readonly AnalysisTable[]): readonly string[] {
  const seen = new Set<string>()
  return tables.flatMap((table) => {
    const { chapter } = table
    if (chapter === undefined) return renderAnalysis(table, '##')
    if (seen.has(chapter.id)) return []
    seen.add(chapter.id)
    const own = tables.filter((other) => other.chapter?.id === chapter.id)
    return [
      `<details${chapter.open === true ? ' open' : ''}>`,
      `<summary>${escapeMarkdown(chapter.title)}</summary>`,
      '',
      ...own.flatMap((one) => renderAnalysis({ ...one, rows: one.rows.slice(0, MOST_CHAPTER_ROWS) }, '###')),
      '</details>',
      '',
    ]
  })
}

/** GitHub shows no longer pages; the CSV files have all rows. */
const MOST_CHAPTER_ROWS = 500

function renderAnalysis(table: AnalysisTable, level: '##' | '###'): readonly string[] {
  return [
    `${level} ${escapeMarkdown(table.title)}`,
    '',
    ...(table.plotOnly === true || table.columns.length === 0 ? [] : renderRows(table)),
    ...table.notes.flatMap((note) => [escapeMarkdown(note), '']),
  ]
}

/** Files that are ready to be applied, and what they change. */
function renderConfigurations(study: StudyResult): readonly string[] {
  const { configurations = [] } = study
  if (configurations.length === 0) return []
  return [
    `## ${escapeMarkdown(`Ready to apply: ${study.path.join(' > ')}`)}`,
    '',
    ...configurations.flatMap((configuration) => {
      const { name, role, directory, files, patch, diff, apply, problem } = configuration
      const paths = files.map((file) => codeSpan(`${directory}/${file}`)).join(', ')
      const against = patch === null ? '' : `; patch against the default: ${codeSpan(patch)}`
      const where = directory === null ? escapeMarkdown(problem ?? '') : paths + against
      return [
        `**${escapeMarkdown(name === '' ? 'as it is' : name)}** (${standingOf(configuration, study)}): ${where}`,
        '',
        ...(diff === null ? [] : [...fenced(printableLines(diff), 'diff'), '']),
        ...(apply === null || role === 'baseline' ? [] : [escapeMarkdown(apply), '']),
      ]
    }),
  ]
}

function renderRows(table: AnalysisTable): readonly string[] {
  return [
    ...markdownTable({
      columns: table.columns.map((column, index) => ({
        title: escapeMarkdown(column.name),
        align: table.rows.some((row) => typeof row[index] === 'number') ? 'right' : 'left',
        rank: 0,
      })),
      rows: table.rows.map((row) =>
        table.columns.map((column, index) => escapeMarkdown(analysisCell(row[index] ?? null, column.unit))),
      ),
    }),
    '',
  ]
}

function joined(message: string, advice: string | null): string {
  return advice === null ? message : `${message} ${advice}`
}
