import type { GraphOptimizationLevel } from '../inference/session-options.ts'
import type { Model } from './model.ts'
import type { ModelSettings } from './model-settings.ts'
import type { ModelTensor } from './model-tensor.ts'

/** What a model's settings are in Triton's model configuration as JSON: field names and meanings are Triton's. */
export interface SettingsJson {
  readonly max_batch_size?: number
  readonly instance_group: readonly {
    readonly name?: string
    readonly kind: 'KIND_CPU'
    readonly count: number
  }[]
  readonly optimization: { readonly graph: { readonly level: number } }
  readonly dynamic_batching?: {
    readonly preferred_batch_size: readonly number[]
    readonly max_queue_delay_microseconds: number
    readonly preserve_ordering: false
    readonly default_queue_policy: { readonly max_queue_size: number }
  }
  readonly parameters: Readonly<Record<string, { readonly string_value: string }>>
}

/** The whole configuration of a loaded model. */
export interface ModelConfigJson extends SettingsJson {
  readonly name: string
  readonly platform: string
  readonly backend: string
  readonly version_policy: { readonly latest: { readonly num_versions: number } }
  readonly input: readonly TensorConfigJson[]
  readonly output: readonly TensorConfigJson[]
  readonly default_model_filename: string
}

interface TensorConfigJson {
  readonly name: string
  readonly data_type: string
  readonly dims: readonly number[]
}

/** `optimization.graph.level`, with ONNX Runtime's level for each. */
export const GRAPH_LEVELS: Readonly<Record<GraphOptimizationLevel, number>> = {
  all: 0,
  extended: 1,
  disabled: 2,
  basic: -1,
}

/** What a load request or a `config.json` needs for these settings to take effect. */
export function formatSettings(settings: ModelSettings): SettingsJson {
  const { batching, instances, maxBatchSize, maxQueueSize, session } = settings
  return {
    ...(maxBatchSize === null ? {} : { max_batch_size: maxBatchSize }),
    instance_group: [{ kind: 'KIND_CPU', count: instances }],
    optimization: { graph: { level: GRAPH_LEVELS[session.graphOptimizationLevel] } },
    ...(batching !== null && {
      dynamic_batching: {
        preferred_batch_size: batching.preferred,
        max_queue_delay_microseconds: Math.round(batching.maxQueueDelay / 1000),
        preserve_ordering: false,
        default_queue_policy: { max_queue_size: maxQueueSize },
      },
    }),
    parameters: formatParameters(settings),
  }
}

/** The configuration in effect. */
export function formatModelConfig(model: Model): ModelConfigJson {
  const { name, maxBatchSize, settings } = model
  const tensor = (info: ModelTensor): TensorConfigJson => ({
    name: info.name,
    data_type: info.type.config,
    dims: maxBatchSize > 0 ? info.shape.slice(1) : info.shape,
  })
  return {
    name,
    platform: 'onnxruntime_onnx',
    backend: 'onnxruntime',
    version_policy: { latest: { num_versions: 1 } },
    input: model.inputs.map(tensor),
    output: model.outputs.map(tensor),
    default_model_filename: 'model.onnx',
    ...formatSettings(settings),
    instance_group: [{ name: `${name}_0`, kind: 'KIND_CPU', count: settings.instances }],
  }
}

function formatParameters({ maxQueueSize, session }: ModelSettings): SettingsJson['parameters'] {
  const parameters = {
    intra_op_thread_count: String(session.intraOpThreads),
    inter_op_thread_count: String(session.interOpThreads),
    execution_mode: session.executionMode === 'parallel' ? '1' : '0',
    execution_providers: session.executionProviders.join(','),
    max_queue_size: String(maxQueueSize),
    ...(session.profile === undefined ? {} : { profile: session.profile }),
    ...session.entries,
  }
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, { string_value: value }]))
}
