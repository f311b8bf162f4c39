import { describe, expect, it } from 'vitest'
import { resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import { STATIC_REPORT } from '../../../test/static-fixture.ts'
import { groupByCase, poolCase } from '../pool.ts'
import type { AnalysisTable, GaugeSummary, RunResult, Trial } from '../result.ts'
import { analyseEdge } from './edge.ts'

function gauge(mean: number | null, unit: string, min = mean, max = mean): GaugeSummary {
  return { unit, device: null, mean, min, max, p95: max, coverage: 1 }
}
function resultOf(trials: readonly Trial[]): RunResult {
  return resultFixture(trials, groupByCase(trials).map(poolCase))
}
function cell(table: AnalysisTable | undefined, name: string): unknown {
  return table?.rows[0]?.[table.columns.findIndex((one) => one.name === name)]
}

const WARM: Trial['gauges'] = {
  'temperature.cpu-thermal': gauge(61, 'Cel', 55, 68),
  'temperature.gpu-thermal': gauge(58, 'Cel', 50, 60),
  'host.cpu.clock': gauge(1.4e9, 'Hz', 0.6e9, 1.8e9),
  'battery.charge': gauge(0.8, '1', 0.79, 0.81),
  'battery.power': gauge(6, 'W'),
  'battery.capacity': gauge(36_000, 'J'),
}

describe('what small machines are judged by', () => {
  const trial = trialFixture({ path: ['pi'], gauges: WARM })
  // 6 W for 100 inferences per second: 60 mJ each, 60 J or 16.7 mWh for 1000; 36 kJ are 600 000 of them.
  const energy = { milliwattHoursPer1000: (0.06 * 1000) / 3.6, itemsPerBattery: 600_000.5 } as Trial['energy']

  it('is size, energy, battery and temperature', () => {
    const [table] = analyseEdge(
      resultOf([{ ...trial, energy, static: { main: { ...STATIC_REPORT, fileBytes: 14e6 } } }]),
    )
    expect(cell(table, 'model')).toBe(14e6)
    expect(cell(table, 'per 1000')).toBeCloseTo(16.6667, 4)
    expect(cell(table, 'per battery')).toBe(600_000)
    expect(cell(table, 'charge')).toBe(0.79)
    expect(cell(table, 'warmest')).toBe(68)
    expect(cell(table, 'GHz')).toBeCloseTo(1.4, 12)
    expect(cell(table, 'slowest')).toBeCloseTo(0.6, 12)
    expect(table?.notes).toEqual([])
  })

  it('counts a model of two streams once', () => {
    const report = { ...STATIC_REPORT, fileBytes: 10 }
    const other = { ...report, file: 'other.onnx', fileBytes: 5 }
    const [table] = analyseEdge(resultOf([{ ...trial, static: { a: report, b: report, c: other } }]))
    expect(cell(table, 'model')).toBe(15)
  })

  it('has temperature, clock and charge over time', () => {
    const windows = trial.windows.map((window, second) => ({
      ...window,
      gauges: { 'temperature.cpu-thermal': 50 + second, 'host.cpu.clock': 1e9, 'battery.charge': null },
    }))
    const [, table] = analyseEdge(resultOf([{ ...trial, windows }]))
    expect(table?.rows).toHaveLength(20)
    expect(table?.rows[2]).toEqual(['pi', 'temperature', 'temperature.cpu-thermal · pi', 2.5e9, 51])
    expect(table?.plots?.map(({ name }) => name)).toEqual(['edge-temperature', 'edge-clock'])
    expect(table?.plotOnly).toBe(true)
  })

  it('says that a machine at the mains tells nothing of what it draws', () => {
    const gauges = { ...WARM, 'battery.power': gauge(null, 'W') }
    const [table] = analyseEdge(resultOf([trialFixture({ gauges })]))
    expect(table?.notes[0]).toContain('charging or full')
    expect(table?.columns.map(({ name }) => name)).not.toContain('per 1000')
  })

  it('is nothing without such gauges', () => {
    expect(
      analyseEdge(resultOf([trialFixture({ gauges: { 'host.cpu.utilization': gauge(1, '1') } })])),
    ).toEqual([])
    expect(analyseEdge(resultOf([]))).toEqual([])
  })
})
