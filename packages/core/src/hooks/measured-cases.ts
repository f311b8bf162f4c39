import type { TargetPlan } from '../plan/trial-plan.ts'
import type { RunResult, Trial } from '../report/result.ts'
import { addStatistics } from './add-statistics.ts'
import type { ModelStatistics } from './server.ts'

/** A stream of a case whose target is of one kind, with all its repeats: what analyses of a plugin are about. */
export interface MeasuredCase {
  /** `describe > scenario > axis=value`, and the stream where there are several. */
  readonly name: string
  readonly stream: string
  readonly target: TargetPlan
  readonly trials: readonly Trial[]
  /** What the server counted in the measurements, by model; `null` when that is not known. */
  readonly counted: Readonly<Record<string, ModelStatistics>> | null
}

/** The cases of a run that measured targets of a kind, and had an answer. */
export function measuredCases(result: RunResult, kind: string): readonly MeasuredCase[] {
  return result.cases.flatMap(({ id, path, case: values }) => {
    const trials = result.trials.filter(
      (trial) => trial.caseId === id && trial.role === 'measurement' && trial.counts.completed > 0,
    )
    const [first] = trials
    if (first === undefined) return []
    const axes = Object.entries(values).map(([axis, value]) => `${axis}=${value}`)
    const streams = Object.entries(first.plan.streams).filter(([, { target }]) => target.kind === kind)
    return streams.map(([stream, { target }]) => ({
      name: [
        ...path,
        ...(axes.length === 0 ? [] : [axes.join(',')]),
        ...(streams.length > 1 ? [stream] : []),
      ].join(' > '),
      stream,
      target,
      trials,
      counted: addTrials(trials),
    }))
  })
}

/** The mean service time of a stream over its trials, ns; `null` when nothing was completed. */
export function meanServiceTime(trials: readonly Trial[], stream: string): number | null {
  let sum = 0
  let count = 0
  for (const trial of trials) {
    const distribution = trial.streams[stream]?.serviceTime
    if (distribution === undefined || distribution.mean === null) continue
    sum += distribution.mean * distribution.count
    count += distribution.count
  }
  return count === 0 ? null : sum / count
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
