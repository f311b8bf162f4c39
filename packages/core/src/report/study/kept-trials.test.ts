import { describe, expect, it } from 'vitest'
import { omittedTrials } from './kept-trials.ts'
import type { StudyMeasurement, StudyPurpose, StudyResult } from './study-result.ts'

interface Known {
  readonly point: string
  readonly score: number | null
  readonly feasible?: boolean
  readonly purposes?: readonly StudyPurpose[]
  readonly run?: string
}

function studyOf(points: readonly Known[]): StudyResult {
  return {
    baseline: 'default',
    points: points.map(({ point, score, feasible = true }) => ({ id: point, score, feasible })),
    measurements: points.flatMap(({ point, purposes = ['search'], run = 'this' }) =>
      purposes.map((purpose): Partial<StudyMeasurement> => ({
        point,
        purpose,
        run,
        trial: `${point}-${purpose}`,
      })),
    ),
  } as unknown as StudyResult
}

describe('trials that a result leaves out', () => {
  const study = studyOf([
    { point: 'default', score: -5, purposes: ['baseline', 'confirm'] },
    { point: 'slow', score: 1 },
    { point: 'best', score: 9, purposes: ['search', 'confirm', 'ablation'] },
    { point: 'broken', score: null },
    { point: 'good', score: 5 },
    { point: 'late', score: 99, feasible: false },
    { point: 'earlier', score: 8, run: 'before' },
  ])

  it('are none of a small study', () => {
    expect(omittedTrials([study], 'this')).toEqual(new Set())
    expect(omittedTrials([study], 'this', 9)).toEqual(new Set())
  })

  it('are those of the worst configurations, never of what was compared', () => {
    expect([...omittedTrials([study], 'this', 7)]).toEqual(['late-search', 'broken-search'])
    expect([...omittedTrials([study], 'this', 0)].toSorted()).toEqual([
      'best-search',
      'broken-search',
      'good-search',
      'late-search',
      'slow-search',
    ])
  })

  it('are counted over all studies', () => {
    expect(omittedTrials([study, studyOf([{ point: 'other', score: 0 }])], 'this', 8)).toEqual(
      new Set(['late-search', 'broken-search']),
    )
  })
})
