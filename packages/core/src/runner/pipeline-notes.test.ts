import { expect, it } from 'vitest'
import { metricsFixture } from '../../test/result-fixture.ts'
import { emptyDistribution } from '../metrics/distribution.ts'
import type { Metrics } from '../report/result.ts'
import { pipelineNotes } from './pipeline-notes.ts'

const withGlue = (glueShare: number | null): Metrics => ({
  ...metricsFixture(),
  pipeline: { completed: 1, response: 1, before: 0, glue: emptyDistribution(), glueShare, steps: [] },
})

it('says when much time passes between the steps', () => {
  expect(pipelineNotes({ main: withGlue(0.25) })).toEqual([
    {
      code: 'glue',
      severity: 'note',
      message:
        '25 % of the response time passed between the steps: decoding answers, `input` and `check` on the load thread.',
      advice: expect.stringContaining('`run`'),
    },
  ])
})

it('says of which stream', () => {
  const notes = pipelineNotes({ a: withGlue(0.5), b: metricsFixture(), c: withGlue(0.2) })
  expect(notes.map(({ message }) => /of stream '(\w)'/.exec(message)?.[1])).toEqual(['a', 'c'])
  expect(new Set(notes.map(({ code }) => code)).size).toBe(2)
})

it('says nothing of little, of no chain and of other targets', () => {
  expect(pipelineNotes({ main: withGlue(0.1) })).toEqual([])
  expect(pipelineNotes({ main: withGlue(null) })).toEqual([])
  expect(pipelineNotes({ main: metricsFixture() })).toEqual([])
})
