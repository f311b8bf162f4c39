import type { ComparisonSettings } from '../comparison-settings.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { planCapacities } from './capacity.ts'
import { analyseColdStarts } from './cold-start.ts'
import { auditClosedLoops } from './little.ts'
import { analyseReplicas } from './replicas.ts'
import { analyseReplays } from './replays.ts'
import { analyseReliability } from './reliability.ts'
import { analyseScalability } from './scalability.ts'
import { compareSpecialInputs } from './special-inputs.ts'
import { compareVersus } from './versus.ts'

/** The core's own analyses of a result: those that apply to it. */
export function analyseCases(result: RunResult, settings: ComparisonSettings): readonly AnalysisTable[] {
  const little = auditClosedLoops(result)
  return [
    ...compareVersus(result, settings),
    ...compareSpecialInputs(result, settings),
    ...analyseColdStarts(result),
    ...planCapacities(result),
    ...analyseScalability(result),
    ...analyseReliability(result),
    ...(little === null ? [] : [little]),
    ...analyseReplays(result),
    ...analyseReplicas(result),
  ]
}
