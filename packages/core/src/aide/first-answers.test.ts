import { describe, expect, it } from 'vitest'
import { Outcome } from '../engine/outcome.ts'
import { firstAnswers } from './first-answers.ts'

const rows = (...list: readonly (readonly [outcome: number, intended: number, completion: number])[]) => ({
  count: list.length,
  outcome: Float64Array.from(list, (row) => row[0]),
  intended: Float64Array.from(list, (row) => row[1]),
  completion: Float64Array.from(list, (row) => row[2]),
})

describe('the first answers', () => {
  it('are timed from the first request, whatever failed before', () => {
    expect(
      firstAnswers(
        rows(
          [Outcome.failed, 100, 150],
          [Outcome.timedOut, 150, 400],
          [Outcome.completed, 400, 1000],
          [Outcome.completed, 1000, 1030],
          [Outcome.failed, 1030, 1031],
          [Outcome.completed, 1031, 1051],
        ),
      ),
    ).toEqual({ from: 100, first: 900, failedBefore: 2, warm: [20, 30] })
  })

  it('are none where nothing succeeded, or nothing was due', () => {
    expect(firstAnswers(rows([Outcome.failed, 5, 6], [Outcome.censored, 6, 9]))).toEqual({
      from: 5,
      first: null,
      failedBefore: 2,
      warm: [],
    })
    expect(firstAnswers(rows())).toEqual({ from: null, first: null, failedBefore: 0, warm: [] })
  })
})
