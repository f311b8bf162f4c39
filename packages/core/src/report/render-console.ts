import { formatBytes } from '../units/bytes.ts'
import { caseTable, summariseScenarios, VERDICT_COLUMNS, type ScenarioSummary } from './case-table.ts'
import { fullName } from './case-name.ts'
import type { CaseSummary } from './case-summary.ts'
import { createPaint, type Paint } from './paint.ts'
import { describeAttached } from './describe-attached.ts'
import { describeOrder } from './describe-order.ts'
import { describeTime } from './describe-time.ts'
import { printable, printableLines } from './printable.ts'
import { renderComparison } from './render-comparison.ts'
import { layConfigurations } from './render-configurations.ts'
import { isText, layAnalysis } from './render-tables.ts'
import type { AnalysisTable, Environment, RunResult } from './result.ts'
import type { RunComparison } from './run-comparison.ts'
import {
  SEARCH_VERDICT_COLUMN,
  summariseSearches,
  wordOfProbe,
  type SearchSummary,
} from './search-summary.ts'
import { shareProblems, shareReasons, whichCases, type SharedProblem } from './shared-problems.ts'
import { layTable, stackTable } from './table.ts'
import { flow, wrap } from './text-layout.ts'

export interface ConsoleOptions {
  readonly colors: boolean
  readonly columns: number
  /** Shows every case in full, also where a scenario has many. */
  readonly details: boolean
  /** Where the result is. */
  readonly directory: string
}

/** A scenario with more cases becomes a table, and only what is wrong with a case is told in full. */
const MOST_BLOCKS = 4
const NARROWEST = 30
const WIDEST = 120
/** Of the log of a server that failed. */
const MOST_DETAIL_LINES = 20
const LABEL_WIDTH = 12
/** Tables of one kind, and rows of one table, that are shown without `details`. */
const MOST_ALIKE = 3
const MOST_ROWS = 24

/** The report of a run as text: plain, or with ANSI colours. Ends in a newline. */
export function renderConsole(result: RunResult, options: ConsoleOptions): string {
  const page = new Page(Math.min(Math.max(options.columns, NARROWEST), WIDEST), createPaint(options.colors))
  // What a study has found is in its tables; the cases are its leaders, in full.
  for (const scenario of summariseScenarios(result)) {
    if (options.details || !scenario.isStudy) renderScenario(page, scenario, options.details)
  }
  for (const search of summariseSearches(result)) renderSearch(page, search)
  const shown = result.analyses.filter((table) => isShown(table, options.details))
  renderAnalyses(page, shown, options.details)
  for (const study of result.studies ?? []) {
    const lines = layConfigurations(study, {
      width: page.width - 2,
      paint: page.paint,
      details: options.details,
    })
    if (lines.length === 0) continue
    page.line()
    page.line(`Ready to apply: ${printable(study.path.join(' > '))}`, 0, page.paint.bold)
    page.raw(lines, 2)
  }
  if (result.comparison !== undefined) renderBaseline(page, result.comparison, options)
  renderEnd(page, result, options.directory)
  return page.toString()
}

/** Chapters are for who asks for them. */
function isShown(table: AnalysisTable, details: boolean): boolean {
  return isText(table) && (details || table.chapter === undefined || table.chapter.open === true)
}

interface Paragraph {
  readonly items: readonly string[]
  readonly separator?: string
  /** A verdict or severity that colours it. */
  readonly word?: string
}

/** Lines under construction: all that is added fits the width. */
class Page {
  readonly width: number
  readonly paint: Paint
  readonly #lines: string[] = []

  constructor(width: number, paint: Paint) {
    this.width = width
    this.paint = paint
  }

  line(text = '', indent = 0, paint: (text: string) => string = (plain) => plain): void {
    if (text === '') this.#lines.push('')
    else
      for (const part of wrap(text, this.width - indent)) this.#lines.push(' '.repeat(indent) + paint(part))
  }

  /** Already laid out. */
  raw(lines: readonly string[], indent: number): void {
    for (const line of lines) this.#lines.push(line === '' ? '' : ' '.repeat(indent) + line)
  }

