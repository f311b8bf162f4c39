/** For programs: read results and compare them. */
export { readResult } from './report/read-result.ts'
export { compareResults } from './report/compare.ts'
export type { CaseComparison, CompareOptions, Comparison } from './report/compare.ts'
export { renderComparison } from './report/render-comparison.ts'
export type { ComparisonStyle } from './report/render-comparison.ts'
export { main as runCommandLine } from './cli/main.ts'
export type * from './report/result.ts'
export { ServebenchError } from './errors/servebench-error.ts'
