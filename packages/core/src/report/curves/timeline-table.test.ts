import { describe, expect, it } from 'vitest'
import type { WindowResult } from '../result.ts'
import { MOST_POINTS } from './curve-sample.ts'
import { timelineTable, type TimelineTrial } from './timeline-table.ts'

function window(index: number, more: Partial<WindowResult> = {}): WindowResult {
  return {
    from: index * 1e9,
    until: (index + 1) * 1e9,
    phase: 'measurement',
    due: 100,
    sent: 100,
    completed: 99,
    failed: 1,
    inFlight: 2,
    p50: 1e6,
    p95: 2e6,
    p99: 3e6 + index,
    lagP99: 1e4,
    ...more,
  }
}

function trial(windows: readonly WindowResult[], more: Partial<TimelineTrial> = {}): TimelineTrial {
  return {
    windows,
    events: [],
    gauges: {},
    phases: {
      warmup: { from: 0, until: 0 },
      measurement: { from: 0, until: windows.length * 1e9 },
      drain: { from: windows.length * 1e9, until: windows.length * 1e9 },
    },
    ...more,
  }
}

function read(table: ReturnType<typeof timelineTable>, name: string): unknown[] {
  const at = table.columns.findIndex((column) => column.name === name)
  return table.rows.map((row) => row[at])
}

describe('timelineTable', () => {
  it('has a row for each second, with what its window says', () => {
    const table = timelineTable(trial([window(0), window(1, { completed: 50, failed: 0, inFlight: null })]))
    expect(read(table, 'time')).toEqual([0.5e9, 1.5e9])
    expect(read(table, 'due')).toEqual([100, 100])
    expect(read(table, 'sent')).toEqual([100, 100])
    expect(read(table, 'completed')).toEqual([99, 50])
    expect(read(table, 'failed')).toEqual([1, 0])
    expect(read(table, 'in flight')).toEqual([2, null])
    expect(read(table, 'p99')).toEqual([3e6, 3e6 + 1])
    expect(read(table, 'dispatch lag p99')).toEqual([1e4, 1e4])
  })

  it('gives all pictures the same axis of time', () => {
    const { plots = [] } = timelineTable(trial([window(3), window(4), window(5)]))
    expect(plots.map(({ name }) => name)).toEqual(['rates', 'in-flight', 'response-times', 'dispatch-lag'])
    for (const { x } of plots) expect(x).toMatchObject({ from: 3e9, to: 6e9, unit: 'ns' })
  })

  it('has percentiles of few answers apart, as points', () => {
    const table = timelineTable(trial([window(0), window(1, { completed: 19 })]))
    expect(read(table, 'p50')).toEqual([1e6, null])
    expect(read(table, 'p50 of few')).toEqual([null, 1e6])
    const layers = table.plots?.find(({ name }) => name === 'response-times')?.layers ?? []
    expect(layers.filter(({ mark }) => mark === 'points')).toHaveLength(3)
  })

  it('makes several seconds one point where there are very many: rates stay, percentiles are the highest', () => {
    const windows = Array.from({ length: 3600 }, (_, index) =>
      window(index, { completed: index < 18 ? 36 : 99 }),
    )
    const table = timelineTable(trial(windows))
    expect(table.rows.length).toBeLessThanOrEqual(MOST_POINTS)
    expect(read(table, 'completed').slice(0, 2)).toEqual([36, 99])
    expect(read(table, 'p99').slice(0, 2)).toEqual([3e6 + 17, 3e6 + 35])
    expect(read(table, 'due')).toEqual(read(table, 'due').map(() => 100))
    expect(table.plots?.[0]?.notes?.join(' ')).toContain('Each point stands for 18.0 s')
  })

  it('draws gauges of one unit together, and not those that were never read', () => {
    const gauge = (unit: string): TimelineTrial['gauges'][string] => ({
      unit,
      device: null,
      mean: 1,
      min: 1,
      max: 1,
      p95: 1,
      coverage: 1,
    })
    const table = timelineTable(
      trial([window(0, { gauges: { 'gpu.power': 70, 'gpu.utilization': 0.5, p50: 0.25, lost: null } })], {
        gauges: { 'gpu.power': gauge('W'), 'gpu.utilization': gauge('1'), p50: gauge('1'), lost: gauge('W') },
      }),
    )
    const power = table.plots?.find(({ name }) => name === 'power')
    expect(power?.layers).toEqual([{ mark: 'line', x: 'time', y: 'gauge gpu.power', label: 'gpu.power' }])
    expect(read(table, 'gauge gpu.power')).toEqual([70])
    // A gauge with the name of a column is not mistaken for it.
    expect(table.plots?.find(({ name }) => name === 'utilisation')?.layers).toHaveLength(2)
    expect(read(table, 'gauge p50')).toEqual([0.25])
    expect(read(table, 'p50')).toEqual([1e6])
  })

  it('marks events and phases, but not a kind that happens all the time', () => {
    const events = [
      { at: 0.4e9, kind: 'server', message: 'restarted' },
      ...Array.from({ length: 40 }, (_, index) => ({ at: index * 5e7, kind: 'segment', message: '…' })),
    ]
    const phases = {
      warmup: { from: 0, until: 1e9 },
      measurement: { from: 1e9, until: 2e9 },
      drain: { from: 2e9, until: 2e9 },
    }
    const table = timelineTable(trial([window(0), window(1)], { events, phases }))
    expect(read(table, 'event').filter((event) => event !== null)).toEqual([
      'server: restarted',
      'measurement',
    ])
    expect(read(table, 'event at').slice(-2)).toEqual([0.4e9, 1e9])
    expect(table.plots?.[0]?.notes?.join(' ')).toContain("40 events 'segment' are not marked.")
    for (const { layers } of table.plots ?? []) expect(layers.at(-1)).toMatchObject({ mark: 'rules' })
  })

  it('has no pictures of a trial without windows, and none of what was sent in results without it', () => {
    expect(timelineTable(trial([])).plots).toEqual([])
    const { sent: _, ...old } = window(0)
    const table = timelineTable(trial([old]))
    expect(read(table, 'sent')).toEqual([null])
    expect(JSON.stringify(table.plots)).not.toContain('"sent"')
  })
})
