import { beforeAll, describe, expect, it } from 'vitest'
import { plannedStudy, simulate } from '../../../test/support/study.ts'
import { ServebenchError } from '../../errors/servebench-error.ts'
import { rankedPoints } from '../analyses/study-ranking.ts'
import { choosePoints } from './choose-points.ts'
import type { StudyResult } from './study-result.ts'

let study: StudyResult
beforeAll(async () => {
  const space = { 'a.instances': [1, 2, 4], 'a.batch': [1, 8], cores: 4 }
  const planned = plannedStudy({
    space,
    loads: { concurrency: [4] },
    confirm: { rounds: 0 },
    ablation: false,
  })
  const { result } = await simulate(planned, (values) => ({
    throughput: 100 * Number(values['a.instances']) + Number(values['a.batch']),
    latency: 1e6,
  }))
  study = result
})

const chosen = (...names: readonly string[]): readonly string[] =>
  choosePoints([study], names)
    .get(study.id)
    ?.map(({ name }) => name.replaceAll('a.', '').replace(',cores=4', '')) ?? []

function refusal(...names: readonly string[]): string {
  try {
    return chosen(...names).join()
  } catch (error) {
    if (!(error instanceof ServebenchError)) throw error
    return `${error.code}: ${error.message} ${error.advice}`
  }
}

describe('configurations by name', () => {
  it('are the baseline, ranks, ids, and values of axes', () => {
    expect(chosen('baseline')).toEqual(['instances=1,batch=1'])
    expect(chosen('1,2')).toEqual(['instances=4,batch=8', 'instances=4,batch=1'])
    const third = rankedPoints(study)[2]
    expect(chosen(third?.id.slice(0, 8) ?? '')).toEqual([
      third?.name.replaceAll('a.', '').replace(',cores=4', ''),
    ])
    expect(chosen('a.instances=2,batch=8')).toEqual(['instances=2,batch=8'])
    expect(chosen('batch=1,instances=2')).toEqual(['instances=2,batch=1'])
  })

  it('of some axes are all that have these values, the best first', () => {
    expect(chosen('instances=2')).toEqual(['instances=2,batch=8', 'instances=2,batch=1'])
  })

  it('follow each other: an axis that comes again begins the next one', () => {
    expect(chosen('instances=1,batch=8,instances=4,batch=1,baseline')).toEqual([
      'instances=1,batch=8',
      'instances=4,batch=1',
      'instances=1,batch=1',
    ])
    expect(chosen('1', '1', ' default ')).toEqual(['instances=4,batch=8', 'instances=1,batch=1'])
  })

  it.each<[names: string, ...parts: string[]]>([
    ['bselin', "no configuration 'bselin'", "Did you mean 'baseline'?"],
    ['a.instances=1,a.batch=9', "axis 'a.batch' has no value '9'", 'It has: 1, 8.'],
    ['instanes=1', "no axis 'instanes'", "Did you mean 'instances'?"],
    ['7', 'no configuration of rank 7', 'from 1 to 6'],
    ['0', 'no configuration of rank 0'],
    ['cores=5', "axis 'cores' has no value '5'"],
    ['abcdef012345', "no configuration 'abcdef012345'"],
  ])('that no study has, %s, are refused with what there is', (names, ...parts) => {
    for (const part of parts) expect(refusal(names)).toContain(part)
    expect(refusal(names)).toContain('SERVEBENCH_CONFIGURATIONS')
  })

  it('may be of one study of several', async () => {
    const other = { ...study, id: 'other', points: [] }
    expect(
      [...choosePoints([study, other], ['instances=1,batch=1'])].map(([id, { length }]) => [id, length]),
    ).toEqual([
      [study.id, 1],
      ['other', 0],
    ])
  })

  it('need a study', () => {
    expect(() => choosePoints([], ['1'])).toThrow('no study')
  })
})
