export { plugin } from './plots/plots-reporter.ts'
export type { PlotsOptions } from './plots/plots-reporter.ts'
