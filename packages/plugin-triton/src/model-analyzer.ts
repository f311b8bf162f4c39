/** Configuration files of Model Analyzer, for programs that take them over. */
export { readModelAnalyzerConfig } from './model-analyzer/read-config.ts'
export type * from './model-analyzer/study.ts'
