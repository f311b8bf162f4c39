import { describe, expect, it } from 'vitest'
import { faultsOf } from '../../../test/support/analysed-cases.ts'
import { latencies, resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import type { StreamPlan } from '../../plan/trial-plan.ts'
import type { Scalar } from '../../dsl/matrix.ts'
import { DEFAULT_COMPARISON } from '../comparison-settings.ts'
import { groupByCase, poolCase } from '../pool.ts'
import type { AnalysisTable, Trial } from '../result.ts'
import { compareSpecialInputs } from './special-inputs.ts'

const MS = 1e6
const FACTORS: Readonly<Record<string, number>> = { random: 1, zeros: 0.8, denormals: 12, ones: 1.0001 }

function trial(at: Readonly<Record<string, Scalar>>, repeat: number, options: object, factor: number): Trial {
  const wobble = 1 + ((repeat * 7) % 5) / 5000
  const drift = 1 + 0.05 * repeat
  const made = trialFixture({ case: at, repeat, latencies: latencies(500, 2 * MS * drift * wobble * factor) })
  const main = made.plan.streams['main'] as StreamPlan
  const input = { from: 'provider', kind: 'image', package: 'servebench', options } as StreamPlan['input']
  return { ...made, plan: { ...made.plan, streams: { main: { ...main, input } } } }
}

function tables(trials: readonly Trial[]): readonly AnalysisTable[] {
  return compareSpecialInputs(resultFixture(trials, groupByCase(trials).map(poolCase)), DEFAULT_COMPARISON)
}

function rowsOf(table: AnalysisTable | undefined, metric: string): Record<string, unknown>[] {
  return (table?.rows ?? [])
    .map((row) => Object.fromEntries(table?.columns.map(({ name }, index) => [name, row[index]]) ?? []))
    .filter((row) => row['metric'] === metric)
}

const repeats = [0, 1, 2, 3, 4, 5, 6, 7]

describe('special inputs', () => {
  it('are compared with random ones, with an interval for each', () => {
    const trials = repeats.flatMap((repeat) =>
      Object.entries(FACTORS).map(([values, factor]) =>
        trial(
          { values },
          repeat,
          { size: 224, ...(values === 'random' ? {} : { values, distinct: 1 }) },
          factor,
        ),
      ),
    )
    const [table, ...rest] = tables(trials)
    expect(rest).toEqual([])
    expect(faultsOf(table === undefined ? [] : [table])).toEqual([])
    expect(table?.plots?.map(({ name }) => name)).toContain('responsetime-p50')
    const rows = rowsOf(table, 'responseTime.p50')
    expect(rows.map((row) => row['values'])).toEqual(['zeros', 'denormals', 'ones'])
    for (const row of rows) {
      const factor = FACTORS[row['values'] as string] as number
      expect(row['pairs']).toBe(8)
      expect(row['low']).toBeLessThanOrEqual(factor * 1.02)
      expect(row['high']).toBeGreaterThanOrEqual(factor * 0.98)
      expect(Math.abs((row['ratio'] as number) / factor - 1)).toBeLessThan(0.02)
    }
    expect(rows.map((row) => row['verdict'])).toEqual(['better', 'worse', 'equivalent'])
  })

  it('are compared inside of cases that are equal in everything else', () => {
    const trials = [8, 1].flatMap((batch) =>
      ['random', 'zeros'].map((values) => trial({ batch, values }, 0, { size: 224, batch, values }, 1)),
    )
    const rows = rowsOf(tables(trials)[0], 'responseTime.p50')
    expect(rows.map((row) => row['case'])).toEqual(['batch=8,values=zeros', 'batch=1,values=zeros'])
    expect(rows.every((row) => row['pairs'] === 1 && row['low'] === null)).toBe(true)
  })

  it('says which cases could not be compared', () => {
    const made = ['random', 'zeros', 'nan'].map((values) => trial({ values }, 0, { size: 1, values }, 1))
    const invalid = made.map((one): Trial => {
      const isBad = one.case['values'] === 'nan'
      return isBad ? { ...one, verdict: { ...one.verdict, validity: 'invalid' } } : one
    })
    const [table] = tables(invalid)
    expect(rowsOf(table, 'throughput').map((row) => row['values'])).toEqual(['zeros'])
    expect(table?.notes.join()).toContain(
      'values=nan is left out: no repeat is valid both of it and of values=random.',
    )
  })

  it('are found inside of inputs that are made of others', () => {
    const nested = (values: string, factor: number): Trial => {
      const image = { input: 'image', package: 'servebench', options: { size: 8, values } }
      return trial({ values }, 0, { input: image }, factor)
    }
    const [table] = tables([nested('random', 1), nested('zeros', 0.5)])
    expect(rowsOf(table, 'responseTime.p50')).toMatchObject([{ values: 'zeros', pairs: 1 }])
  })

  it('need random ones to be compared with', () => {
    expect(tables([trial({ values: 'zeros' }, 0, { size: 224, values: 'zeros' }, 1)])).toEqual([])
    expect(tables([trial({ size: 1 }, 0, { size: 1 }, 1), trial({ size: 2 }, 0, { size: 2 }, 1)])).toEqual([])
    const other = [trial({ a: 1 }, 0, { size: 1 }, 1), trial({ a: 2 }, 0, { size: 2, values: 'zeros' }, 1)]
    expect(tables(other)).toEqual([])
  })
})
