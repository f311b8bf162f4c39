import type { AnalysisTable, MeasuredCase } from 'servebench/plugin'
import { RequestTimes } from '../metrics/request-times.ts'
import type { TimeName } from '../metrics/request-times.ts'

/** By trial, then by model. */
export type TimesByTrial = ReadonlyMap<string, ReadonlyMap<string, RequestTimes>>

export const TIMES_TABLE = 'torchserve-times'
const NAMES: readonly TimeName[] = [
  'queue',
  'prediction',
  'handler',
  'preprocess',
  'inference',
  'postprocess',
]

/** What the server has logged about single requests, all repeats together. */
export function listTimes(cases: readonly MeasuredCase[], logged: TimesByTrial): AnalysisTable | null {
  const rows = cases.flatMap(({ name, target, isAlone, trials }) => {
    const model = target.options['model'] as string
    const times = new RequestTimes()
    for (const { id } of trials) {
      // What is nobody's is that of the only one.
      for (const owner of isAlone ? [model, ''] : [model]) {
        const found = logged.get(id)?.get(owner)
        if (found !== undefined) times.addAll(found)
      }
    }
    return NAMES.filter((time) => times.count(time) > 0).map((time) => [
      name,
      time,
      times.count(time),
      times.mean(time),
      ...[50, 90, 99].map((percent) => times.percentile(time, percent)),
    ])
  })
  if (rows.length === 0) return null
  return {
    name: TIMES_TABLE,
    title: 'TorchServe: times of single requests, as the server logs them',
    columns: [
      { name: 'case', unit: null },
      {
        name: 'time',
        unit: null,
        description:
          'In the job queue; PredictionTime and HandlerTime; the three parts of a handler with a profile.',
      },
      { name: 'requests', unit: null },
      { name: 'mean', unit: 'ns' },
      { name: 'p50', unit: 'ns' },
      { name: 'p90', unit: 'ns' },
      { name: 'p99', unit: 'ns' },
    ],
    rows,
    notes: ['A time of a handler is that of its batch, and counts for each request in it.'],
  }
}
