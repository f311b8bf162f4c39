import { fullName } from './case-name.ts'
import { formatLoad } from './load-value.ts'
import { printable } from './printable.ts'
import { formatNanos, formatRate, formatShare, NOTHING } from './quantity.ts'
import type { RunResult } from './result.ts'
import type { SearchOutcome, SearchPurpose, SearchResult } from './search-result.ts'
import type { Table } from './table.ts'

/** What reports say about a search, as text that is safe to show. */
export interface SearchSummary {
  readonly id: string
  readonly file: string
  /** `describe > scenario > axis=value`. */
  readonly name: string
  readonly scenario: string
  /** `highest rate inside the SLO`. */
  readonly question: string
  /** `412/s [412/s, 420/s]`, `at least 800/s`; `–` when there is none. */
  readonly answer: string
  /** How well it went, as a word of a verdict: that colours it. */
  readonly word: 'valid' | 'suspect' | 'failed'
  readonly outcome: SearchOutcome
  readonly message: string
  readonly notes: readonly string[]
  /** One row per probe, in their order. */
  readonly table: Table
}

const WORDS: Readonly<Record<SearchOutcome, SearchSummary['word']>> = {
  running: 'suspect',
  interrupted: 'suspect',
  found: 'valid',
  'above-range': 'suspect',
  'below-range': 'failed',
  'error-prone': 'failed',
  'non-monotone': 'failed',
  'generator-limited': 'failed',
  undecided: 'failed',
  unconfirmed: 'failed',
  failed: 'failed',
}

const STEPS: Readonly<Record<SearchPurpose, string>> = {
  lowest: 'lowest',
  raise: 'step up',
  bisect: 'bisect',
  recheck: 'once more',
  extend: 'longer',
  retry: 'again',
  'look-above': 'look above',
  confirm: 'confirm',
  above: 'just above',
}

/** All searches in the order of the result. */
export function summariseSearches(result: RunResult): readonly SearchSummary[] {
  return result.searches.map(summarise)
}

function summarise(search: SearchResult): SearchSummary {
  const { vary, outcome, probes } = search
  return {
    id: search.id,
    file: printable(search.file),
    name: printable(fullName(search)),
    scenario: printable(search.path.join(' > ')),
    question: `highest ${vary} inside the SLO`,
    answer: answerOf(search),
    word: missesDemand(search) ? 'failed' : WORDS[outcome],
    outcome,
    message: printable(search.message),
    notes: [
      ...search.notes.map(printable),
      ...(missesDemand(search) ? [`Below what is demanded, ${formatLoad(vary, search.atLeast ?? 0)}.`] : []),
    ],
    table: {
      columns: [
        { title: 'probe', align: 'right', rank: 2 },
        { title: vary === 'rate' ? 'rate' : 'users', align: 'right', rank: 0 },
        { title: 'step', align: 'left', rank: 3 },
        { title: 'verdict', align: 'left', rank: 0 },
        { title: 'throughput', align: 'right', rank: 4 },
        { title: 'p50', align: 'right', rank: 6 },
        { title: 'p99', align: 'right', rank: 1 },
        { title: 'errors', align: 'right', rank: 5 },
      ],
      rows: probes.map((probe, index) => [
        String(index + 1),
        formatLoad(vary, probe.value),
        STEPS[probe.purpose],
        probe.verdict,
        formatRate(probe.throughput),
        formatNanos(probe.p50),
        formatNanos(probe.p99),
        formatShare(probe.errorRate),
      ]),
    },
  }
}

/** The column of {@link SearchSummary.table} that holds verdicts, for colours. */
export const SEARCH_VERDICT_COLUMN = 3

/** Words of verdicts that colour what a probe showed. */
export function wordOfProbe(verdict: string): string {
  return verdict === 'broken' ? 'failed' : verdict === 'generator-limited' ? 'suspect' : verdict
}

/** Whether an answer was found and is lower than the scenario demands. */
export function missesDemand({ answer, atLeast }: SearchResult): boolean {
  return answer !== null && atLeast !== null && answer.value < atLeast
}

function answerOf({ answer, vary, outcome }: SearchResult): string {
  if (answer === null) return NOTHING
  const [low, high] = answer.interval
  const value = formatLoad(vary, answer.value)
  if (outcome === 'above-range' || outcome === 'generator-limited') return `at least ${value}`
  return high === null ? value : `${value} [${formatLoad(vary, low)}, ${formatLoad(vary, high)}]`
}
