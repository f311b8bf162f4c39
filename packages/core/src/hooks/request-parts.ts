import type { AnalysisTable } from '../report/result.ts'
import { nearestRank } from '../stats/quantile/percentile.ts'
import type { JsonValue } from '../units/json.ts'

/** Columns of tables about parts of requests' time: the first one says which part. */
export function partColumns(first: string): AnalysisTable['columns'] {
  return [
    { name: first, unit: null },
    { name: 'requests', unit: null },
    ...['min', 'mean', 'p50', 'p99', 'max'].map((name) => ({ name, unit: 'ns' })),
  ]
}

/** Their rows: none for a part that no request has. Percentiles by nearest rank. */
export function partRows(
  parts: ReadonlyMap<string, readonly number[]>,
): readonly (readonly [part: string, ...numbers: JsonValue[]])[] {
  return [...parts].flatMap(([part, times]) => {
    if (times.length === 0) return []
    const sorted = Float64Array.from(times).sort()
    const mean = sorted.reduce((sum, time) => sum + time, 0) / sorted.length
    const [median, tail] = [nearestRank(sorted, 50), nearestRank(sorted, 99)]
    return [[part, sorted.length, sorted.at(0) ?? null, mean, median, tail, sorted.at(-1) ?? null] as const]
  })
}
