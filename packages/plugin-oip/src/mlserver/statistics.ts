import { parsePrometheus } from 'servebench/plugin'
import type { ModelStatistics, ServerStatistics } from 'servebench/plugin'

const NANOS_PER_SECOND = 1e9
const NONE = { count: 0, ns: 0 }

/**
 * Totals of models from MLServer's metrics: requests with the time from their decoding to their answer. The runtime of
 * servebench adds what ONNX Runtime took. MLServer does not tell how long a request waited for others of its batch, nor
 * what a single one of a batch took.
 */
export function readMetrics(text: string): ServerStatistics {
  const totals = new Map<string, Map<string, number>>()
  for (const { name, labels, value } of parsePrometheus(text)) {
    const model = labels['model']
    if (model === undefined) continue
    const metrics = totals.get(model) ?? new Map<string, number>()
    totals.set(model, metrics.set(name, (metrics.get(name) ?? 0) + value))
  }
  const models: Record<string, ModelStatistics> = {}
  for (const [model, metrics] of totals) {
    const count = (name: string): number => metrics.get(name) ?? 0
    const succeeded = count('model_infer_request_success_total')
    const failed = count('model_infer_request_failure_total')
    // The time of those that failed is in it, too.
    const timed = count('model_infer_request_duration_count')
    const mean = timed === 0 ? 0 : (NANOS_PER_SECOND * count('model_infer_request_duration_sum')) / timed
    const executions = count('servebench_compute_seconds_count')
    const compute = NANOS_PER_SECOND * count('servebench_compute_seconds_sum')
    models[model] = {
      success: { count: succeeded, ns: mean * succeeded },
      fail: { count: failed, ns: mean * failed },
      queue: NONE,
      computeInput: NONE,
      computeInfer: { count: executions, ns: compute },
      computeOutput: NONE,
      inferences: succeeded,
      executions,
      batches: [],
    }
  }
  return { models }
}
