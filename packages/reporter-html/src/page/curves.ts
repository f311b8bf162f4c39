import type { AnalysisTable, RunResult, Trial } from 'servebench/plugin'
import type { Curves } from './page-data.ts'

/** What is drawn of each trial and case, from windows and histograms: records are not read. */
export function curvesOf(result: RunResult): Curves {
  return Object.fromEntries(result.trials.map((trial) => [trial.id, [timeline(trial)]]))
}

function timeline(trial: Trial): AnalysisTable {
  return {
    name: 'timeline',
    title: 'Over time',
    columns: [
      { name: 'time', unit: 'ns' },
      { name: 'p50', unit: 'ns' },
      { name: 'p99', unit: 'ns' },
    ],
    rows: trial.windows.map(({ until, p50, p99 }) => [until, p50, p99]),
    notes: [],
    plotOnly: true,
    plots: [
      {
        name: 'response-time',
        title: 'Response time over time',
        x: { title: 'time', unit: 'ns', scale: 'linear' },
        y: { title: 'response time', unit: 'ns', scale: 'log' },
        layers: [
          { mark: 'line', x: 'time', y: 'p50', label: 'p50' },
          { mark: 'line', x: 'time', y: 'p99', label: 'p99' },
        ],
      },
    ],
  }
}
