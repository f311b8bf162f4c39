import { describe, expect, it } from 'vitest'
import { resultFixture, trialFixture } from '../../test/result-fixture.ts'
import { planned } from '../../test/support/planned-case.ts'
import type { CollectedScenario } from '../collector/collect-scenario.ts'
import type { CasePlan } from '../plan/case-plan.ts'
import { NO_IMPACT, scenarioKey, type Impact } from './impact.ts'
import { ResultHistory } from './result-history.ts'
import { selectScenarios } from './selection.ts'
import type { Order } from './watch-state.ts'

const FILE = '/p/a.bench.ts'

function scenario(first: CasePlan, ...rest: CasePlan[]): CollectedScenario {
  const { file, path } = first.trial
  return { file, path, line: 1, digest: 'd', tags: [], only: false, cases: [first, ...rest], deferred: null }
}

const [one, two] = [planned('one'), planned('two')]
const COLLECTED = [scenario(one), scenario(two)]

/** All of these were measured; some of them in vain. */
function historyOf(cases: readonly CasePlan[], failed: readonly CasePlan[] = []): ResultHistory {
  const history = new ResultHistory()
  const reasons = [{ code: 'x', severity: 'invalid', message: '', advice: null } as const]
  const trials = cases.map((plan) => {
    const trial = trialFixture(failed.includes(plan) ? { reasons } : {})
    const { caseId, file, path } = plan.trial
    return { ...trial, id: caseId, caseId, file, path, plan: { ...trial.plan, ...plan.trial } }
  })
  history.add(resultFixture(trials), false)
  return history
}

function select(
  order: { readonly scope?: Order['scope']; readonly impact?: Partial<Impact> },
  history: ResultHistory,
  collected = COLLECTED,
): string[] {
  const impact = { ...NO_IMPACT, ...order.impact }
  const { scenarios, isChosen } = selectScenarios(
    collected,
    { scope: 'affected', ...order, impact },
    history,
    '/p',
  )
  return scenarios.flatMap(({ cases }) => cases.filter(isChosen).map(({ trial }) => trial.path.join()))
}

describe('selectScenarios', () => {
  it('takes everything when everything is asked for', () => {
    expect(select({ scope: 'all' }, historyOf([one, two]))).toEqual(['one', 'two'])
    expect(select({ impact: { all: true } }, historyOf([one, two]))).toEqual(['one', 'two'])
  })

  it('takes the scenarios of a changed file that have changed', () => {
    expect(select({ impact: { files: new Set([FILE]) } }, historyOf([one]))).toEqual(['two'])
  })

  it('takes all of a file that was saved as it was', () => {
    expect(select({ impact: { files: new Set([FILE]) } }, historyOf([one, two]))).toEqual(['one', 'two'])
  })

  it('takes the scenarios that name a changed file, whatever else', () => {
    const scenarios = new Set([scenarioKey(scenario(two))])
    expect(select({ impact: { scenarios } }, historyOf([one, two]))).toEqual(['two'])
    expect(select({ impact: { scenarios, files: new Set([FILE]) } }, historyOf([one, two]))).toEqual(['two'])
    expect(select({ impact: { scenarios, files: new Set([FILE]) } }, historyOf([two]))).toEqual([
      'one',
      'two',
    ])
  })

  it('takes nothing of other files', () => {
    expect(select({ impact: { files: new Set(['/p/b.bench.ts']) } }, historyOf([]))).toEqual([])
  })

  it('takes the cases that failed last', () => {
    const failed: CasePlan = { ...two, trial: { ...two.trial, path: ['one'] } }
    const many = scenario(one, failed)
    expect(select({ scope: 'failed' }, historyOf(many.cases, [failed]), [many, scenario(two)])).toEqual([
      'one',
    ])
    expect(select({ scope: 'failed' }, historyOf([one, two]))).toEqual([])
  })
})
