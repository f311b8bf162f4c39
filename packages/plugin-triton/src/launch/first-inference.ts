import type { PlannedModel } from '../server.ts'
import type { TritonControl } from '../control/triton-control.ts'
import { askOnce } from './ask-once.ts'

/**
 * Sends one request to each model, the first that it gets.
 * @returns nanoseconds by `firstInference.NAME`
 */
export async function firstInferences(
  control: TritonControl,
  url: string,
  models: readonly PlannedModel[],
): Promise<Record<string, number>> {
  const times: Record<string, number> = {}
  for (const { name } of models) {
    const { model, config } = await control.describeModel(name)
    const decoupled = (config?.['model_transaction_policy'] as { readonly decoupled?: boolean } | undefined)
      ?.decoupled
    // Only streams carry their answers.
    if (decoupled === true) continue
    times[`firstInference.${name}`] = await askOnce(url, model)
  }
  return times
}
