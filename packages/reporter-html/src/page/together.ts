import type { AnalysisTable, JsonValue, Plot } from 'servebench/plugin'
import { ServebenchError } from 'servebench/plugin'
import { compareResults, fullName, HISTORY_METRICS } from 'servebench/report'
import type { RunData, TogetherData } from './page-data.ts'

/** Cases of several runs by what they are: the same case of another run, on another machine, stands beside it. */
export function together(runs: readonly RunData[]): TogetherData {
  const [base, ...others] = runs as readonly [RunData, ...RunData[]]
  const notes: string[] = []
  const comparisons = others.flatMap((other) => {
    try {
      const comparison = compareResults(base.result, other.result)
      return [{ base: base.label, other: other.label, comparison }]
    } catch (error) {
      if (!(error instanceof ServebenchError)) throw error
      notes.push(`${base.label} and ${other.label}: ${error.message}`)
      return []
    }
  })
  return { table: sideBySide(runs), comparisons, notes }
}

function sideBySide(runs: readonly RunData[]): AnalysisTable {
  const ids = [...new Set(runs.flatMap(({ result }) => result.cases.map(({ id }) => id)))]
  const rows = ids.flatMap((id) =>
    runs.flatMap((run) => {
      const one = run.result.cases.find((each) => each.id === id)
      if (one === undefined) return []
      const values = HISTORY_METRICS.flatMap(({ read }): JsonValue[] => {
        const { value, interval } = one.pooled === null ? NOTHING : read(one.pooled)
        return [value, interval?.[0] ?? null, interval?.[1] ?? null]
      })
      return [[fullName(one), run.label, run.machine, one.verdict.validity, ...values]]
    }),
  )
  return {
    name: 'side-by-side',
    title: 'Side by side',
    columns: [
      { name: 'case', unit: null },
      { name: 'run', unit: null },
      { name: 'machine', unit: null },
      { name: 'validity', unit: null },
      ...HISTORY_METRICS.flatMap(({ name, unit }) => [
        { name, unit },
        { name: `${name}.low`, unit },
        { name: `${name}.high`, unit },
      ]),
    ],
    rows,
    notes: [],
    plotOnly: true,
    plots: HISTORY_METRICS.map(({ name, title, unit }): Plot => {
      return {
        name: name.replaceAll('.', '-').toLowerCase(),
        title,
        x: { title: 'case', unit: null, scale: 'category' },
        y: { title, unit, scale: 'linear' },
        layers: [
          { mark: 'bars', x: 'case', y: name, group: 'run', low: `${name}.low`, high: `${name}.high` },
        ],
      }
    }),
  }
}

const NOTHING = { value: null, interval: null } as const
