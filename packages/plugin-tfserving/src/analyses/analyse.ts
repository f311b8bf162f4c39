import { measuredCases } from 'servebench/plugin'
import type { AnalysisTable, RunResult } from 'servebench/plugin'
import { KIND } from '../target.ts'
import { listBatches } from './batches.ts'
import { splitLatency } from './latency-split.ts'

/** The tables about a run's TensorFlow Serving servers: none for runs that measured no such server. */
export function analyse(result: RunResult): AnalysisTable[] {
  const cases = measuredCases(result, KIND)
  return [splitLatency(cases), listBatches(cases)].filter((table) => table !== null)
}
