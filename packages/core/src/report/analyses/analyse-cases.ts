import type { ComparisonSettings } from '../comparison-settings.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { analyseAccelerators } from './accelerators.ts'
import { analyseAgreement } from './agreement.ts'
import { analyseBatches } from './batch-latency.ts'
import { analyseBottlenecks } from './bottleneck.ts'
import { analyseBreakdown } from './breakdown.ts'
import { analyseTasks } from './by-task.ts'
import { planCapacities } from './capacity.ts'
import { analyseColdStarts } from './cold-start.ts'
import { analyseDynamicBatching } from './dynamic-batching.ts'
import { analyseEfficiency } from './efficiency.ts'
import { drawHeatmaps } from './heatmaps.ts'
import { analyseInputSizes } from './input-size.ts'
import { analyseEdge } from './edge.ts'
import { analyseFanOut } from './fan-out.ts'
import { auditClosedLoops } from './little.ts'
import { drawLoadCurves } from './load-curve.ts'
import { analyseModelWork } from './model-work.ts'
import { analyseReplicas } from './replicas.ts'
import { listProfiles } from './profiles.ts'
import { analyseReplays } from './replays.ts'
import { analyseRequestCosts } from './request-costs.ts'
import { analyseReliability } from './reliability.ts'
import { analyseRooflines } from './roofline.ts'
import { analyseScalability } from './scalability.ts'
import { analyseServerBatches } from './server-batches.ts'
import { compareSpecialInputs } from './special-inputs.ts'
import { analyseSpeedUps } from './speed-up.ts'
import { analyseTransmission } from './transmission.ts'
import { analyseStudies } from './studies.ts'
import { analyseQuality } from './study-quality.ts'
import { compareVersus } from './versus.ts'

/** The core's own analyses of a result: those that apply to it. */
export function analyseCases(result: RunResult, settings: ComparisonSettings): readonly AnalysisTable[] {
  const little = auditClosedLoops(result)
  return [
    ...analyseStudies(result),
    ...analyseQuality(result),
    ...analyseAgreement(result),
    ...compareVersus(result, settings),
    ...compareSpecialInputs(result, settings),
    ...analyseRequestCosts(result),
    ...analyseBatches(result),
    ...analyseServerBatches(result),
    ...analyseInputSizes(result),
    ...analyseDynamicBatching(result),
    ...analyseSpeedUps(result),
    ...drawHeatmaps(result),
    ...drawLoadCurves(result),
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
    ...analyseTasks(result),
  ]
}
