import { addStatistics } from 'servebench/plugin'
import type { ModelStatistics, RunResult, Trial } from 'servebench/plugin'
import { KIND } from '../kind.ts'

/** A stream of a case whose target is a TorchServe, with all its repeats. */
export interface TorchServeCase {
  /** Of the case, as in the result. */
  readonly id: string
  /** `describe > scenario > axis=value`, and the stream where there are several. */
  readonly name: string
  readonly stream: string
  /** Whether it is the case's only stream: then what the server as a whole counts belongs to it. */
  readonly isAlone: boolean
  readonly model: string
  readonly trials: readonly Trial[]
  /** What the server counted for the model in the measurements; `null` when that is not known. */
  readonly counted: ModelStatistics | null
}

/** The cases of a run that measured TorchServe. */
export function torchserveCases(result: RunResult): readonly TorchServeCase[] {
  return result.cases.flatMap(({ id, path, case: values }) => {
    const trials = result.trials.filter((trial) => trial.caseId === id && trial.role === 'measurement')
    const [first] = trials
    if (first === undefined) return []
    const all = Object.entries(first.plan.streams)
    const axes = Object.entries(values).map(([axis, value]) => `${axis}=${value}`)
    const streams = all.filter(([, { target }]) => target.kind === KIND)
    return streams.map(([stream, { target }]) => {
      const model = target.options['model'] as string
      return {
        id,
        name: [
          ...path,
          ...(axes.length === 0 ? [] : [axes.join(',')]),
          ...(all.length > 1 ? [stream] : []),
        ].join(' > '),
        stream,
        isAlone: all.length === 1,
        model,
        trials,
        counted: addTrials(trials, model),
      }
    })
  })
}

function addTrials(trials: readonly Trial[], model: string): ModelStatistics | null {
  let sum: ModelStatistics | null = null
  for (const { server } of trials) {
    const counted = server?.counters?.[model] as unknown as ModelStatistics | undefined
    if (counted === undefined) continue
    sum = sum === null ? counted : addStatistics(sum, counted)
  }
  return sum
}
