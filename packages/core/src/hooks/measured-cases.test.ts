import { describe, expect, it } from 'vitest'
import type { RunResult, Trial } from '../report/result.ts'
import { meanServiceTime, measuredCases } from './measured-cases.ts'
import type { ModelStatistics } from './server.ts'

const NOTHING = { count: 0, ns: 0 }
const STATISTICS: ModelStatistics = {
  success: { count: 3, ns: 30 },
  fail: { count: 1, ns: 0 },
  queue: NOTHING,
  computeInput: NOTHING,
  computeInfer: NOTHING,
  computeOutput: NOTHING,
  inferences: 3,
  executions: 3,
  batches: [],
}

interface TrialParts {
  readonly completed?: number
  readonly counters?: object | null
  readonly kinds?: Readonly<Record<string, string>>
  readonly role?: Trial['role']
}

function trialOf({
  completed = 3,
  counters = { m: STATISTICS },
  kinds = { main: 'mine' },
  role = 'measurement',
}: TrialParts = {}): Trial {
  const streams = Object.entries(kinds).map(([name, kind]) => [name, { target: { kind, options: {} } }])
  return {
    caseId: 'c',
    role,
    counts: { completed },
    plan: { streams: Object.fromEntries(streams) },
    server: { counters },
  } as unknown as Trial
}

function casesOf(trials: readonly Trial[], values: object = {}): ReturnType<typeof measuredCases> {
  const cases = [{ id: 'c', path: ['a', 'b'], case: values }]
  return measuredCases({ cases, trials } as unknown as RunResult, 'mine')
}

describe('the cases of a kind of target', () => {
  it('are named by what differs', () => {
    expect(casesOf([trialOf()])).toMatchObject([{ id: 'c', name: 'a > b', stream: 'main', isAlone: true }])
    expect(casesOf([trialOf()], { batch: 4, rate: 5 })[0]?.name).toBe('a > b > batch=4,rate=5')
    const mixed = trialOf({ kinds: { reads: 'mine', writes: 'mine', other: 'another' } })
    expect(casesOf([mixed])).toMatchObject([
      { name: 'a > b > reads', stream: 'reads', isAlone: false },
      { name: 'a > b > writes', stream: 'writes', isAlone: false },
    ])
  })

  it('have all measurements, and nothing else', () => {
    expect(casesOf([trialOf(), trialOf({ completed: 0 })])[0]?.trials).toHaveLength(2)
    expect(casesOf([])).toEqual([])
    expect(casesOf([trialOf({ role: 'probe' })])).toEqual([])
    expect(casesOf([trialOf({ kinds: { main: 'another' } })])).toEqual([])
  })

  it('add what the server counted', () => {
    const other = trialOf({ counters: { m: STATISTICS, n: STATISTICS } })
    expect(casesOf([trialOf(), other])[0]?.counted).toMatchObject({
      m: { success: { count: 6, ns: 60 }, fail: { count: 2 } },
      n: { success: { count: 3 } },
    })
  })

  it('do not know what the server counted where it did not say', () => {
    const silent = { counters: null }
    expect(casesOf([trialOf(), trialOf(silent)])[0]?.counted).toBeNull()
    // Nothing that it could have counted is missing from the client's means.
    expect(casesOf([trialOf(), trialOf({ ...silent, completed: 0 })])[0]?.counted).toMatchObject({
      m: { success: { count: 3 } },
    })
    expect(casesOf([trialOf({ ...silent, completed: 0 })])[0]?.counted).toBeNull()
  })
})

it('weighs the service times of trials by their requests', () => {
  const timed = (mean: number | null, count: number): Trial =>
    ({ streams: { main: { serviceTime: { mean, count } } } }) as unknown as Trial
  expect(meanServiceTime([timed(1000, 30), timed(2000, 10), timed(null, 0)], 'main')).toBe(1250)
  expect(meanServiceTime([timed(null, 0)], 'main')).toBeNull()
  expect(meanServiceTime([timed(1000, 30)], 'other')).toBeNull()
})
