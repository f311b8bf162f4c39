import type { ServerPlan, ServerTuning } from 'servebench/plugin'
import type { TritonServerSpec } from '../server.ts'
import { applySetting } from './apply-setting.ts'
import { renderConfiguration } from './configuration.ts'

/** Requests in flight that keep an instance busy while it is given the next batch: Model Analyzer's rule. */
const BATCHES_IN_FLIGHT = 2

/** How Triton servers are tuned. */
export const tuning: ServerTuning = {
  apply: applySetting,
  modelSettings: 'state.models',
  concurrency,
  configuration: renderConfiguration,
  instructions:
    'Put each config.pbtxt into the folder of its model in the repository and load the model again; arguments and variables take effect when tritonserver is started with them.',
}

/** 2 × batch × instances, of the model or of that with the most; `null` unless a plan says both. */
function concurrency(server: ServerPlan, model?: string): number | null {
  const { state } = server as unknown as TritonServerSpec
  const asked = state.models.filter(({ name }) => model === undefined || name === model)
  const products = asked.flatMap(({ settings: { maxBatchSize, instances } }) =>
    maxBatchSize === undefined || instances === undefined
      ? []
      : [BATCHES_IN_FLIGHT * Math.max(1, maxBatchSize) * instances],
  )
  return products.length === 0 ? null : Math.max(...products)
}
