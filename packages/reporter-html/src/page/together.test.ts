import { describe, expect, it } from 'vitest'
import { ENVIRONMENT, resultFixture, trialFixture } from '../../../core/test/result-fixture.ts'
import type { RunResult } from 'servebench/plugin'
import { labelRuns } from './label-runs.ts'
import { runData } from './run-data.ts'
import { together } from './together.ts'

const trials = (...cases: readonly number[]) => cases.map((batch) => trialFixture({ case: { batch } }))
const run = (result: RunResult, index: number) =>
  runData(result, `run-${index + 1}`, labelRuns([result])[0] as string)

function onMachine(model: string, ...cases: readonly number[]): RunResult {
  const result = resultFixture(trials(...cases))
  const environment = { ...ENVIRONMENT, cpu: { ...ENVIRONMENT.cpu, model } }
  return { ...result, run: { ...result.run, environment } }
}

describe('several runs', () => {
  it('stand side by side by what their cases are', () => {
    const runs = [onMachine('A', 1, 2), onMachine('A', 2, 4)].map(run)
    const { table, comparisons } = together(runs)
    expect(table.rows.map(([name]) => name)).toEqual([
      'mlp > closed loop > batch=1',
      'mlp > closed loop > batch=2',
      'mlp > closed loop > batch=2',
      'mlp > closed loop > batch=4',
    ])
    expect(comparisons[0]?.comparison).toMatchObject({
      cases: [{ name: 'mlp > closed loop > batch=2', refused: [] }],
      onlyInBase: ['mlp > closed loop > batch=1'],
      onlyInOther: ['mlp > closed loop > batch=4'],
    })
    const columns = table.columns.map(({ name }) => name)
    const row = table.rows[0] ?? []
    expect(row[columns.indexOf('responseTime.p99')]).toBe(runs[0]?.result.cases[0]?.pooled?.responseTime.p99)
    expect(row[columns.indexOf('throughput.low')]).toBe(398)
  })

  it('of several machines are shown beside each other, and not judged', () => {
    const { table, comparisons } = together([onMachine('A', 1), onMachine('B', 1)].map(run))
    expect(table.rows.map((row) => row[2])).toEqual([
      expect.stringContaining('A · 8 cores'),
      expect.stringContaining('B · 8 cores'),
    ])
    expect(comparisons[0]?.comparison.cases[0]?.refused).toEqual([expect.stringContaining('cpu.model')])
  })

  it('without any case in common are told so', () => {
    const { comparisons, notes } = together([onMachine('A', 1), onMachine('A', 2)].map(run))
    expect(comparisons).toEqual([])
    expect(notes).toEqual([expect.stringContaining('no case in common')])
  })

  it('are told apart by their machines, or else by when they began', () => {
    expect(labelRuns([onMachine('A'), onMachine('B')])).toEqual(['A', 'B'])
    const [first, ...others] = labelRuns([onMachine('A'), onMachine('B'), onMachine('B')])
    expect(first).toBe('A')
    expect(new Set(others).size).toBe(2)
    for (const label of others) expect(label).toMatch(/^B, 2026-11-22 04:42/)
    const same = labelRuns([onMachine('A'), onMachine('A')])
    expect(new Set(same).size).toBe(2)
    expect(labelRuns([onMachine('A')])).toEqual(['2026-11-22 04:42'])
  })
})
