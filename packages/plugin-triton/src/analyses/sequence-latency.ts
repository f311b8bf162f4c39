import { nearestRank } from 'servebench/plugin'
import type { AnalysisTable, JsonValue } from 'servebench/plugin'
import { measuredRows } from './measured-rows.ts'
import type { MeasuredRows } from './measured-rows.ts'
import type { TritonCase } from './triton-case.ts'

/** How long whole sequences took: from the intended start of the first request to the completion of the last. */
export async function measureSequences(
  cases: readonly TritonCase[],
  directory: string,
): Promise<AnalysisTable | null> {
  const rows: JsonValue[][] = []
  for (const { name, stream, trials } of cases) {
    const exchange = trials[0]?.plan.streams[stream]?.exchange
    if (exchange?.kind !== 'sequence') continue
    const lengths: number[] = []
    let broken = 0
    for (const trial of trials) {
      const measured = await measuredRows(trial, stream, directory)
      if (measured === null) continue
      const found = sequencesIn(measured, exchange.steps)
      lengths.push(...found.lengths)
      broken += found.broken
    }
    if (lengths.length === 0) continue
    const sorted = Float64Array.from(lengths).sort()
    const percentiles = [50, 90, 95, 99].map((percentile) => nearestRank(sorted, percentile))
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
    rows.push([name, exchange.steps, lengths.length, broken, mean, ...percentiles])
  }
  if (rows.length === 0) return null
  return {
    name: 'triton-sequences',
    title: 'Sequences, from their first request to their last answer',
    columns: [
      { name: 'case', unit: null },
      { name: 'steps', unit: null },
      { name: 'complete', unit: null },
      { name: 'broken', unit: null, description: 'A request of it failed.' },
      ...['mean', 'p50', 'p90', 'p95', 'p99'].map((column) => ({ name: column, unit: 'ns' })),
    ],
    rows,
    notes: ['Sequences that began or ended outside of the measurement are left out.'],
  }
}

export function sequencesIn(
  { records, rows }: MeasuredRows,
  steps: number,
): { lengths: number[]; broken: number } {
  const units = records.numbers('unit')
  const intended = records.numbers('intended')
  const completion = records.numbers('completion')
  const outcomes = records.names('outcome')
  const sequences = new Map<number, { answered: number; failed: boolean; from: number; until: number }>()
  for (const row of rows) {
    const outcome = outcomes[row]
    // Followed by the attempt that counts.
    if (outcome === 'retried') continue
    const unit = units[row] as number
    const sequence = sequences.get(unit) ?? { answered: 0, failed: false, from: Infinity, until: -Infinity }
    sequence.from = Math.min(sequence.from, intended[row] as number)
    if (outcome === 'completed') {
      sequence.answered += 1
      sequence.until = Math.max(sequence.until, completion[row] as number)
    } else {
      sequence.failed = true
    }
    sequences.set(unit, sequence)
  }
  const all = [...sequences.values()]
  return {
    lengths: all
      .filter(({ answered, failed }) => !failed && answered === steps)
      .map(({ from, until }) => until - from),
    broken: all.filter(({ failed }) => failed).length,
  }
}
