/**
 * For what draws results: how quantities are written, and curves made of results. Pure, so that it also runs in a
 * browser: nothing here imports from Node.
 */
export { formatCount, formatNumber, formatQuantity, NOTHING } from './report/quantity.ts'
export { printable } from './report/printable.ts'
export type * from './report/plot.ts'
export type { AnalysisTable } from './report/result.ts'
