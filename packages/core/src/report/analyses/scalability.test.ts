import { expect, it } from 'vitest'
import { faultsOf, recordsOf, tableNamed } from '../../../test/support/analysed-cases.ts'
import { resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import { P99, search } from '../../../test/support/search.ts'
import { drawNormal } from '../../stats/draws/normal.ts'
import { createRandom } from '../../stats/seed.ts'
import { scalabilityAt, type ScalabilityLaw } from '../../stats/scalability/scalability-law.ts'
import { groupByCase, poolCase } from '../pool.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { analyseScalability } from './scalability.ts'

const LAW: ScalabilityLaw = { single: 200, contention: 0.05, coherency: 0.001 }

function measured(users: readonly number[], law: ScalabilityLaw, noise = 0.01): RunResult {
  const random = createRandom({ seed: 'law', path: [], repeat: 0, stream: 'main', purpose: 'test' })
  const trials = users.map((concurrency) => {
    const trial = trialFixture({ case: { users: concurrency } })
    const throughput = scalabilityAt(law, concurrency) * (1 + noise * drawNormal(random))
    const main = trial.plan.streams['main'] as (typeof trial.plan.streams)[string]
    const load = { loop: 'closed', concurrency, requests: null, thinkTime: null as never } as const
    return { ...trial, throughput, plan: { ...trial.plan, streams: { main: { ...main, load } } } }
  })
  const cases = groupByCase(trials)
    .map(poolCase)
    .map((one, index) => ({
      ...one,
      pooled: one.pooled === null ? null : { ...one.pooled, throughput: trials[index]?.throughput ?? null },
    }))
  return resultFixture(trials, cases)
}
function told(table: AnalysisTable | undefined): Record<string, unknown> {
  return Object.fromEntries(
    (table?.rows ?? []).map((row) => [(row[0] as string).slice(0, 7).trim(), row.at(-1)]),
  )
}
function value(table: AnalysisTable | undefined, row: number): number {
  return table?.rows[row]?.[1] as number
}

it('tells the coefficients of a closed loop over its users, with their intervals', () => {
  const [table] = analyseScalability(measured([1, 2, 4, 8, 16, 32, 64], LAW))
  expect(table?.title).toBe('mlp > closed loop: scalability law, throughput against users')
  expect(value(table, 0)).toBeCloseTo(200, -1)
  expect(value(table, 1)).toBeCloseTo(0.05, 2)
  expect(value(table, 2)).toBeCloseTo(0.001, 3)
  expect(value(table, 3)).toBeCloseTo(30.8, -0.5)
  for (const [, at, low, high] of table?.rows ?? []) {
    expect(low).toBeLessThanOrEqual(at as number)
    expect(high).toBeGreaterThanOrEqual(at as number)
  }
  expect(new Set(Object.values(told(table)))).toEqual(new Set(['identified']))
  expect(analyseScalability(measured([1, 2, 4, 8, 16, 32, 64], LAW))[0]).toEqual(table)
})

it('says what the data cannot tell', () => {
  const [near] = analyseScalability(measured([1, 2, 3, 4, 5], LAW, 0.03))
  expect(told(near)).toMatchObject({ 'κ: cohe': 'not identified', 'peak: a': 'not identified' })
  expect(near?.notes.join(' ')).toContain(
    'Where throughput peaks cannot be told from 1 to 5 users: κ may be 0',
  )
  const [linear] = analyseScalability(measured([1, 2, 4, 8, 16], { ...LAW, contention: 0, coherency: 0 }, 0))
  expect(linear?.notes.join(' ')).toContain('No limit shows')
  expect(analyseScalability(measured([1, 2, 4, 8], LAW))).toEqual([])
})

it('says when the law does not describe what was measured', () => {
  const result = measured([1, 2, 4, 8, 16, 32], LAW, 0)
  const cases = result.cases.map((one, index) =>
    index === 3 && one.pooled !== null
      ? { ...one, pooled: { ...one.pooled, throughput: (one.pooled.throughput ?? 0) / 3 } }
      : one,
  )
  const [table] = analyseScalability({ ...result, cases })
  expect(table?.notes.join(' ')).toContain('does not describe these data')
})

it('uses the probes of a search over users', () => {
  const found = search(
    {
      slo: P99(100e6),
      vary: 'concurrency',
      from: 1,
      to: 64,
      load: { loop: 'closed', concurrency: 1, requests: null, thinkTime: { kind: 'constant', mean: 0 } },
    },
    (users, seconds) => {
      const throughput = scalabilityAt(LAW, users)
      const count = Math.round(throughput * seconds)
      return {
        responseTimes: new Float64Array(count).fill((users / throughput) * 1e9),
        throughput,
        inFlight: users,
      }
    },
  )
  const [table] = analyseScalability({ ...resultFixture([], []), searches: [found] })
  expect(table?.title).toBe('capacity: scalability law, throughput against users')
  expect(value(table, 0)).toBeCloseTo(200, 0)
  expect(value(table, 2)).toBeCloseTo(0.001, 4)
})

it('is drawn with its law between the sizes that were measured, and its peak where that is among them', () => {
  const tables = analyseScalability(measured([1, 2, 4, 8, 16, 32, 64], LAW, 0))
  expect(faultsOf(tables)).toEqual([])
  const rows = recordsOf(tableNamed(tables, 'scalability-plots'))
  const curve = rows.filter((row) => row['law'] !== null)
  expect([curve[0]?.['size'], curve.at(-1)?.['size'], curve.length <= 100]).toEqual([1, 64, true])
  for (const row of curve) expect(row['law']).toBeCloseTo(scalabilityAt(LAW, row['size'] as number), 6)
  const peak = rows.find((row) => row['place'] === 'peak')
  expect(peak?.['size']).toBeCloseTo(Math.sqrt(950), 6)
  const near = analyseScalability(measured([1, 2, 3, 4, 5], LAW, 0))
  expect(recordsOf(tableNamed(near, 'scalability-plots')).map((row) => row['place'])).not.toContain('peak')
})
