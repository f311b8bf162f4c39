import { escapeXml } from './xml.ts'
import type { CaseSummary } from './case-summary.ts'
import { summariseScenarios } from './case-table.ts'
import { printable, printableLines } from './printable.ts'
import { measuredSeconds } from './pool.ts'
import type { RunResult, Trial } from './result.ts'
import { summariseChanges, type CaseChanges } from './run-comparison.ts'
import type { SearchResult } from './search-result.ts'
import { missesDemand, summariseSearches, type SearchSummary } from './search-summary.ts'

/**
 * JUnit's XML as CI systems read it: a suite per scenario, a test per case. A case whose SLO, errors or validity make
 * the run fail has a `failure`, one whose trials broke an `error`, one that was not run is `skipped`. Searches are a suite
 * of their own.
 */
export function renderJunit(result: RunResult): string {
  const byId = new Map(result.trials.map((trial) => [trial.id, trial]))
  const trials = new Map(result.cases.map((one) => [one.id, one.trials.flatMap((id) => byId.get(id) ?? [])]))
  const changes = summariseChanges(result.comparison)
  const accepted = result.comparison?.accepted ?? false
  const suites = summariseScenarios(result).map((scenario) => {
    const tests = scenario.cases.map((one) => ({
      one,
      outcome: outcomeOf(one, accepted ? undefined : changes.get(one.id)),
      changes: changes.get(one.id),
      seconds: secondsOf(trials.get(one.id) ?? []),
    }))
    return { scenario, tests }
  })
  const summaries = summariseSearches(result)
  const searches = result.searches.map((search, index) =>
    searchTest(search, summaries[index] as SearchSummary),
  )
  const all = [...suites.flatMap((suite) => suite.tests), ...searches]
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="servebench"${countsOf(all)}>`,
    ...suites.flatMap(({ scenario, tests }) => [
      `  <testsuite${attributes({ name: scenario.heading, file: scenario.file, timestamp: result.run.startedAt })}${countsOf(tests)}>`,
      ...tests.flatMap(({ one, outcome, seconds, changes }) => renderTest(one, outcome, seconds, changes)),
      '  </testsuite>',
    ]),
    ...(searches.length === 0
      ? []
      : [
          `  <testsuite${attributes({ name: 'searches', timestamp: result.run.startedAt })}${countsOf(searches)}>`,
          ...searches.flatMap(renderSearch),
          '  </testsuite>',
        ]),
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

interface SearchTest extends Test {
  readonly search: SearchResult
  readonly summary: SearchSummary
}

function searchTest(search: SearchResult, summary: SearchSummary): SearchTest {
  const { outcome } = search
  const lines = [summary.message, ...summary.notes]
  const message = missesDemand(search) ? (summary.notes.at(-1) as string) : summary.message
  const kind =
    outcome === 'interrupted' || outcome === 'failed'
      ? 'error'
      : summary.word === 'failed'
        ? 'failure'
        : 'passed'
  // What confirms the answer is the case's own time.
  const probes = search.probes.filter((probe) => search.answer?.trials.includes(probe.trial) !== true)
  const seconds = probes.reduce((sum, probe) => sum + probe.duration / 1e9, 0)
  return { search, summary, seconds, outcome: { kind, message, lines } }
}

function renderSearch({ search, summary, outcome, seconds }: SearchTest): readonly string[] {
  const properties: Readonly<Record<string, number | string | null>> = {
    outcome: search.outcome,
    answer: search.answer?.value ?? null,
    'answer.high': search.answer?.interval[1] ?? null,
    throughput: search.answer?.throughput ?? null,
    probes: search.probes.length,
  }
  const classname = summary.scenario
  const name = `${summary.name}: ${summary.question}`
  return [
    `    <testcase${attributes({ classname, name, file: summary.file, time: seconds.toFixed(3) })}>`,
    ...renderProperties(properties),
    ...renderOutcome(outcome),
    `      <system-out>${escapeXml([`answer: ${summary.answer}`, summary.message, ...summary.notes].join('\n'))}</system-out>`,
    '    </testcase>',
  ]
}

interface Outcome {
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped'
  readonly message: string
  readonly lines: readonly string[]
}

interface Test {
  readonly outcome: Outcome
  readonly seconds: number
}

function outcomeOf(one: CaseSummary, changes: CaseChanges | undefined): Outcome {
  const broken = one.failures.filter(
    (failure) => failure.state === 'failed' || failure.state === 'interrupted',
  )
  const [first] = broken
  if (first !== undefined) {
    const lines = broken.flatMap(({ message, advice, detail }) => [
      message,
      ...(advice === null ? [] : [advice]),
      ...(detail === null ? [] : printableLines(detail)),
    ])
    return { kind: 'error', message: first.message, lines }
  }
  if (one.metrics === null) {
    return { kind: 'skipped', message: one.failures[0]?.message ?? 'Nothing was measured.', lines: [] }
  }
  const problems = [
    ...(one.slo?.terms ?? [])
      .filter((term) => term.verdict === 'fail')
      .map((term) => `SLO: ${term.limit}: ${term.measured}`),
    ...(one.errorCount > 0 && !one.errorsAllowed ? [`errors: ${one.errors}`] : []),
    ...(changes?.regressions ?? []).map((reason) => `regression: ${printable(reason)}`),
    ...(changes?.refused ?? []).map((reason) => `not compared with the baseline: ${printable(reason)}`),
    ...(one.verdict.validity === 'invalid'
      ? one.verdict.reasons.map((reason) => `invalid: ${reason.message}`)
      : []),
  ]
  const [message] = problems
  return message === undefined
    ? { kind: 'passed', message: '', lines: [] }
    : { kind: 'failure', message, lines: problems }
}

function renderTest(
  one: CaseSummary,
  outcome: Outcome,
  seconds: number,
  changes: CaseChanges | undefined,
): readonly string[] {
  const { metrics } = one
  const name = one.name === '' ? one.scenario : one.name
  const properties: Readonly<Record<string, number | string | null>> = {
    validity: one.verdict.validity,
    slo: one.slo?.verdict ?? null,
    throughput: metrics?.throughput ?? null,
    offeredLoad: metrics?.offeredLoad ?? null,
    goodput: metrics?.goodput ?? null,
    'responseTime.p50': metrics?.responseTime.p50 ?? null,
    'responseTime.p95': metrics?.responseTime.p95 ?? null,
    'responseTime.p99': metrics?.responseTime.p99 ?? null,
    'responseTime.p99.9': metrics?.responseTime['p99.9'] ?? null,
  }
  const report = [
    `load: ${one.load.join(', ')}`,
    `throughput: ${one.rates.join(', ')}`,
    `response time: ${one.percentiles.join(', ')}`,
    `errors: ${one.errors}`,
    ...one.verdict.reasons.map(({ severity, message }) => `${severity}: ${message}`),
    ...(changes?.regressions ?? []).map((reason) => `regression: ${printable(reason)}`),
    ...(changes?.improvements ?? []).map((reason) => `improvement: ${printable(reason)}`),
    ...(changes?.inconclusive ?? []).map((reason) => `inconclusive: ${printable(reason)}`),
  ]
  return [
    `    <testcase${attributes({ classname: one.scenario, name, file: one.file, time: seconds.toFixed(3) })}>`,
    ...renderProperties(properties),
    ...renderOutcome(outcome),
    `      <system-out>${escapeXml(report.join('\n'))}</system-out>`,
    '    </testcase>',
  ]
}

function renderProperties(values: Readonly<Record<string, number | string | null>>): readonly string[] {
  return [
    '      <properties>',
    ...Object.entries(values)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => `        <property${attributes({ name: key, value: String(value) })}/>`),
    '      </properties>',
  ]
}

function renderOutcome({ kind, message, lines }: Outcome): readonly string[] {
  if (kind === 'passed') return []
  if (kind === 'skipped') return [`      <skipped${attributes({ message })}/>`]
  return [`      <${kind}${attributes({ message })}>${escapeXml(lines.join('\n'))}</${kind}>`]
}

function countsOf(tests: readonly Test[]): string {
  const count = (kind: Outcome['kind']): string =>
    String(tests.filter((test) => test.outcome.kind === kind).length)
  return attributes({
    tests: String(tests.length),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: tests.reduce((sum, test) => sum + test.seconds, 0).toFixed(3),
  })
}

function secondsOf(trials: readonly Trial[]): number {
  return trials.reduce((sum, trial) => sum + measuredSeconds(trial), 0)
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(printable(value))}"`)
    .join('')
}
