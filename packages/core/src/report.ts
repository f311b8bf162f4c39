/**
 * For reporters: words for numbers, summaries of cases, comparisons of runs, their history. What formats and names is
 * pure and runs in browsers, too.
 */
export {
  formatCount,
  formatNanos,
  formatNanosInterval,
  formatNumber,
  formatNumberInterval,
  formatQuantity,
  formatRate,
  formatRelativeHalfWidth,
  formatShare,
} from './report/quantity.ts'
export { analysisCell } from './report/render-tables.ts'
export { csvTable } from './report/table.ts'
export type { CsvValue } from './report/table.ts'
export { caseName, fullName } from './report/case-name.ts'
export { printable } from './report/printable.ts'
export { describeAttached } from './report/describe-attached.ts'
export { describeMachine } from './report/describe-machine.ts'
export { describeTime } from './report/describe-time.ts'
export { summariseScenarios } from './report/case-table.ts'
export type { ScenarioSummary } from './report/case-table.ts'
export { gaugesOfTrials, sloLine } from './report/case-summary.ts'
export { standingOf } from './report/study/configuration-standing.ts'
export { shareReasons } from './report/shared-problems.ts'
export type { CaseSummary, FailureLine, ReasonLine, SloLine } from './report/case-summary.ts'
export { compareResults, explainDifference } from './report/compare.ts'
export type { CaseComparison, CompareOptions, Comparison } from './report/compare.ts'
export type { ChangeVerdict, MetricJudgement } from './report/judge-change.ts'
export { readReporterOptions } from './report/reporter-options.ts'
export { historyTable } from './report/history/history-table.ts'
export { HISTORY_METRICS } from './report/history/run-summary.ts'
export type { CasePoint, HistoryMetric, RunSummary } from './report/history/run-summary.ts'
export type { RunHistory } from './report/history/read-history.ts'
export type { ReportContext, ReportedRun } from './hooks/contexts.ts'
export type { SearchProbe, SearchResult } from './report/search-result.ts'
export type * from './report/plot.ts'
export type * from './report/result.ts'
