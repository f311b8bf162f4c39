import { compareResults, type CaseComparison } from '../report/compare.ts'
import type { RunResult } from '../report/result.ts'
import type { ResultHistory } from './result-history.ts'

/** What somebody who tunes a server changes on purpose: numbers from before and after are what they want to compare. */
const TUNED = /^(?:server|streams\.[^.]+\.(?:target|input))(?:\.|$)/

/** Every case of a run that has been measured before, against its last measurement. */
export function findChanges(history: ResultHistory, result: RunResult): readonly CaseComparison[] {
  return result.cases.flatMap((one) => {
    const before = history.runOf(one.id)
    const base = before?.cases.find(({ id }) => id === one.id)
    const isWhole = result.trials.every(({ caseId, state }) => caseId !== one.id || state === 'completed')
    if (before === null || base === undefined || !isWhole) return []
    return compareCase({ ...before, cases: [base] }, { ...result, cases: [one] })
  })
}

function compareCase(base: RunResult, other: RunResult): readonly CaseComparison[] {
  const { cases, differences } = compareResults(base, other)
  const blocking = [...differences, ...cases.flatMap((one) => one.differences)].filter((one) => one.blocking)
  if (blocking.length === 0 || !blocking.every(({ scope, path }) => scope === 'plan' && TUNED.test(path))) return cases
  return compareResults(base, other, { force: true }).cases
}
