import { caseName } from '../report/case-name.ts'
import { compareResults, type CaseComparison } from '../report/compare.ts'
import type { CaseResult, RunResult } from '../report/result.ts'
import type { ResultHistory } from './result-history.ts'

/** A case against its last measurement. */
export interface CaseChange {
  /** What stands above it: its scenario, or the suite of a scenario without a matrix. */
  readonly heading: string
  /** `instances=1,batch=8`, or the scenario without a matrix. */
  readonly label: string
  readonly comparison: CaseComparison
}

/** What somebody who tunes a server changes on purpose: numbers from before and after are what they want to compare. */
const TUNED = /^(?:server|streams\.[^.]+\.(?:target|input))(?:\.|$)/

/** Every case of a run that has been measured before, against its last measurement. */
export function findChanges(history: ResultHistory, result: RunResult): readonly CaseChange[] {
  return result.cases.flatMap((one) => {
    const before = history.runOf(one.id)
    const base = before?.cases.find(({ id }) => id === one.id)
    const isWhole = result.trials.every(({ caseId, state }) => caseId !== one.id || state === 'completed')
    if (before === null || base === undefined || !isWhole) return []
    const compared = compareCase({ ...before, cases: [base] }, { ...result, cases: [one] })
    return compared.map((comparison) => ({ ...nameOf(one), comparison }))
  })
}

function nameOf({ path, case: values }: CaseResult): Pick<CaseChange, 'heading' | 'label'> {
  const label = caseName(values)
  if (label !== '') return { heading: path.join(' > '), label }
  return { heading: path.slice(0, -1).join(' > '), label: path.at(-1) ?? '' }
}

function compareCase(base: RunResult, other: RunResult): readonly CaseComparison[] {
  const { cases, differences } = compareResults(base, other)
  const blocking = [...differences, ...cases.flatMap((one) => one.differences)].filter((one) => one.blocking)
  const isTuned = blocking.every(({ scope, path }) => scope === 'plan' && TUNED.test(path))
  return blocking.length > 0 && isTuned ? compareResults(base, other, { force: true }).cases : cases
}
