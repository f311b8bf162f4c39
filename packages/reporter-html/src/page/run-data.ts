import type { RunResult } from 'servebench/plugin'
import { describeMachine, summariseScenarios } from 'servebench/report'
import type { RunData } from './page-data.ts'

export function runData(result: RunResult, key: string, label: string): RunData {
  return {
    key,
    label,
    machine: describeMachine(result.run.environment),
    result: withoutHistograms(result),
    summaries: withoutHistograms(summariseScenarios(result).flatMap(({ cases }) => cases)),
  }
}

/** They are most of a result, and the page draws from the curves that were computed from them. */
function withoutHistograms<T>(value: T): T {
  const text = JSON.stringify(value, function (this: object, key, field: unknown) {
    return key === 'hdr' && 'intervals' in this ? null : field
  })
  return JSON.parse(text) as T
}
