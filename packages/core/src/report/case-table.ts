import { printable } from './printable.ts'
import { summariseCases, type CaseSummary } from './case-summary.ts'
import { formatCount, formatNanos, formatRelativeHalfWidth } from './quantity.ts'
import type { Metrics, RunResult } from './result.ts'
import type { Column, Table } from './table.ts'

/** Cases of one scenario. */
export interface ScenarioSummary {
  readonly name: string
  /** What stands above its cases: of a study, whose cases are its leaders, with that word. */
  readonly heading: string
  readonly isStudy: boolean
  readonly file: string
  readonly cases: readonly CaseSummary[]
}

/** Cases by scenario, in the order of the result. */
export function summariseScenarios(result: RunResult): readonly ScenarioSummary[] {
  const scenarios = new Map<string, ScenarioSummary & { readonly cases: CaseSummary[] }>()
  const studied = new Set(result.studies?.map(({ path }) => printable(path.join(' > '))))
  for (const one of summariseCases(result)) {
    const key = JSON.stringify([one.file, one.scenario])
    const known = scenarios.get(key)
    if (known === undefined) {
      const { scenario: name, file } = one
      const isStudy = studied.has(name)
      scenarios.set(key, { name, heading: isStudy ? `Study: ${name}` : name, isStudy, file, cases: [one] })
    } else known.cases.push(one)
  }
  return [...scenarios.values()]
}

/** Columns whose cells are verdicts, for colours. */
export const VERDICT_COLUMNS = { slo: 7, validity: 8 } as const

const COLUMNS: readonly Column[] = [
  { title: 'case', align: 'left', rank: 0 },
  { title: 'throughput', align: 'right', rank: 0 },
  { title: 'p50', align: 'right', rank: 1 },
  { title: 'p95', align: 'right', rank: 4 },
  { title: 'p99', align: 'right', rank: 0 },
  { title: 'p99.9', align: 'right', rank: 5 },
  { title: 'errors', align: 'right', rank: 2 },
  { title: 'SLO', align: 'left', rank: 3 },
  { title: 'verdict', align: 'left', rank: 0 },
]

/** One row per case: throughput and response time with the relative half widths of their intervals. */
export function caseTable(cases: readonly CaseSummary[]): Table {
  return {
    columns: COLUMNS,
    rows: cases.map((one) => [
      one.name === '' ? one.scenario : one.name,
      withUncertainty(one.throughput, one.metrics?.throughput ?? null, one.metrics?.rateIntervals.throughput),
      percentile(one.metrics, 'p50'),
      percentile(one.metrics, 'p95'),
      percentile(one.metrics, 'p99'),
      percentile(one.metrics, 'p99.9'),
      one.errorCount === 0 ? '0' : formatCount(one.errorCount),
      one.slo?.verdict ?? '',
      one.outcome,
    ]),
  }
}

function percentile(metrics: Metrics | null, key: 'p50' | 'p95' | 'p99' | 'p99.9'): string {
  const distribution = metrics?.responseTime
  const value = distribution?.[key] ?? null
  return withUncertainty(formatNanos(value), value, distribution?.intervals[key])
}

function withUncertainty(
  text: string,
  value: number | null,
  interval: Parameters<typeof formatRelativeHalfWidth>[1],
): string {
  const width = formatRelativeHalfWidth(value, interval)
  return width === '' ? text : `${text} ${width}`
}
