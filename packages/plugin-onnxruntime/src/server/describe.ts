import type { Model } from './model/model.ts'
import type { ModelTensor } from './model/model-tensor.ts'
import type { DurationTotal } from './model/statistics.ts'
import { EXTENSIONS, SERVER_NAME, type InferenceServer } from './inference-server.ts'

/** Plain data that both protocols send, with the protocol's field names. */
export interface ModelMetadata {
  readonly name: string
  readonly versions: readonly string[]
  readonly platform: string
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
}
interface TensorMetadata {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

export interface CountedNanos {
  readonly count: number
  readonly ns: number
}
export interface ModelStatistics {
  readonly name: string
  readonly version: string
  readonly last_inference: number
  readonly inference_count: number
  readonly execution_count: number
  readonly inference_stats: Readonly<
    Record<
      | 'success'
      | 'fail'
      | 'queue'
      | 'compute_input'
      | 'compute_infer'
      | 'compute_output'
      | 'cache_hit'
      | 'cache_miss',
      CountedNanos
    >
  >
  readonly batch_stats: readonly ({ readonly batch_size: number } & Readonly<
    Record<'compute_input' | 'compute_infer' | 'compute_output', CountedNanos>
  >)[]
}

export function describeServer(server: InferenceServer): {
  name: string
  version: string
  extensions: readonly string[]
} {
  return { name: SERVER_NAME, version: server.version, extensions: EXTENSIONS }
}

export function describeModel(model: Model): ModelMetadata {
  return {
    name: model.name,
    versions: [model.version],
    platform: 'onnxruntime_onnx',
    inputs: model.inputs.map(describeTensor),
    outputs: model.outputs.map(describeTensor),
  }
}

export function describeStatistics(model: Model): ModelStatistics {
  const { statistics } = model
  const none = { count: 0, ns: 0 }
  return {
    name: model.name,
    version: model.version,
    last_inference: statistics.lastInference,
    inference_count: statistics.inferences,
    execution_count: statistics.executions,
    inference_stats: {
      success: countedNanos(statistics.success),
      fail: countedNanos(statistics.fail),
      queue: countedNanos(statistics.queue),
      compute_input: countedNanos(statistics.computeInput),
      compute_infer: countedNanos(statistics.computeInfer),
      compute_output: countedNanos(statistics.computeOutput),
      cache_hit: none,
      cache_miss: none,
    },
    batch_stats: statistics.batches.map((batch) => ({
      batch_size: batch.size,
      compute_input: countedNanos(batch.computeInput),
      compute_infer: countedNanos(batch.computeInfer),
      compute_output: countedNanos(batch.computeOutput),
    })),
  }
}

function describeTensor(tensor: ModelTensor): TensorMetadata {
  return { name: tensor.name, datatype: tensor.type.name, shape: tensor.shape }
}

function countedNanos(duration: DurationTotal): CountedNanos {
  return { count: duration.count, ns: Math.round(duration.nanos) }
}
