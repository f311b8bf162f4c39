import { meanServiceTime } from 'servebench/plugin'
import type { AnalysisTable, Counter, MeasuredCase } from 'servebench/plugin'

/** Where the time of a request goes: client, network and server, as means. */
export function splitLatency(cases: readonly MeasuredCase[]): AnalysisTable | null {
  const rows = cases.flatMap(({ name, stream, target, trials, counted }) => {
    const model = counted?.[target.options['model'] as string]
    const client = meanServiceTime(trials, stream)
    if (model === undefined || client === null || model.success.count === 0) return []
    const { success, queue, computeInfer } = model
    const mean = ({ ns }: Counter): number => ns / success.count
    const total = mean(success)
    const inRuntime = mean(queue) + mean(computeInfer)
    return [[name, client, client - total, total - inRuntime, mean(queue), mean(computeInfer)]]
  })
  if (rows.length === 0) return null
  return {
    name: 'tfserving-latency',
    title: 'TensorFlow Serving: where the time of a request goes (means)',
    columns: [
      { name: 'case', unit: null },
      { name: 'client', unit: 'ns', description: 'From the last byte sent to the last byte received.' },
      {
        name: 'network',
        unit: 'ns',
        description: 'What the server does not account for: network, and its own HTTP or gRPC front end.',
      },
      {
        name: 'server',
        unit: 'ns',
        description: 'The server’s time outside of the runtime: reading and writing tensors.',
      },
      { name: 'queue', unit: 'ns', description: 'Waiting for a batch.' },
      { name: 'runtime', unit: 'ns', description: 'Running the model.' },
    ],
    rows,
    notes: [
      'The server counts by model, not by version or signature: what else it answers at the same time is in its means.',
    ],
  }
}
