import type { ComparisonSettings } from '../comparison-settings.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { analyseAccelerators } from './accelerators.ts'
import { analyseAgreement } from './agreement.ts'
import { analyseBottlenecks } from './bottleneck.ts'
import { analyseBreakdown } from './breakdown.ts'
import { planCapacities } from './capacity.ts'
import { analyseColdStarts } from './cold-start.ts'
import { analyseEfficiency } from './efficiency.ts'
import { analyseEdge } from './edge.ts'
import { analyseFanOut } from './fan-out.ts'
import { auditClosedLoops } from './little.ts'
import { analyseModelWork } from './model-work.ts'
import { analyseReplicas } from './replicas.ts'
import { listProfiles } from './profiles.ts'
import { analyseReplays } from './replays.ts'
import { analyseRequestCosts } from './request-costs.ts'
import { analyseReliability } from './reliability.ts'
import { analyseRooflines } from './roofline.ts'
import { analyseScalability } from './scalability.ts'
import { compareSpecialInputs } from './special-inputs.ts'
import { analyseTransmission } from './transmission.ts'
import { compareVersus } from './versus.ts'

/** The core's own analyses of a result: those that apply to it. */
export function analyseCases(result: RunResult, settings: ComparisonSettings): readonly AnalysisTable[] {
  const little = auditClosedLoops(result)
  return [
    ...analyseAgreement(result),
    ...compareVersus(result, settings),
    ...compareSpecialInputs(result, settings),
    ...analyseRequestCosts(result),
    ...analyseColdStarts(result),
    ...planCapacities(result),
    ...analyseScalability(result),
    ...analyseReliability(result),
    ...(little === null ? [] : [little]),
    ...analyseReplays(result),
    ...analyseReplicas(result),
    ...listProfiles(result),
    ...analyseEfficiency(result),
    ...analyseModelWork(result),
    ...analyseRooflines(result),
    ...analyseBreakdown(result),
    ...analyseTransmission(result),
    ...analyseBottlenecks(result),
    ...analyseFanOut(result),
    ...analyseAccelerators(result),
    ...analyseEdge(result),
  ]
}
