import { describe, expect, it } from 'vitest'
import { latencies, resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import { groupByCase, poolCase } from '../pool.ts'
import type { GaugeSummary, RunResult, Trial } from '../result.ts'
import { analyseAccelerators } from './accelerators.ts'

const MS = 1e6

function gauge(mean: number | null, unit = '1', max = mean, coverage = 1): GaugeSummary {
  return { unit, device: null, mean, min: mean, max, p95: max, coverage }
}
function trialOf(batch: number, gauges: Trial['gauges'], repeat = 0): Trial {
  return trialFixture({
    path: ['s'],
    case: { batch },
    repeat,
    gauges,
    latencies: latencies(1000, batch * MS),
  })
}
function resultOf(trials: readonly Trial[]): RunResult {
  return resultFixture(trials, groupByCase(trials).map(poolCase))
}
function column(result: RunResult, name: string): readonly unknown[] {
  const [table] = analyseAccelerators(result)
  const index = table?.columns.findIndex((one) => one.name === name) ?? -1
  return table?.rows.map((row) => row[index]) ?? []
}

describe('memory and utilisation of GPUs against latency', () => {
  const nvml = (busy: number): Trial['gauges'] => ({
    'gpu0.utilization': gauge(busy),
    'gpu0.memory.used': gauge(2e9, 'By', 3e9),
    'gpu0.memory.busy': gauge(0.2),
    'gpu0.power': gauge(90, 'W'),
    'gpu0.power.counter': gauge(100, 'W'),
    'host.cpu.utilization': gauge(0.5),
  })

  it('stand beside each other, case by case and GPU by GPU', () => {
    const both = { ...nvml(0.9), 'gpu1.utilization': gauge(0) }
    const result = resultOf([trialOf(1, nvml(0.4)), trialOf(8, both)])
    expect(column(result, 'case')).toEqual(['batch=1', 'batch=8', 'batch=8'])
    expect(column(result, 'gpu')).toEqual(['gpu0', 'gpu0', 'gpu1'])
    // A GPU that does nothing is 0, and no reason to leave it out.
    expect(column(result, 'busy')).toEqual([0.4, 0.9, 0])
    expect(column(result, 'memory')).toEqual([2e9, 2e9, null])
    expect(column(result, 'peak')).toEqual([3e9, 3e9, null])
    expect(column(result, 'power')).toEqual([100, 100, null])
    expect(column(result, 'p99')[1]).toBe(result.cases[1]?.pooled?.responseTime.p99)
    const [table] = analyseAccelerators(result)
    expect(table?.plots?.map(({ name }) => name)).toEqual(['gpu-utilisation', 'gpu-memory'])
    expect(table?.columns.map(({ name }) => name)).not.toContain('units')
  })

  it('prefers the bandwidth that DCGM has seen to the time in which memory was busy', () => {
    const dcgm = {
      'dcgm0.dram.active': gauge(0.6),
      'dcgm0.memory.busy': gauge(1),
      'dcgm0.sm.active': gauge(0.3),
    }
    const result = resultOf([trialOf(1, dcgm)])
    expect(column(result, 'bandwidth')).toEqual([0.6])
    expect(column(result, 'units')).toEqual([0.3])
  })

  it('weighs repeats by the time that was read, and tells of a GPU that was lost', () => {
    const lost = { 'gpu0.utilization': gauge(1, '1', 1, 0.25) }
    const result = resultOf([trialOf(1, nvml(0.5)), trialOf(1, lost, 1)])
    expect(column(result, 'busy')[0]).toBeCloseTo((0.5 + 0.25) / 1.25, 12)
    expect(analyseAccelerators(result)[0]?.notes[0]).toBe(
      'Read for a part of the measurement only: gpu0 in batch=1.',
    )
    expect(column(resultOf([trialOf(1, { 'gpu0.utilization': gauge(null, '1', null, 0) })]), 'gpu')).toEqual([
      'gpu0',
    ])
  })

  it('is nothing without a GPU', () => {
    expect(analyseAccelerators(resultOf([trialOf(1, { 'host.cpu.utilization': gauge(1) })]))).toEqual([])
    expect(analyseAccelerators(resultOf([]))).toEqual([])
  })
})
