import { meanServiceTime } from 'servebench/plugin'
import type { AnalysisTable } from 'servebench/plugin'
import type { FoundModels } from '../found-model.ts'
import { serverStages } from './server-stages.ts'
import type { TritonCase } from './triton-case.ts'

/** Where the time of a request goes: client, network and server, as means. */
export function splitLatency(cases: readonly TritonCase[], models: FoundModels): AnalysisTable | null {
  const rows = cases.flatMap(({ name, model, stream, trials, counted }) => {
    const stages = counted === null ? null : serverStages(model, counted, models.get(model)?.graph ?? {})
    const client = meanServiceTime(trials, stream)
    if (stages === null || client === null) return []
    const { queue, computeInput, computeInfer, computeOutput, cache, overhead, total } = stages
    return [[name, client, client - total, queue, computeInput, computeInfer, computeOutput, cache, overhead]]
  })
  if (rows.length === 0) return null
  const shared = cases.some(({ trials, model, stream }) =>
    cases.some((other) => other.trials === trials && other.model === model && other.stream !== stream),
  )
  return {
    name: 'triton-latency',
    title: 'Triton: where the time of a request goes (means)',
    columns: [
      { name: 'case', unit: null },
      { name: 'client', unit: 'ns', description: 'From the last byte sent to the last byte received.' },
      {
        name: 'network',
        unit: 'ns',
        description: 'What the server does not account for: network, and its own HTTP or gRPC front end.',
      },
      { name: 'queue', unit: 'ns' },
      { name: 'input', unit: 'ns', description: 'Preparing inputs for the model.' },
      { name: 'infer', unit: 'ns', description: 'Running the model.' },
      { name: 'output', unit: 'ns', description: 'Taking outputs from the model.' },
      {
        name: 'cache',
        unit: 'ns',
        description: 'Looking answers up in the response cache, and putting them there.',
      },
      { name: 'other', unit: 'ns', description: 'The rest of the server’s time.' },
    ],
    rows,
    notes: shared ? ['Streams that ask one model share what the server counted for it.'] : [],
  }
}
