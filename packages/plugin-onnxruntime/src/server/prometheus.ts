import type { Model } from './model/model.ts'
import type { FailureReason, Statistics } from './model/statistics.ts'

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** Decimals; none by default. */
  readonly digits?: number
  read(statistics: Statistics, model: Model): number
}

/** Names, labels and units are Triton's, so that its dashboards work unchanged. */
const FAMILIES: readonly Family[] = [
  counter('nv_inference_request_success', 'Number of successful inference requests', (s) => s.success.count),
  counter(
    'nv_inference_count',
    'Number of inferences performed (does not include cached requests)',
    (s) => s.inferences,
  ),
  counter('nv_inference_exec_count', 'Number of model executions performed', (s) => s.executions),
  counter(
    'nv_inference_request_duration_us',
    'Cumulative inference request duration in microseconds',
    (s) => s.success.nanos / 1e3,
  ),
  counter(
    'nv_inference_queue_duration_us',
    'Cumulative inference queuing duration in microseconds',
    (s) => s.queue.nanos / 1e3,
  ),
  counter(
    'nv_inference_compute_input_duration_us',
    'Cumulative compute input duration in microseconds',
    (s) => s.computeInput.nanos / 1e3,
  ),
  counter(
    'nv_inference_compute_infer_duration_us',
    'Cumulative compute inference duration in microseconds',
    (s) => s.computeInfer.nanos / 1e3,
  ),
  counter(
    'nv_inference_compute_output_duration_us',
    'Cumulative compute output duration in microseconds',
    (s) => s.computeOutput.nanos / 1e3,
  ),
  {
    name: 'nv_inference_pending_request_count',
    type: 'gauge',
    help: 'Instantaneous number of pending requests awaiting execution',
    read: (_statistics, model) => model.pending,
  },
  {
    name: 'nv_model_load_duration_secs',
    type: 'gauge',
    help: 'Model load time in seconds',
    digits: 6,
    read: (_statistics, model) => model.loadNanos / 1e9,
  },
]

/** The metrics page, in Prometheus' text format 0.0.4. */
export function formatMetrics(models: readonly Model[]): string {
  const lines: string[] = []
  for (const family of FAMILIES) {
    lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`)
    for (const model of models) {
      lines.push(
        `${family.name}{${labels(model)}} ${family.read(model.statistics, model).toFixed(family.digits ?? 0)}`,
      )
    }
  }
  const failure = 'nv_inference_request_failure'
  lines.push(`# HELP ${failure} Number of failed inference requests`, `# TYPE ${failure} counter`)
  for (const model of models) {
    for (const [reason, count] of Object.entries(model.statistics.failures) as [FailureReason, number][]) {
      lines.push(`${failure}{${labels(model)},reason="${reason}"} ${count}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function counter(name: string, help: string, read: (statistics: Statistics) => number): Family {
  return { name, type: 'counter', help, read }
}

function labels(model: Model): string {
  return `model="${model.name.replace(/[\\"\n]/g, (letter) => (letter === '\n' ? '\\n' : `\\${letter}`))}",version="${model.version}"`
}
