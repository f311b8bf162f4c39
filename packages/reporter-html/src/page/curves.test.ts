import { describe, expect, it } from 'vitest'
import { latencies, resultFixture, trialFixture } from '../../../core/test/result-fixture.ts'
import { curvesOf } from './curves.ts'

const SAMPLES = latencies(2000, 2e6)
const trials = (repeats: number) =>
  Array.from({ length: repeats }, (_, repeat) => trialFixture({ repeat, latencies: SAMPLES }))

describe('the curves of a page', () => {
  it('are those of each case, and each trial over time', () => {
    const result = resultFixture(trials(2))
    const curves = curvesOf(result)
    const names = (id: string): readonly string[] => (curves[id] ?? []).map(({ name }) => name)
    expect(names(result.cases[0]!.id)).toEqual(['density', 'ecdf', 'tail'])
    for (const { id } of result.trials) expect(names(id)).toEqual(['timeline'])
    expect(Object.keys(curves)).toHaveLength(3)
  })

  it('have the repeats over each other, and one band', () => {
    const result = resultFixture(trials(3))
    const ecdf = curvesOf(result)[result.cases[0]!.id]?.find(({ name }) => name === 'ecdf')
    const column = (name: string): number => ecdf!.columns.findIndex((one) => one.name === name)
    const of = (name: string) => ecdf!.rows.filter((row) => row[0] === name && row[column('share')] !== null)
    for (const name of ['all repeats', 'repeat 1', 'repeat 2', 'repeat 3'])
      expect(of(name).at(-1)?.[column('share')]).toBe(1)
    expect(of('all repeats').every((row) => row[column('low')] !== null)).toBe(true)
    expect(of('repeat 1').every((row) => row[column('low')] === null && row[column('high')] === null)).toBe(
      true,
    )
  })

  it('have only what all repeats come to where there are many', () => {
    const result = resultFixture(trials(7))
    const ecdf = curvesOf(result)[result.cases[0]!.id]?.find(({ name }) => name === 'ecdf')
    expect(new Set(ecdf?.rows.map(([name]) => name))).toEqual(new Set(['all repeats']))
  })

  it('leave out what there is nothing of: of trials that measured nothing, and of few requests', () => {
    const broken = { ...trialFixture({ latencies: [] }), windows: [] }
    expect(Object.values(curvesOf(resultFixture([broken]))).flat()).toEqual([])
    const result = resultFixture([trialFixture({ latencies: [1e6, 2e6, 3e6] })])
    expect(curvesOf(result)[result.cases[0]!.id]?.map(({ name }) => name)).toEqual(['ecdf', 'tail'])
  })
})
