import { summariseCases, type CaseSummary } from './case-summary.ts'
import { printable } from './printable.ts'
import type { RunResult } from './result.ts'
import { summariseChanges, type CaseChanges } from './run-comparison.ts'
import { summariseSearches, type SearchSummary } from './search-summary.ts'

/** GitHub shows ten errors and ten warnings of a step; more would push others out. */
const MOST_PER_LEVEL = 10

interface Annotation {
  readonly level: 'error' | 'warning'
  readonly file: string
  readonly title: string
  readonly message: string
}

/**
 * Workflow commands of GitHub Actions, one per line: what makes the run fail as errors, what one should know as
 * warnings. Empty when all is well.
 */
export function renderAnnotations(result: RunResult): string {
  const changes = summariseChanges(result.comparison)
  const accepted = result.comparison?.accepted ?? false
  const annotations = [
    ...summariseCases(result).flatMap((one) => annotate(one, changes.get(one.id), accepted)),
    ...summariseSearches(result).flatMap(annotateSearch),
  ]
  const shown = (['error', 'warning'] as const).flatMap((level) => {
    const all = annotations.filter((annotation) => annotation.level === level)
    if (all.length <= MOST_PER_LEVEL) return all
    const rest = all.length - MOST_PER_LEVEL + 1
    return [
      ...all.slice(0, MOST_PER_LEVEL - 1),
      { level, file: '', title: 'servebench', message: `${rest} more: see the report.` },
    ]
  })
  return shown.map((annotation) => `${format(annotation)}\n`).join('')
}

function annotate(
  one: CaseSummary,
  changes: CaseChanges | undefined,
  accepted: boolean,
): readonly Annotation[] {
  const title = one.name === '' ? one.scenario : `${one.scenario} > ${one.name}`
  const make = (level: Annotation['level'], message: string): Annotation => ({
    level,
    file: one.file,
    title,
    message,
  })
  const terms = one.slo?.terms ?? []
  return [
    ...one.failures
      .filter((failure) => failure.state !== 'skipped')
      .map(({ message, advice }) => make('error', advice === null ? message : `${message}\n${advice}`)),
    ...terms
      .filter((term) => term.verdict === 'fail')
      .map((term) => make('error', `SLO missed: ${term.limit}: ${term.measured}`)),
    ...terms
      .filter((term) => term.verdict === 'undecided')
      .map((term) => make('warning', `SLO undecided: ${term.limit}: ${term.measured}`)),
    ...(changes?.regressions ?? []).map((reason) =>
      make(accepted ? 'warning' : 'error', `Regression: ${printable(reason)}`),
    ),
    ...(changes === undefined || changes.refused.length === 0
      ? []
      : [
          make(
            accepted ? 'warning' : 'error',
            `Not compared with the baseline: ${printable(changes.refused.join(' '))}`,
          ),
        ]),
    ...(one.errorCount > 0 && !one.errorsAllowed ? [make('error', `Errors: ${one.errors}`)] : []),
    ...one.verdict.reasons
      .filter((reason) => reason.severity !== 'note')
      .map(({ severity, message, advice }) =>
        make(
          one.verdict.validity === 'invalid' && severity === 'invalid' ? 'error' : 'warning',
          `Measurement ${severity}: ${message}${advice === null ? '' : `\n${advice}`}`,
        ),
      ),
  ]
}

function annotateSearch({ word, name, file, message, notes }: SearchSummary): readonly Annotation[] {
  if (word === 'valid') return []
  const level = word === 'failed' ? 'error' : 'warning'
  return [{ level, file, title: name, message: [message, ...notes].join('\n') }]
}

function format({ level, file, title, message }: Annotation): string {
  const properties = [
    ...(file === '' ? [] : [`file=${escapeProperty(file)}`]),
    `title=${escapeProperty(title)}`,
  ]
  return `::${level} ${properties.join(',')}::${escapeData(message)}`
}

/** As the runner's own toolkit escapes them (`@actions/core`, command.ts). */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
