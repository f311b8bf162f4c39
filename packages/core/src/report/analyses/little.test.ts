import { expect, it } from 'vitest'
import { caseFixture, planFixture, resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import type { RunResult, Trial } from '../result.ts'
import { auditClosedLoops } from './little.ts'

/** Closed loops, each with so many users and so many requests in flight on average. */
function resultOf(levels: readonly number[]): RunResult {
  const trials = levels.map((level, index): Trial => {
    const path = [`loop ${index}`]
    const trial = trialFixture({ path })
    const plan = planFixture({ path })
    const [name, stream] = Object.entries(plan.streams)[0] as [string, Trial['plan']['streams'][string]]
    const load = {
      loop: 'closed',
      concurrency: Math.ceil(level),
      requests: null,
      thinkTime: { kind: 'none' },
    }
    return {
      ...trial,
      plan: { ...plan, streams: { [name]: { ...stream, load } } } as unknown as Trial['plan'],
    }
  })
  const cases = trials.map((trial, index) => {
    const one = caseFixture([trial])
    const pooled = one.pooled as NonNullable<typeof one.pooled>
    const level = levels[index] as number
    const throughput = (level * 1e9) / (pooled.responseTime.mean as number)
    return { ...one, pooled: { ...pooled, throughput, inFlight: { mean: level, max: level } } }
  })
  return { ...resultFixture(trials), cases }
}

it('has a row where 1 ÷ mean is not the throughput: by the requests in flight', () => {
  const table = auditClosedLoops(resultOf([4, 1.02, 0.5]))
  expect(table?.rows.map(([name]) => name)).toEqual(['loop 0', 'loop 2'])
  const [, users, throughput, single, level, law] = table?.rows[0] ?? []
  expect([users, level]).toEqual([4, 4])
  expect((throughput as number) / (single as number)).toBeCloseTo(4, 9)
  expect(law).toBeCloseTo(1, 9)
  expect(table?.notes).toEqual([
    'Without a row: 1 closed loop with one request in flight, where the formulas hold.',
  ])
})

it('has nothing to say where the formulas hold', () => {
  expect(auditClosedLoops(resultOf([1, 0.99]))).toBeNull()
})
