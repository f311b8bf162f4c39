import { meanServiceTime } from 'servebench/plugin'
import type { AnalysisTable, MeasuredCase } from 'servebench/plugin'

/** Where the time of a request goes: client, network and server, as means. */
export function splitLatency(cases: readonly MeasuredCase[]): AnalysisTable | null {
  const rows = cases.flatMap(({ name, stream, target, trials, counted }) => {
    const model = target.options['model'] as string
    const { success, queue: waited } = counted?.[model] ?? {}
    const client = meanServiceTime(trials, stream)
    if (success === undefined || waited === undefined || success.count <= 0 || client === null) return []
    const total = success.ns / success.count
    const queue = waited.ns / success.count
    return [[name, model, client, client - total, queue, total - queue]]
  })
  if (rows.length === 0) return null
  return {
    name: 'torchserve-latency',
    title: 'TorchServe: where the time of a request goes (means)',
    columns: [
      { name: 'case', unit: null },
      { name: 'model', unit: null },
      { name: 'client', unit: 'ns', description: 'From the last byte sent to the last byte received.' },
      {
        name: 'network',
        unit: 'ns',
        description: 'What the server does not account for: network, and reading and writing HTTP or gRPC.',
      },
      {
        name: 'queue',
        unit: 'ns',
        description: 'In the model’s job queue: for a batch to fill, and for a worker.',
      },
      { name: 'inference', unit: 'ns', description: 'In the worker, with the way there and back.' },
    ],
    rows,
    notes: [],
  }
}
