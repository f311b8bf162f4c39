import { measuredCases } from 'servebench/plugin'
import type { AnalysisTable, RunResult } from 'servebench/plugin'
import { KIND } from '../kind.ts'
import { splitLatency } from './latency-split.ts'
import { reconcileOutcomes } from './outcomes.ts'
import { listTimes } from './request-times.ts'
import type { TimesByTrial } from './request-times.ts'

/** The tables about a run's TorchServe: none for runs that measured none. */
export function analyse(result: RunResult, logged: TimesByTrial): readonly AnalysisTable[] {
  const cases = measuredCases(result, KIND)
  return [splitLatency(cases), listTimes(cases, logged), reconcileOutcomes(cases)].filter(
    (table) => table !== null,
  )
}
