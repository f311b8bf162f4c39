import { describe, expect, it } from 'vitest'
import { STATIC_REPORT as report } from '../../../test/static-fixture.ts'
import { caseFixture, resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import type { RunResult, Trial } from '../result.ts'
import type { StaticReport } from '../static-report.ts'
import { analyseModelWork } from './model-work.ts'

function resultOf(known: StaticReport | null, over: Partial<Trial> = {}): RunResult {
  const base = trialFixture({ path: ['model'] })
  const trial: Trial = { ...base, static: known === null ? null : { main: known }, ...over }
  const one = caseFixture([trial])
  const pooled = one.pooled && { ...one.pooled, items: { perRequest: 4, throughput: 100 } }
  return { ...resultFixture([trial]), cases: [{ ...one, pooled }] }
}

describe('analyseModelWork', () => {
  it('relates throughput to the work of an inference and to what the device could do', () => {
    const [table] = analyseModelWork(resultOf(report))
    // 4 inferences per request share the weights: 100 × (1000 ÷ 4 + 50) bytes.
    expect(table?.rows).toEqual([['model', 'mlp', 1, 100, 30_000, 'CPU', 0.1, 0.03]])
  })

  it('shares the weights among the inferences that the server has joined', () => {
    const server = {
      ...(trialFixture().server as NonNullable<Trial['server']>),
      batchSizes: [{ size: 10, count: 2 }],
    }
    const [table] = analyseModelWork(resultOf(report, { server }))
    expect(table?.rows[0]?.[4]).toBe(100 * (100 + 50))
  })

  it('says what is only the least, and nothing without a model', () => {
    expect(analyseModelWork(resultOf({ ...report, isLowerBound: true }))[0]?.notes.join()).toContain(
      'the least',
    )
    expect(analyseModelWork(resultOf({ ...report, devices: [] }))[0]?.rows[0]?.slice(5)).toEqual([
      null,
      null,
      null,
    ])
    expect(analyseModelWork(resultOf(null))).toEqual([])
  })
})
