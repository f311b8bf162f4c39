import { describe, expect, it } from 'vitest'
import { latencies, resultFixture, trialFixture, type TrialOptions } from '../../../test/result-fixture.ts'
import { groupByCase, poolCase } from '../pool.ts'
import type { RunResult } from '../result.ts'
import { analyseFanOut } from './fan-out.ts'

const MS = 1e6

function resultOf(options: TrialOptions): RunResult {
  const trials = [trialFixture(options)]
  return resultFixture(trials, groupByCase(trials).map(poolCase))
}
function rowOf(options: TrialOptions, servers: number): readonly unknown[] {
  return analyseFanOut(resultOf(options))[0]?.rows.find((row) => row[1] === servers) ?? []
}

describe('the tail of requests that ask several servers', () => {
  it('is that of the percentile of one which the slowest has', () => {
    // Exponential, 10 ms: F⁻¹(q) = −10 ms · ln(1 − q).
    const options = { latencies: latencies(100_000, 10 * MS) }
    const at = (q: number): number => -Math.log1p(-q) * 10 * MS
    for (const servers of [1, 2, 5, 10, 50, 100]) {
      const [, , , p50, p99, low, high, slow] = rowOf(options, servers) as number[]
      expect((p99 as number) / at(Math.exp(Math.log(0.99) / servers))).toBeCloseTo(1, 2)
      expect((p50 as number) / at(Math.exp(Math.log(0.5) / servers))).toBeCloseTo(1, 2)
      expect(low).toBeLessThanOrEqual(p99 as number)
      if (high !== null) expect(high).toBeGreaterThanOrEqual(p99 as number)
      expect(slow).toBeCloseTo(1 - Math.exp(servers * Math.log(0.99)), 12)
    }
  })

  it('is not told further out than requests reach', () => {
    const [, , , p50, p99, low] = rowOf({ latencies: latencies(1000, MS) }, 100)
    expect([p99, low]).toEqual([null, null])
    expect(p50).toBeGreaterThan(0)
    expect(rowOf({ latencies: latencies(1000, MS) }, 5)[4]).toBeGreaterThan(0)
  })

  it('counts what did not complete as slower than everything', () => {
    const options = { latencies: latencies(990, MS), counts: { due: 1000, failed: 10 } }
    expect(rowOf(options, 1)[4]).not.toBeNull()
    expect(rowOf(options, 2)[4]).toBeNull()
    expect(rowOf(options, 100)[8]).toBeCloseTo(0.633968, 6)
  })

  it('is text where there are replicas, and only drawn elsewhere', () => {
    const result = resultOf({})
    expect(analyseFanOut(result)[0]).toMatchObject({ plotOnly: true, notes: [] })
    const replicas = result.cases.map((one) => ({
      ...one,
      pooled: one.pooled && { ...one.pooled, replicas: [] },
    }))
    const [table] = analyseFanOut({ ...result, cases: replicas })
    expect(table?.plotOnly).toBeUndefined()
    expect(table?.notes[0]).toContain('independently')
  })

  it('is nothing of a few requests, or none', () => {
    expect(analyseFanOut(resultOf({ latencies: [MS] }))).toEqual([])
    expect(analyseFanOut(resultOf({ latencies: [], counts: { due: 3, failed: 3 } }))).toEqual([])
  })
})
