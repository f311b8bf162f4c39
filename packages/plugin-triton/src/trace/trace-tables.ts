import type { AnalysisTable, JsonValue } from 'servebench/plugin'
import { percentileOf } from '../analyses/percentile.ts'
import type { TracedRequest } from './read-traces.ts'

/** Parts of a request's time, by request. */
export type TimeParts = ReadonlyMap<string, readonly number[]>

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

export function partColumns(first: string): AnalysisTable['columns'] {
  return [
    { name: first, unit: null },
    { name: 'requests', unit: null },
    ...['mean', 'p50', 'p99', 'max'].map((name) => ({ name, unit: 'ns' })),
  ]
}

export function partRows(parts: TimeParts): readonly (readonly JsonValue[])[] {
  return [...parts].flatMap(([part, times]) => {
    if (times.length === 0) return []
    const sorted = Float64Array.from(times).sort()
    const mean = sorted.reduce((sum, time) => sum + time, 0) / sorted.length
    return [[part, sorted.length, mean, ...[50, 99, 100].map((percent) => percentileOf(sorted, percent))]]
  })
}
