import { expect, it } from 'vitest'
import { describeBatches } from './describe-batches.ts'
import type { Trial } from './result.ts'

const trial = (counters: object | null, stages: object | null = {}): Pick<Trial, 'server'> => ({
  server: { counters, stages } as unknown as Trial['server'],
})

it('tells the mean batch of each model, over all repeats', () => {
  const counted = trial({ m: { inferences: 35, executions: 10 }, n: { inferences: 1, executions: 1 } })
  expect(
    describeBatches([counted, trial({ m: { inferences: 5, executions: 10 } }), { server: null }]),
  ).toEqual(['mean batch 2.00 (20 executions of m)', 'mean batch 1.00 (1 execution of n)'])
})

it('tells nothing that was not counted', () => {
  expect(describeBatches([])).toEqual([])
  expect(describeBatches([trial(null)])).toEqual([])
  expect(describeBatches([trial({ m: { inferences: 0, executions: 0 } })])).toEqual([])
  // Reset while it counted.
  expect(describeBatches([trial({ m: { inferences: 3, executions: 1 } }, null)])).toEqual([])
})

it('names a few of many models', () => {
  const counters = Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map((n) => [`m${n}`, { inferences: n, executions: 1 }]),
  )
  expect(describeBatches([trial(counters)]).slice(3)).toEqual([
    'mean batch 4.00 (1 execution of m4)',
    'and 2 more models',
  ])
})
