import type { AnalysisContext, AnalysisTable } from 'servebench/plugin'
import type { FoundModels } from '../found-model.ts'
import { joinTraces } from '../trace/join-traces.ts'
import { listBatches } from './batch-sizes.ts'
import { splitLatency } from './latency-split.ts'
import { listModels } from './model-work.ts'
import { measureSequences } from './sequence-latency.ts'
import { measureStreams } from './stream-answers.ts'
import { tritonCases } from './triton-case.ts'

/** The tables about a run's Triton servers: none for runs that measured no such server. */
export async function analyse(context: AnalysisContext, models: FoundModels): Promise<AnalysisTable[]> {
  const { result, directory } = context
  const cases = tritonCases(result)
  const joined = await joinTraces(context)
  if (cases.length === 0) return joined === null ? [] : [joined]
  const tables = [
    splitLatency(cases, models),
    listModels(cases, models),
    listBatches(cases, models),
    await measureStreams(cases, models, directory),
    await measureSequences(cases, directory),
    joined,
  ]
  return tables.filter((table) => table !== null)
}
