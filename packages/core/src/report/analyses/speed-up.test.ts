import { describe, expect, it } from 'vitest'
import {
  analysedResult,
  analysedTrial,
  faultsOf,
  recordsOf,
  type AnalysedOptions,
} from '../../../test/support/analysed-cases.ts'
import type { Scalar } from '../../dsl/matrix.ts'
import type { AnalysisTable, Trial } from '../result.ts'
import { analyseSpeedUps } from './speed-up.ts'

const MS = 1e6

function trial(at: Readonly<Record<string, Scalar>>, time: number, options: AnalysedOptions = {}): Trial {
  return analysedTrial({ case: at, time: time * MS, ...options })
}
function speedUps(trials: readonly Trial[]): readonly AnalysisTable[] {
  const tables = analyseSpeedUps(analysedResult(trials))
  expect(faultsOf(tables)).toEqual([])
  return tables
}
const STATIC = (task: string): Partial<Trial> => ({
  static: { main: { task } as NonNullable<Trial['static']>[string] },
})

describe('speed-up', () => {
  it('is that over the CPU, by task', () => {
    const [table, ...others] = speedUps(
      (['image classification', 'text generation'] as const).flatMap((task, index) =>
        ['gpu', 'cpu'].map((device) =>
          trial({ device }, device === 'gpu' ? 1 : 10 * (index + 1), {
            path: ['suite', task],
            rest: STATIC(task),
          }),
        ),
      ),
    )
    expect(others).toEqual([])
    expect(table?.title).toBe('Speed-up by device')
    const rows = recordsOf(table)
    expect(rows.map((row) => [row['task'], row['device'], row['against']])).toEqual([
      ['image classification', 'gpu', 'cpu'],
      ['text generation', 'gpu', 'cpu'],
    ])
    expect(rows.map((row) => Math.round((row['throughput'] as number) * 1e6) / 1e6)).toEqual([10, 20])
    expect(rows[0]?.['response']).toBeCloseTo(10, 9)
    expect(rows[0]?.['X low']).toBeCloseTo(10 * (1 - 0.02 * Math.SQRT2), 1)
  })

  it('names rows by the task that the bench file says', () => {
    const trials = ['a', 'b'].flatMap((task) => ['cpu', 'gpu'].map((device) => trial({ task, device }, 1)))
    const tagged = trials.map((one) => ({ ...one, tags: [`task:${String(one.case['task'])}!`] }))
    expect(recordsOf(speedUps(trials)[0]).map((row) => row['task'])).toEqual(['a', 'b'])
    expect(recordsOf(speedUps(tagged)[0]).map((row) => row['task'])).toEqual(['a!', 'b!'])
  })

  it('pairs repeats, so that a drift costs nothing', () => {
    const trials = [0, 1, 2, 3].flatMap((repeat) =>
      ['fp32', 'int8'].map((precision) =>
        trial({ precision }, (1 + repeat) * (precision === 'int8' ? 1 : 3), { repeat }),
      ),
    )
    const [row] = recordsOf(speedUps(trials)[0])
    expect(row).toMatchObject({ precision: 'int8', against: 'fp32', repeats: 4 })
    for (const name of ['throughput', 'X low', 'X high', 'response', 'R low', 'R high']) {
      expect(row?.[name]).toBeCloseTo(3, 9)
    }
  })

  it('names rows by what tells them apart, and compares equal cases only', () => {
    const [table] = speedUps(
      [1, 8].flatMap((batch) => ['cpu', 'cuda'].map((provider) => trial({ provider, batch }, batch))),
    )
    expect(recordsOf(table).map((row) => row['task'])).toEqual(['batch=1', 'batch=8'])
    expect(speedUps([trial({ device: 'gpu', batch: 1 }, 1), trial({ device: 'cpu', batch: 8 }, 1)])).toEqual(
      [],
    )
  })

  it('says nothing of throughput where load is offered', () => {
    const load = {
      loop: 'open',
      process: { kind: 'poisson' },
      rate: [{ from: 0, until: null, rate: 10, rateEnd: 10 }],
    } as const
    const [table] = speedUps([trial({ device: 'cpu' }, 4, { load }), trial({ device: 'gpu' }, 2, { load })])
    expect(table?.columns.map(({ name }) => name)).not.toContain('throughput')
    expect(recordsOf(table)[0]?.['response']).toBeCloseTo(2, 9)
    expect(table?.plots?.map(({ name }) => name)).toEqual(['response'])
  })

  it('knows items per joule', () => {
    const drawn = (perItem: number): Partial<Trial> => ({
      energy: { energy: 10, perItem } as Trial['energy'],
    })
    const [table] = speedUps([
      trial({ device: 'cpu' }, 4, { rest: drawn(6) }),
      trial({ device: 'gpu' }, 2, { rest: drawn(2) }),
    ])
    expect(recordsOf(table)[0]?.['per joule']).toBeCloseTo(3, 12)
  })

  it('is not there without a case to compare with that measured something', () => {
    const invalid = { code: 'x', severity: 'invalid', message: 'Bad.', advice: null } as const
    expect(speedUps([trial({ device: 'gpu' }, 1)])).toEqual([])
    expect(speedUps([trial({ batch: 1 }, 1), trial({ batch: 2 }, 1)])).toEqual([])
    expect(
      speedUps([trial({ device: 'gpu' }, 1), trial({ device: 'cpu' }, 1, { reasons: [invalid] })]),
    ).toEqual([])
    const empty = [0, 1].flatMap((repeat) =>
      ['cpu', 'gpu'].map((device) =>
        analysedTrial({ case: { device }, repeat, latencies: [], throughput: 0 }),
      ),
    )
    expect(speedUps(empty)).toEqual([])
  })
})
