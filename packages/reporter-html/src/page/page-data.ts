import type { AnalysisTable, RunResult } from 'servebench/plugin'
import type { CaseSummary, Comparison, RunHistory } from 'servebench/report'

/** What a page shows; embedded in it as JSON. */
export type PageData = ReportData | HistoryData

export interface ReportData {
  readonly kind: 'report'
  /** One, or several that are shown side by side. */
  readonly runs: readonly RunData[]
  readonly together: TogetherData | null
}

export interface RunData {
  /** In links; unique in the page. */
  readonly key: string
  /** How the page calls it where there are several. */
  readonly label: string
  readonly machine: string
  /** Without histograms: the curves that are drawn from them are in the curves. */
  readonly result: RunResult
  /** Words about the cases, in the order of the result's. */
  readonly summaries: readonly CaseSummary[]
}

export interface TogetherData {
  /** All cases of all runs, a row for each case in each run, with its plots. */
  readonly table: AnalysisTable
  /** Each further run against the first; those that have no case in common with it are told in `notes`. */
  readonly comparisons: readonly {
    readonly base: string
    readonly other: string
    readonly comparison: Comparison
  }[]
  readonly notes: readonly string[]
}

export interface HistoryData {
  readonly kind: 'history'
  readonly history: RunHistory
}

/** Tables with plots of distributions and courses, by the id of the case or trial; of each run. */
export type Curves = Readonly<Record<string, readonly AnalysisTable[]>>
