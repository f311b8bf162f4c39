/**
 * For what draws results: how quantities are written, and curves made of results. Nothing here imports from Node.js, so
 * that it also runs in a browser.
 */
export { formatQuantity } from './report/quantity.ts'
export { printable } from './report/printable.ts'
export { countOf } from './report/curves/curve-sample.ts'
export type { CurveBucket, CurveSample } from './report/curves/curve-sample.ts'
export { densityTable } from './report/curves/density-table.ts'
export { dkwHalfWidth, ecdfTable } from './report/curves/ecdf-table.ts'
export { survivalTable } from './report/curves/survival-table.ts'
export { timelineTable } from './report/curves/timeline-table.ts'
export type { TimelineTrial } from './report/curves/timeline-table.ts'
export type * from './report/plot.ts'
export type { AnalysisTable } from './report/result.ts'
