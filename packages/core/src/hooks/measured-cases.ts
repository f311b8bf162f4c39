import type { TargetPlan } from '../plan/trial-plan.ts'
import type { RunResult, Trial } from '../report/result.ts'
import { addStatistics } from './add-statistics.ts'
import type { ModelStatistics } from './server.ts'

/** A stream of a case whose target is of one kind, with all its repeats: what analyses of a plugin are about. */
export interface MeasuredCase {
  /** Of the case, as in the result. */
  readonly id: string
  /** `describe > scenario > axis=value`, and the stream where the case has several. */
  readonly name: string
  readonly stream: string
  /** Whether it is the case's only stream: then what the server as a whole counts belongs to it. */
  readonly isAlone: boolean
  readonly target: TargetPlan
  /** Measurements, also those in which no request succeeded. */
  readonly trials: readonly Trial[]
  /**
   * What the server counted in the measurements, by model; `null` when that is not known of all in which requests
   * succeeded: means over some of them would not fit what the client has measured.
   */
  readonly counted: Readonly<Record<string, ModelStatistics>> | null
}

/** The cases of a run that measured targets of a kind, in the order of the result. */
export function measuredCases(result: RunResult, kind: string): readonly MeasuredCase[] {
  return result.cases.flatMap(({ id, path, case: values }) => {
    const trials = result.trials.filter((trial) => trial.caseId === id && trial.role === 'measurement')
    const [first] = trials
    if (first === undefined) return []
    const axes = Object.entries(values).map(([axis, value]) => `${axis}=${value}`)
    const streams = Object.entries(first.plan.streams)
    const isAlone = streams.length === 1
    const counted = addTrials(trials)
    const measured = streams.filter(([, { target }]) => target.kind === kind)
    return measured.map(([stream, { target }]) => ({
      id,
      name: [...path, ...(axes.length === 0 ? [] : [axes.join(',')]), ...(isAlone ? [] : [stream])].join(
        ' > ',
      ),
      stream,
      isAlone,
      target,
      trials,
      counted,
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
  let isKnown = false
  for (const { server, counts } of trials) {
    if (server === null || server.counters === null) {
      if (counts.completed > 0) return null
      continue
    }
    isKnown = true
    for (const [name, model] of Object.entries(server.counters)) {
      const delta = model as unknown as ModelStatistics
      const before = counted[name]
      counted[name] = before === undefined ? delta : addStatistics(before, delta)
    }
  }
  return isKnown ? counted : null
}
