import { describe, expect, it } from 'vitest'
import type { CaseSummary, FailureLine, ReasonLine } from './case-summary.ts'
import { shareProblems, shareReasons } from './shared-problems.ts'

function caseOf(
  name: string,
  reasons: readonly string[],
  failures: readonly Partial<FailureLine>[] = [],
): CaseSummary {
  return {
    name,
    verdict: {
      validity: 'invalid',
      reasons: reasons.map((message): ReasonLine => ({ severity: 'invalid', message, advice: 'Stop them.' })),
    },
    failures: failures.map((failure) => ({
      state: 'skipped',
      repeat: 0,
      message: 'not here',
      advice: null,
      detail: null,
      ...failure,
    })),
  } as unknown as CaseSummary
}

describe('shareProblems', () => {
  it('tells a reason of many cases once, whatever its numbers are', () => {
    const cases = [
      caseOf('a', ['Others used 40.5 % of the CPU.', 'It was late by more than 1.20 ms.']),
      caseOf('b', ['Others used 9 % of the CPU.', 'It was late by more than 300 µs.']),
      caseOf('c', ['Others used 17.2 % of the CPU.']),
    ]
    const { shared, rest } = shareProblems(cases)
    expect(shared).toEqual([
      {
        word: 'invalid',
        message: 'Others used 40.5 % of the CPU.',
        advice: 'Stop them.',
        cases: ['a', 'b', 'c'],
      },
    ])
    expect(rest.map(({ verdict }) => verdict.reasons.map(({ message }) => message))).toEqual([
      ['It was late by more than 1.20 ms.'],
      ['It was late by more than 300 µs.'],
      [],
    ])
  })

  it('counts cases, not their repeats, and takes units for numbers', () => {
    const twice = caseOf('a', ['late by 1 ms', 'late by 2 ms'])
    expect(shareProblems([twice, caseOf('b', ['late by 3 µs'])]).shared).toEqual([])
    const { shared } = shareProblems([twice, caseOf('b', ['late by 3 µs']), caseOf('c', ['late by 4 s'])])
    expect(shared.map(({ cases }) => cases)).toEqual([['a', 'b', 'c']])
  })

  it('tells once why cases were left out, but leaves to each the log of its own server', () => {
    const cases = ['a', 'b', 'c'].map((name) => caseOf(name, [], [{}]))
    expect(shareProblems(cases).shared).toMatchObject([{ word: 'skipped', message: 'not here' }])
    expect(shareProblems(cases).rest.flatMap(({ failures }) => failures)).toEqual([])
    const died = ['a', 'b', 'c'].map((name) =>
      caseOf(name, [], [{ state: 'failed', detail: `log of ${name}` }]),
    )
    expect(shareProblems(died).shared).toEqual([])
    expect(shareProblems(died).rest.flatMap(({ failures }) => failures)).toHaveLength(3)
  })

  it('keeps other words apart: what is invalid of some and suspect of others', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => caseOf(name, ['late by 1 ms'])) as [
      CaseSummary,
      CaseSummary,
      CaseSummary,
    ]
    const reasons = c.verdict.reasons.map((reason) => ({ ...reason, severity: 'suspect' as const }))
    expect(shareProblems([a, b, { ...c, verdict: { ...c.verdict, reasons } }]).shared).toEqual([])
  })
})

describe('shareReasons', () => {
  it('says once what is the same of many cases', () => {
    const names = ['s > x=1', 's > x=10', 's > x=2']
    const reasons = names.map((name) => `${name}: the measurement is invalid.`)
    expect(shareReasons(['The run was interrupted.', ...reasons], names)).toEqual([
      'The run was interrupted.',
      '3 cases, the first of them s > x=1: the measurement is invalid.',
    ])
  })

  it('leaves few as they are', () => {
    const reasons = ['a: p99 is 12 ms.', 'b: p99 is 13 ms.', 'c: nothing was completed.']
    expect(shareReasons(reasons, ['a', 'b', 'c'])).toEqual(reasons)
  })
})
