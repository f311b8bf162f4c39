import type { AnalysisTable, Distribution } from 'servebench/plugin'
import type { TorchServeCase } from './torchserve-case.ts'

/** Where the time of a request goes: client, network and server, as means. */
export function splitLatency(cases: readonly TorchServeCase[]): AnalysisTable | null {
  const rows = cases.flatMap(({ name, model, stream, trials, counted }) => {
    if (counted === null || counted.success.count <= 0) return []
    const client = meanOf(trials.map((trial) => trial.streams[stream]?.serviceTime ?? null))
    if (client === null) return []
    const total = counted.success.ns / counted.success.count
    const queue = counted.queue.ns / counted.success.count
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

function meanOf(distributions: readonly (Distribution | null)[]): number | null {
  let sum = 0
  let count = 0
  for (const distribution of distributions) {
    if (distribution === null || distribution.mean === null) continue
    sum += distribution.mean * distribution.count
    count += distribution.count
  }
  return count === 0 ? null : sum / count
}
