import { describe, expect, it } from 'vitest'
import { mainStream, resultFixture, trialFixture, type TrialOptions } from '../../test/result-fixture.ts'
import { planned } from '../../test/support/planned-case.ts'
import type { CollectedScenario } from '../collector/collect-scenario.ts'
import type { CasePlan } from '../plan/case-plan.ts'
import type { RunResult, Trial } from '../report/result.ts'
import { scenarioKey } from './impact.ts'
import { ResultHistory } from './result-history.ts'

function runOf(...trials: TrialOptions[]): RunResult {
  return resultFixture(trials.map((options) => trialFixture(options)))
}

const MISSED = {
  verdict: 'fail',
  terms: [{ term: 'responseTime.p99', limit: 1, measured: 2, interval: null, verdict: 'fail', reason: null }],
  deadline: null,
} as const

/** A run of a planned case, as the runner would have made it. */
function runOfPlan(one: CasePlan, repeats = 1, state: Trial['state'] = 'completed'): RunResult {
  const { caseId, file, path } = one.trial
  const trials = Array.from({ length: repeats }, (_, repeat) => {
    const trial = trialFixture({ repeat, state })
    return {
      ...trial,
      id: `${repeat}`,
      caseId,
      file,
      path,
      plan: { ...trial.plan, ...one.trial, id: `${repeat}`, repeat, seed: 's' },
    }
  })
  return resultFixture(trials)
}

function scenarioOf(first: CasePlan, ...rest: CasePlan[]): CollectedScenario {
  const { file, path } = first.trial
  return { file, path, line: 1, digest: 'd', tags: [], only: false, cases: [first, ...rest], deferred: null }
}

describe('ResultHistory', () => {
  it('keeps the newest complete measurement of each case', () => {
    const history = new ResultHistory()
    const both = runOf({ path: ['s', 'a'] }, { path: ['s', 'b'] })
    const again = runOf({ path: ['s', 'a'] })
    history.add(both, false)
    history.add(again, false)
    const [a, b] = both.cases.map(({ id }) => id) as [string, string]
    expect(history.runOf(a)).toBe(again)
    expect(history.runOf(b)).toBe(both)
    expect(history.runOf('other')).toBeNull()
    expect(history.plans).toHaveLength(2)
  })

  it('keeps a good measurement in spite of later ones that did not get to their end', () => {
    const history = new ResultHistory()
    const good = runOf({})
    const id = good.cases[0]?.id ?? ''
    history.add(good, false)
    history.add(runOf({ state: 'interrupted' }), false)
    expect(history.failed.size).toBe(0)
    history.add(
      runOf({ state: 'failed', error: { code: 'X', message: 'down', advice: null, detail: null } }),
      false,
    )
    expect(history.runOf(id)).toBe(good)
    expect([...history.failed]).toEqual([id])
    history.add(runOf({ state: 'skipped' }), false)
    expect([...history.failed]).toEqual([id])
    history.add(runOf({}), false)
    expect(history.failed.size).toBe(0)
  })

  it('knows which cases failed last, and their scenarios', () => {
    const history = new ResultHistory()
    const invalid = { code: 'x', severity: 'invalid', message: '', advice: null } as const
    const suspect = { code: 'x', severity: 'suspect', message: '', advice: null } as const
    const run = runOf(
      { path: ['fine'] },
      { path: ['slo'], sloResult: MISSED },
      { path: ['invalid'], reasons: [invalid] },
      { path: ['suspect'], reasons: [suspect] },
    )
    history.add(run, false)
    const names = (): string[] =>
      [...history.failedScenarios].map((key) => (JSON.parse(key) as string[]).at(-1) as string)
    expect(names()).toEqual(['slo', 'invalid'])
    expect(history.failed.size).toBe(2)
    history.add(run, true)
    expect(names()).toEqual(['slo', 'invalid', 'suspect'])
  })
})

describe('isCurrent', () => {
  const one = planned('one')

  it('recognises what was measured as it is planned now', () => {
    const history = new ResultHistory()
    expect(history.isCurrent(scenarioOf(one))).toBe(false)
    history.add(runOfPlan(one), false)
    expect(history.isCurrent(scenarioOf(one))).toBe(true)
    const moved = {
      ...one,
      trial: { ...one.trial, digest: 'another text', tags: ['new'], origins: { duration: 'here' } },
    }
    expect(history.isCurrent(scenarioOf(moved))).toBe(true)
    expect(history.isCurrent(scenarioOf({ ...one, skip: 'not now' }))).toBe(true)
  })

  it('notices all that makes other numbers', () => {
    const history = new ResultHistory()
    history.add(runOfPlan(one), false)
    const { trial } = one
    const main = mainStream(trial)
    const others: CasePlan[] = [
      { ...one, repeats: 2 },
      { ...one, trial: { ...trial, settings: { ...trial.settings, duration: 1 } } },
      { ...one, trial: { ...trial, server: { kind: 'k', package: 'p', launch: {}, state: {} } } },
      {
        ...one,
        trial: {
          ...trial,
          streams: { main: { ...main, target: { ...main.target, options: { url: 'x' } } } },
        },
      },
      { ...one, trial: { ...trial, samplers: [{ kind: 'k', package: 'p', options: {} }] } },
      planned('another'),
    ]
    for (const other of others) expect(history.isCurrent(scenarioOf(other))).toBe(false)
    expect(history.isCurrent(scenarioOf(one, planned('another')))).toBe(false)
  })

  it('does not trust functions, setups and failed measurements', () => {
    const { trial } = one
    const main = mainStream(trial)
    const reference = { file: 'a.bench.ts', digest: 'd', path: ['one'], case: {}, option: 'check' }
    const thinking = {
      loop: 'closed',
      concurrency: 1,
      requests: null,
      thinkTime: { kind: 'function', option: 'load' },
    } as const
    for (const stream of [
      { ...main, check: reference },
      { ...main, input: { from: 'function', reference } as const },
      { ...main, load: thinking },
    ]) {
      const history = new ResultHistory()
      const withFunction = { ...one, trial: { ...trial, streams: { main: stream } } }
      history.add(runOfPlan(withFunction), false)
      expect(history.isCurrent(scenarioOf(withFunction))).toBe(false)
    }
    const history = new ResultHistory()
    history.add(runOfPlan(one, 1, 'failed'), false)
    expect(history.isCurrent(scenarioOf(one))).toBe(false)
    history.add(runOfPlan(one), false)
    expect(history.isCurrent({ ...scenarioOf(one), deferred: { cases: [{}], repeats: 1, skip: null } })).toBe(
      false,
    )
    expect(scenarioKey(scenarioOf(one))).toBe('["a.bench.ts","one"]')
  })
})