  /**
   * Paragraphs beside a label, or below it on narrow terminals. Each is a list of items, which are only torn apart when
   * one is longer than a line.
   */
  labelled(label: string, paragraphs: readonly Paragraph[], indent = 2): void {
    const beside = this.width >= 60
    const hang = indent + (beside ? LABEL_WIDTH : 2)
    if (!beside && label !== '') this.#lines.push(' '.repeat(indent) + this.paint.dim(label))
    let lead = ' '.repeat(indent) + this.paint.dim(label.padEnd(LABEL_WIDTH))
    for (const { items, word, separator = '   ' } of paragraphs) {
      for (const line of flow(items, this.width - hang, separator)) {
        this.#lines.push(
          (beside ? lead : ' '.repeat(hang)) + (word === undefined ? line : this.paint.verdict(word, line)),
        )
        lead = ' '.repeat(hang)
      }
    }
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`
  }
}

function renderScenario(page: Page, scenario: ScenarioSummary, details: boolean): void {
  page.line()
  page.line(scenario.heading, 0, page.paint.bold)
  page.line(scenario.file, 0, page.paint.dim)
  if (details || scenario.cases.length <= MOST_BLOCKS || !renderTable(page, scenario.cases)) {
    for (const one of scenario.cases) renderCase(page, one)
  }
}

function renderBaseline(page: Page, comparison: RunComparison, { colors }: ConsoleOptions): void {
  page.line()
  page.line(`Against the baseline ${printable(comparison.baseline)}`, 0, page.paint.bold)
  page.raw(renderComparison(comparison, { colors, columns: page.width }).trimEnd().split('\n'), 0)
  if (comparison.accepted) page.line('This run is the new baseline.')
}

function renderTable(page: Page, cases: readonly CaseSummary[]): boolean {
  const indent = 2
  const table = caseTable(cases)
  const lines = layTable(table, page.width - indent, (text, row, column) => {
    if (row < 0) return page.paint.dim(text)
    const verdict = column === VERDICT_COLUMNS.slo || column === VERDICT_COLUMNS.validity
    return verdict ? page.paint.verdict(text.trim(), text) : text
  })
  if (lines === null) return false
  const load = (cases[0] as CaseSummary).load.filter((part) => cases.every((one) => one.load.includes(part)))
  page.line()
  if (load.length > 0) {
    page.labelled('load', [{ items: load }])
    page.line()
  }
  page.raw(lines, indent)
  const { shared, rest } = shareProblems(cases)
  for (const one of rest) {
    if (!hasProblem(one)) continue
    page.line()
    page.line(one.name, indent, page.paint.bold)
    renderProblems(page, one, indent + 2)
  }
  for (const problem of shared) {
    page.line()
    renderShared(page, problem, cases.length)
  }
  return true
}

/** What many cases have in common, once. */
function renderShared(page: Page, { word, message, advice, cases }: SharedProblem, all: number): void {
  page.labelled(word, [{ items: [`${whichCases(cases, all)}: ${message}`], word }, ...adviceOf(advice)])
}

function hasProblem(one: CaseSummary): boolean {
  const missed = one.slo !== null && one.slo.verdict !== 'pass'
  return missed || one.errorCount > 0 || one.failures.length > 0 || one.verdict.reasons.length > 0
}

function renderCase(page: Page, one: CaseSummary): void {
  page.line()
  if (one.name !== '') page.line(one.name, 2, page.paint.bold)
  page.labelled('verdict', [
    { items: [one.metrics === null ? one.outcome : `measurement ${one.outcome}`], word: one.outcome },
    ...(one.slo === null ? [] : [{ items: [`SLO ${one.slo.verdict}`], word: one.slo.verdict }]),
  ])
  page.labelled('load', [{ items: one.load }])
  for (const [label, items] of [
    ['throughput', one.rates],
    ['response', one.percentiles],
    ...one.streams.map((stream, index) => [index === 0 ? 'streams' : '', [stream]] as const),
    ...one.steps.map((step, index) => [index === 0 ? 'pipeline' : '', [step]] as const),
    ['labels', one.labels],
    ['server', one.serverStages],
    [one.serverStages.length === 0 ? 'server' : '', one.batches],
    ['gauges', one.gauges],
    ['energy', one.energy],
    ['cost', one.cost],
    ['samplers', one.samplers],
    ['errors', one.metrics !== null && one.errorCount === 0 ? ['none'] : []],
  ] as const) {
    if (items.length > 0) page.labelled(label, [{ items }])
  }
  if (one.bursts.length > 0)
    page.labelled(
      'bursts',
      one.bursts.map((text) => ({ items: [text] })),
    )
  if (one.control.length > 0)
    page.labelled(
      'control',
      one.control.map((text) => ({ items: [text] })),
    )
  renderProblems(page, one, 2, true)
}

function renderProblems(page: Page, one: CaseSummary, indent: number, allTerms = false): void {
  if (one.errorCount > 0) page.labelled('errors', [{ items: [one.errors] }], indent)
  const terms = one.slo?.terms.filter((term) => allTerms || term.verdict !== 'pass') ?? []
  if (terms.length > 0) {
    page.labelled(
      'SLO',
      terms.map(({ limit, measured, verdict, reason }) => ({
        items: [
          `${limit}:`,
          measured,
          verdict,
          ...(verdict === 'pass' || reason === null ? [] : [`(${reason})`]),
        ],
        separator: '  ',
        word: verdict,
      })),
      indent,
    )
  }
  for (const { severity, message, advice } of one.verdict.reasons) {
    page.labelled(severity, [{ items: [message], word: severity }, ...adviceOf(advice)], indent)
  }
  for (const { state, repeat, message, advice, detail } of one.failures) {
    const items = [one.repeats > 1 ? `repeat ${repeat + 1}: ${message}` : message]
    page.labelled(state, [{ items, word: state }, ...adviceOf(advice)], indent)
    if (detail !== null) renderDetail(page, detail, indent)
  }
}

function adviceOf(advice: string | null): readonly Paragraph[] {
  return advice === null ? [] : [{ items: [advice] }]
}

/** A line of somebody else's log never begins a line of ours: it could pass for a command to a CI system. */
function renderDetail(page: Page, detail: string, indent: number): void {
  const lines = printableLines(detail)
  const shown = lines.slice(-MOST_DETAIL_LINES)
  if (shown.length < lines.length)
    page.line(`| (${lines.length - shown.length} lines before)`, indent, page.paint.dim)
  for (const line of shown) {
    for (const part of wrap(line, page.width - indent - 2)) page.raw([page.paint.dim(`| ${part}`)], indent)
  }
}

function renderSearch(page: Page, search: SearchSummary): void {
  page.line()
  page.line(`${search.name}: ${search.question}`, 0, page.paint.bold)
  page.line(search.file, 0, page.paint.dim)
  page.line()
  page.labelled('answer', [{ items: [search.answer], word: search.word }, { items: [search.message] }])
  for (const note of search.notes) page.labelled('note', [{ items: [note] }])
  if (search.table.rows.length === 0) return
  const width = page.width - 2
  const lines = layTable(search.table, width, (text, row, column) => {
    if (row < 0) return page.paint.dim(text)
    if (column !== SEARCH_VERDICT_COLUMN) return text
    return page.paint.verdict(wordOfProbe(text.trim()), text)
  })
  page.line()
  page.raw(lines ?? stackTable(search.table, width), 2)
}

/** Of many tables of one kind, and of long ones, only the first part: a terminal is no place for all of them. */
function renderAnalyses(page: Page, tables: readonly AnalysisTable[], details: boolean): void {
  const shown = new Map<string, number>()
  for (const table of tables) {
    const before = shown.get(table.name) ?? 0
    shown.set(table.name, before + 1)
    if (!details && before >= MOST_ALIKE) continue
    page.line()
    page.line(printable(table.title), 0, page.paint.bold)
    page.raw(layAnalysis(table, page.width - 2, details ? Infinity : MOST_ROWS), 2)
  }
  const left = [...shown].flatMap(([name, count]) =>
    details || count <= MOST_ALIKE ? [] : [`${count - MOST_ALIKE} more of '${printable(name)}'`],
  )
  if (left.length === 0) return
  page.line()
  page.line(
    `Not shown: ${left.join(', ')}. Reports in files have all, and so has the console with \`details: true\`.`,
  )
}

