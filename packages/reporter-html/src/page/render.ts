import type { RunResult } from 'servebench/plugin'
import type { RunHistory } from 'servebench/report'
import { curvesOf } from './curves.ts'
import { writeDocument, type PageAssets } from './document.ts'
import { labelRuns } from './label-runs.ts'
import { runData } from './run-data.ts'
import { together } from './together.ts'

/** The page of a run, or of several: then the first is what the others are compared with. */
export function renderReport(results: readonly RunResult[], assets: PageAssets): string {
  const labels = labelRuns(results)
  const runs = results.map((result, index) => runData(result, `run-${index + 1}`, labels[index] as string))
  const title =
    results.length === 1 ? `servebench ${labels[0] ?? ''}` : `servebench: ${results.length} runs side by side`
  const data = { kind: 'report', runs, together: runs.length === 1 ? null : together(runs) } as const
  return writeDocument(title, data, results.map(curvesOf), assets)
}

/** The page over all runs of a results folder. */
export function renderHistory(history: RunHistory, assets: PageAssets): string {
  return writeDocument('servebench: all runs', { kind: 'history', history }, [], assets)
}
