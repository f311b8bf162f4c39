import { caseName, fullName } from '../case-name.ts'
import type { CaseResult } from '../result.ts'

/** Names of cases that a table holds: without the path, where all share it and differ in their values. */
export function shortNames(cases: readonly CaseResult[]): (one: CaseResult) => string {
  const paths = new Set(cases.map(({ file, path }) => JSON.stringify([file, path])))
  const isShort = paths.size === 1 && cases.every((one) => caseName(one.case) !== '')
  return (one) => (isShort ? caseName(one.case) : fullName(one))
}
