import { describe, expect, it } from 'vitest'
import { historyTable } from './history-table.ts'
import { HISTORY_METRICS, type RunSummary } from './run-summary.ts'

const [METRIC] = HISTORY_METRICS.filter(({ name }) => name === 'responseTime.p99')
if (METRIC === undefined) throw new Error('There is no such metric.')

/** Nights, one run each. */
function runs(values: readonly (number | null)[], change: Partial<RunSummary> = {}): readonly RunSummary[] {
  return values.map((value, index) => {
    const startedAt = new Date(Date.UTC(2026, 0, 1 + index, 4, 30)).toISOString()
    return {
      id: `run-${index}`,
      folder: `run-${index}`,
      startedAt,
      finishedAt: null,
      seed: 's',
      exit: { code: 0, reasons: [] },
      validity: 'valid',
      machine: 'A',
      versions: {},
      trials: 1,
      reports: [],
      cases: [
        {
          id: 'c',
          name: 'mlp > closed',
          engine: 'http1-raw',
          validity: 'valid',
          metrics: {
            'responseTime.p99': { value, interval: value === null ? null : [value - 1, value + 1] },
          },
        },
      ],
      ...change,
    }
  })
}

/** Around a level, without randomness. */
const level = (mean: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => mean + [0.3, -0.4, 0.1, -0.2, 0.2][index % 5]!)

function column(table: ReturnType<typeof historyTable>, name: string): readonly unknown[] {
  const index = table.columns.findIndex((one) => one.name === name)
  return table.rows.map((row) => row[index])
}

describe('the history of a metric', () => {
  it('has the runs by time, whatever their order, with the levels between changes', () => {
    const all = runs([...level(10, 10), ...level(15, 10)])
    const table = historyTable(all.toReversed(), 'c', METRIC)
    expect(column(table, 'run')).toEqual(all.map(({ id }) => id))
    expect(column(table, 'when')[0]).toBe('2026-01-01')
    expect(
      column(table, 'change')
        .map((change, index) => [index, change])
        .filter(([, change]) => change !== null),
    ).toEqual([[10, '+50.0 %']])
    for (const [index, mean] of column(table, 'level').entries())
      expect(mean).toBeCloseTo(index < 10 ? 10 : 15, 6)
    expect(table.notes[0]).toContain('changes once')
  })

  it('has one level where nothing has changed', () => {
    const table = historyTable(runs(level(10, 20)), 'c', METRIC)
    expect(new Set(column(table, 'level')).size).toBe(1)
    expect(table.notes).toEqual(['No change of level is found.'])
  })

  it('keeps machines and engines apart', () => {
    const [a, b] = [runs(level(10, 8)), runs(level(30, 8), { machine: 'B' })]
    const table = historyTable(
      a.flatMap((run, index) => [run, { ...b[index]!, id: `b-${index}` }]),
      'c',
      METRIC,
    )
    expect(column(table, 'change').every((change) => change === null)).toBe(true)
    expect(new Set(column(table, 'measured on'))).toEqual(new Set(['A, http1-raw', 'B, http1-raw']))
    expect(table.notes.join()).toContain('several machines')
    // Both of a minute: told apart.
    expect(new Set(column(table, 'when')).size).toBe(16)
  })

  it('shows runs that are invalid or have no value without letting them into a level', () => {
    const all = runs([...level(10, 6), 500, null]).map((run, index) =>
      index < 6 ? run : { ...run, cases: run.cases.map((one) => ({ ...one, validity: 'invalid' as const })) },
    )
    const table = historyTable(all, 'c', METRIC)
    expect(column(table, 'value').slice(6)).toEqual([500, null])
    expect(column(table, 'level').slice(6)).toEqual([null, null])
  })

  it.each([0, 1, 2])('manages %i runs', (count) => {
    expect(historyTable(runs(level(10, count)), 'c', METRIC).rows).toHaveLength(count)
  })

  it('names in its plot only columns that it has', () => {
    const table = historyTable(runs(level(10, 3)), 'c', METRIC)
    const names = new Set(table.columns.map(({ name }) => name))
    for (const layer of table.plots?.[0]?.layers ?? []) {
      const { mark: _, label: __, dashed: ___, ...columns } = layer as unknown as Record<string, unknown>
      for (const name of Object.values(columns)) expect(names).toContain(name)
    }
  })
})
