import type { ModelStatistics, RunResult, Trial } from 'servebench/plugin'
import { addStatistics } from '@servebench/plugin-oip/control'
import { KIND } from '../server.ts'

/** A stream of a case whose target is a Triton server, with all its repeats. */
export interface TritonCase {
  /** `describe > scenario > axis=value`, and the stream where there are several. */
  readonly name: string
  readonly stream: string
  readonly model: string
  readonly trials: readonly Trial[]
  /** What the server counted in the measurements, by model; `null` when that is not known. */
  readonly counted: Readonly<Record<string, ModelStatistics>> | null
}

/** The cases of a run that measured Triton servers. */
export function tritonCases(result: RunResult): readonly TritonCase[] {
  return result.cases.flatMap(({ id, path, case: values }) => {
    const trials = result.trials.filter(
      (trial) => trial.caseId === id && trial.role === 'measurement' && trial.counts.completed > 0,
    )
    const [first] = trials
    if (first === undefined) return []
    const axes = Object.entries(values).map(([axis, value]) => `${axis}=${value}`)
    const streams = Object.entries(first.plan.streams).filter(([, { target }]) => target.kind === KIND)
    return streams.map(([stream, { target }]) => ({
      name: [
        ...path,
        ...(axes.length === 0 ? [] : [axes.join(',')]),
        ...(streams.length > 1 ? [stream] : []),
      ].join(' > '),
      stream,
      model: target.options['model'] as string,
      trials,
      counted: addTrials(trials),
    }))
  })
}

function addTrials(trials: readonly Trial[]): Readonly<Record<string, ModelStatistics>> | null {
  const counted: Record<string, ModelStatistics> = {}
  for (const { server } of trials) {
    if (server === null || server.counters === null) return null
    for (const [name, model] of Object.entries(server.counters)) {
      const delta = model as unknown as ModelStatistics
      const before = counted[name]
      counted[name] = before === undefined ? delta : addStatistics(before, delta)
    }
  }
  return counted
}
