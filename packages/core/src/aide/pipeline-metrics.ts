import { failureName } from '../engine/outcome.ts'
import {
  histogramsOf,
  STEP_COLUMNS,
  STEP_DURATIONS,
  StepColumn,
  type StepTotals,
} from '../engine/pipeline/step-recorder.ts'
import type { HdrEncoder } from '../metrics/distribution.ts'
import { failureKindOf, failureStatusOf } from '../report/record-block.ts'
import type { Distribution, Metrics, StepMetrics } from '../report/result.ts'
import type { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { mergedDistribution } from './stream-metrics.ts'

/** A step as results name it. */
export interface StepName {
  readonly name: string
  /** The kind of its target; `null` for a function. */
  readonly target: string | null
}

/** What all workers know of the steps of a pipeline, together; nothing for a stream that is none. */
export function pipelineMetrics(
  steps: readonly StepName[] | null,
  totals: readonly StepTotals[],
  encode: HdrEncoder,
): Pick<Metrics, 'pipeline'> {
  if (steps === null || totals.length === 0) return {}
  const histograms = totals.map(({ histograms: buffer }) => histogramsOf(buffer))
  const merged = (index: number): Distribution =>
    mergedDistribution(
      histograms.map((all) => all[index] as LogLinearHistogram),
      encode,
    )
  const sum = (read: (one: StepTotals) => number): number => totals.reduce((all, one) => all + read(one), 0)
  const completed = sum(({ chains }) => chains.completed)
  const response = sum(({ chains }) => chains.response)
  const mean = (total: number): number | null => (completed === 0 ? null : total / completed)
  const share = (total: number): number | null => (response > 0 ? total / response : null)
  return {
    pipeline: {
      completed,
      response: mean(response),
      before: mean(sum(({ chains }) => chains.before)),
      glue: merged(steps.length * STEP_DURATIONS.length),
      glueShare: share(sum(({ chains }) => chains.glue)),
      steps: steps.map(({ name, target }, step): StepMetrics => {
        const of = (column: keyof typeof StepColumn): number =>
          sum((one) => one.steps[step * STEP_COLUMNS + StepColumn[column]] as number)
        const duration = (which: (typeof STEP_DURATIONS)[number]): Distribution =>
          merged(step * STEP_DURATIONS.length + STEP_DURATIONS.indexOf(which))
        return {
          name,
          target,
          counts: {
            due: of('due'),
            sent: of('sent'),
            completed: of('completed'),
            failed: of('failed'),
            timedOut: of('timedOut'),
            censored: of('censored'),
          },
          failures: failuresOf(totals.map(({ failures }) => failures[step] ?? [])),
          time: duration('time'),
          glue: duration('glue'),
          transportWait: duration('transportWait'),
          firstByte: duration('firstByte'),
          serverQueue: duration('serverQueue'),
          serverCompute: duration('serverCompute'),
          mean: mean(of('time')),
          glueMean: mean(of('glue')),
          share: share(of('time')),
        }
      }),
    },
  }
}

function failuresOf(
  workers: readonly (readonly (readonly [code: number, count: number])[])[],
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const [code, count] of workers.flat()) {
    const name = failureName(failureKindOf(code), failureStatusOf(code))
    counts.set(name, (counts.get(name) ?? 0) + count)
  }
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a))
}
