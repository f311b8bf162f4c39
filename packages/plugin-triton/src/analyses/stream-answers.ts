import { nearestRank } from 'servebench/plugin'
import type { AnalysisTable, JsonValue } from 'servebench/plugin'
import { measuredRows } from './measured-rows.ts'
import type { FoundModels } from '../found-model.ts'
import type { TritonCase } from './triton-case.ts'

/** How many answers requests got, and when the first, the next and the last came. */
export async function measureStreams(
  cases: readonly TritonCase[],
  models: FoundModels,
  directory: string,
): Promise<AnalysisTable | null> {
  const rows: JsonValue[][] = []
  for (const { name, model, stream, trials } of cases) {
    if (models.get(model)?.streams !== true) continue
    const answers: number[] = []
    const first: number[] = []
    const last: number[] = []
    let seconds = 0
    for (const trial of trials) {
      const measured = await measuredRows(trial, stream, directory)
      if (measured === null) continue
      const { records, rows: kept } = measured
      const messages = records.numbers('messages')
      const [sent, firstByte, completion] = ['sent', 'first_byte', 'completion'].map((column) =>
        records.numbers(column),
      ) as [Float64Array, Float64Array, Float64Array]
      const outcomes = records.names('outcome')
      seconds += (trial.phases.measurement.until - trial.phases.measurement.from) / 1e9
      for (const row of kept) {
        if (outcomes[row] !== 'completed') continue
        const count = messages[row] as number
        answers.push(count)
        if (count > 0) first.push((firstByte[row] as number) - (sent[row] as number))
        last.push((completion[row] as number) - (sent[row] as number))
      }
    }
    if (answers.length === 0) continue
    const total = answers.reduce((sum, count) => sum + count, 0)
    const gap =
      trials.map((trial) => trial.streams[stream]?.messageGap.p50 ?? null).find((value) => value !== null) ??
      null
    const [p50First, p99First] = [50, 99].map((percentile) =>
      nearestRank(Float64Array.from(first).sort(), percentile),
    )
    const [p50Last, p99Last] = [50, 99].map((percentile) =>
      nearestRank(Float64Array.from(last).sort(), percentile),
    )
    rows.push([
      name,
      total / answers.length,
      ...minMax(answers),
      total / seconds,
      p50First ?? null,
      p99First ?? null,
      gap,
      p50Last ?? null,
      p99Last ?? null,
    ])
  }
  if (rows.length === 0) return null
  return {
    name: 'triton-streams',
    title: 'Answers of requests that get several',
    columns: [
      { name: 'case', unit: null },
      { name: 'answers', unit: null, description: 'Of each request, mean.' },
      { name: 'fewest', unit: null },
      { name: 'most', unit: null },
      { name: 'answers/s', unit: null },
      { name: 'first p50', unit: 'ns', description: 'From the request to its first answer.' },
      { name: 'first p99', unit: 'ns' },
      { name: 'between p50', unit: 'ns', description: 'Between answers.' },
      { name: 'last p50', unit: 'ns', description: 'To the end of the last answer.' },
      { name: 'last p99', unit: 'ns' },
    ],
    rows,
    notes: [],
  }
}

/** Without the limit on arguments that `Math.min` has. */
function minMax(values: readonly number[]): [number, number] {
  let [least, most] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return [least, most]
}
