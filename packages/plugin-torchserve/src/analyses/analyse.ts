import type { AnalysisTable, RunResult } from 'servebench/plugin'
import { splitLatency } from './latency-split.ts'
import { reconcileOutcomes } from './outcomes.ts'
import { torchserveCases } from './torchserve-case.ts'

/** The tables about a run's TorchServe: none for runs that measured none. */
export function analyse(result: RunResult): readonly AnalysisTable[] {
  const cases = torchserveCases(result)
  return [splitLatency(cases), reconcileOutcomes(cases)].filter((table) => table !== null)
}