function renderEnd(page: Page, result: RunResult, directory: string): void {
  const { run } = result
  const size = [
    countOf(result.cases.length, 'case'),
    countOf(result.trials.length, 'trial'),
    `seed ${printable(run.seed)}`,
  ]
  page.line()
  page.line('Times from the intended start; brackets and ± are 95 % intervals.', 0, page.paint.dim)
  page.labelled('run', [{ items: size }], 0)
  const order = describeOrder(result)
  if (order !== '') page.labelled('order', [{ items: [order] }], 0)
  page.labelled('machine', [{ items: describeEnvironment(run.environment) }], 0)
  const attached = describeAttached(result)
  if (attached.length > 0)
    page.labelled(
      'attached',
      attached.map((one) => ({ items: [printable(one)] })),
      0,
    )
  const time = describeTime(result)
  if (time !== '') page.labelled('time', [{ items: [time] }], 0)
  page.labelled('results', [{ items: [printable(directory)] }], 0)
  if (run.notes.length > 0)
    page.labelled(
      'notes',
      run.notes.map((note) => ({ items: [printable(note)] })),
      0,
    )
  if (run.exit.code !== 0) {
    const reasons = shareReasons(run.exit.reasons, result.cases.map(fullName)).map((reason) => ({
      items: [printable(reason)],
      word: 'failed',
    }))
    page.labelled(`exit ${run.exit.code}`, reasons, 0)
  }
}

export function describeEnvironment({ cpu, memory, accelerators, node, os }: Environment): readonly string[] {
  const limit = cpu.limit === null ? '' : ` (limited to ${cpu.limit})`
  return [
    printable(cpu.model),
    `${countOf(cpu.cores, 'core')}${limit}`,
    formatBytes(memory.limit ?? memory.total),
    ...accelerators.map((accelerator) => printable(accelerator.name)),
    printable(`${os.platform} ${os.arch}`),
    printable(`Node ${node}`),
  ]
}

function countOf(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`
}
