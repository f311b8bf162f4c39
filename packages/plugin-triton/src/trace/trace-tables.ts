import { partColumns, partRows } from 'servebench/plugin'
import type { AnalysisTable } from 'servebench/plugin'
import type { TracedRequest } from './read-traces.ts'

const STAGES = ['total', 'queue', 'input', 'infer', 'output'] as const

/** The stages of each model's requests, as the server has traced them. */
export function traceTable(traces: readonly TracedRequest[]): AnalysisTable {
  const rows = [...Map.groupBy(traces, ({ model }) => model)].flatMap(([model, own]) => {
    const parts = new Map(STAGES.map((stage) => [stage, own.flatMap((trace) => trace[stage] ?? [])]))
    return partRows(parts).map((row) => [model, ...row])
  })
  return {
    name: 'triton-traces',
    title: 'Triton: traced requests',
    columns: [{ name: 'model', unit: null }, ...partColumns('stage')],
    rows,
    notes: ['Total is the time inside of the server. The whole trial counts, with its warm-up.'],
  }
}
