import { describe, expect, it } from 'vitest'
import { caseFixture, resultFixture, trialFixture, type TrialOptions } from '../../../test/result-fixture.ts'
import type { CaseResult, EnergyReport, Trial } from '../result.ts'
import type { StaticReport } from '../static-report.ts'
import { analyseTasks } from './by-task.ts'

const model = (over: Partial<StaticReport>): Trial['static'] => ({ main: over as StaticReport })

function caseOf(
  tags: readonly string[],
  options: TrialOptions = {},
  over: Partial<Trial> = {},
): { readonly one: CaseResult; readonly trial: Trial } {
  const trial = { ...trialFixture(options), ...over }
  return { one: caseFixture([trial], { tags }), trial }
}

function tableOf(
  ...cases: readonly ReturnType<typeof caseOf>[]
): ReturnType<typeof analyseTasks>[number] | undefined {
  return analyseTasks({
    ...resultFixture(cases.map(({ trial }) => trial)),
    cases: cases.map(({ one }) => one),
  })[0]
}

const vision = caseOf(
  ['tasks', 'task:vision'],
  { path: ['vision'] },
  {
    static: model({ model: 'resnet', parameters: 25, flops: 8e9, notes: [] }),
    energy: { energy: 30, perItem: 0.3 } as EnergyReport,
  },
)
const speech = caseOf(['task:speech'], { path: ['speech'] })

describe('analyseTasks', () => {
  it('has a row for each task, with what is known of its model and what was measured', () => {
    const table = tableOf(vision, speech)
    const { items, responseTime } = vision.one.pooled as NonNullable<CaseResult['pooled']>
    expect(table?.columns.map(({ name }) => name)).toEqual([
      'task',
      'model',
      'parameters',
      'GFLOP',
      'throughput',
      'p50',
      'p99',
      'per item',
    ])
    expect(table?.rows[0]?.slice(0, 3)).toEqual(['vision', 'resnet', 25])
    expect(table?.rows[0]?.[3]).toBeCloseTo(8, 12)
    expect(table?.rows[0]?.slice(4, 7)).toEqual([items.throughput, responseTime.p50, responseTime.p99])
    expect(table?.rows[0]?.[7]).toBeCloseTo(0.3, 12)
    expect(table?.rows[1]?.slice(0, 4)).toEqual(['speech', null, null, null])
    expect(table?.notes).toEqual([])
  })

  it('says which case of a task a row is of, where there are several; an axis names tasks as well', () => {
    const cases = ['a', 'b'].flatMap((task) =>
      [1, 8].map((batch) => caseOf([], { path: ['all'], case: { task, batch } })),
    )
    const table = tableOf(...cases)
    expect(table?.rows.map((row) => row.slice(0, 2))).toEqual([
      ['a', 'batch=1'],
      ['a', 'batch=8'],
      ['b', 'batch=1'],
      ['b', 'batch=8'],
    ])
    expect(table?.plots?.flatMap(({ layers }) => layers.map(({ group }) => group))).toEqual(['case', 'case'])
  })

  it('names the scenarios where a task has several without axes', () => {
    const other = caseOf(['task:speech'], { path: ['other speech'] })
    expect(tableOf(vision, speech, other)?.rows.map((row) => row[1])).toEqual(['', 'speech', 'other speech'])
  })

  it('says how many have no valid measurement, and leaves out what was skipped', () => {
    const unsound = { ...speech, one: { ...speech.one, pooled: null } }
    const table = tableOf(vision, unsound)
    expect(table?.rows[1]?.slice(4)).toEqual([null, null, null, null])
    const without = tableOf({ ...vision, trial: { ...vision.trial, energy: null } }, speech)
    expect(without?.columns.at(-1)?.name).toBe('p99')
    expect(table?.notes[0]).toContain('1 of 2 cases')
    expect(tableOf(vision, caseOf(['task:speech'], {}, { state: 'skipped' }))).toBeUndefined()
  })

  it('has nothing to put side by side of one task, or of none', () => {
    expect(tableOf(vision)).toBeUndefined()
    expect(tableOf(caseOf(['task:'], { path: ['x'] }), caseOf(['tasks'], { path: ['y'] }))).toBeUndefined()
  })

  it('adds up the models of a pipeline, and knows no sum of which a part is missing', () => {
    const steps = {
      'main/a': { model: 'a', parameters: 1, flops: 1e9, notes: [] },
      'main/b': { model: 'b', parameters: 2, flops: null, notes: [] },
    }
    const chain = caseOf(['task:chain'], { path: ['chain'] }, { static: steps as unknown as Trial['static'] })
    expect(tableOf(vision, chain)?.rows[1]?.slice(1, 4)).toEqual(['a + b', 3, null])
  })
})
