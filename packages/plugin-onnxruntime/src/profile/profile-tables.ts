import { operatorTables } from 'servebench/plugin'
import type { AnalysisTable } from 'servebench/plugin'
import type { ModelProfile } from './read-profile.ts'

/** The operators of a model by the time that they took, and the same by their type. */
export function profileTables(model: string, { operators, runs, runTime }: ModelProfile): AnalysisTable[] {
  const total = [...operators.values()].reduce((sum, operator) => sum + operator.total, 0)
  return operatorTables(operators.values(), {
    profiler: 'ONNX Runtime',
    model,
    place: 'provider',
    notes: [
      `${runs} executions, of which operators took ${runTime === 0 ? 'an unknown share' : `${((100 * total) / runTime).toFixed(1)} %`}.`,
    ],
  })
}
