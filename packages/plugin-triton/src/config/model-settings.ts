import type { Duration, JsonObject } from 'servebench/plugin'

/**
 * Settings of a model that servebench changes while the server runs, and takes back. `config` reaches everything else.
 * What is left out stays as the model's own configuration has it.
 */
export interface TritonModelSettings {
  /** Instances in each of the model's instance groups. The only setting that changes without loading the model again. */
  readonly instances?: number
  /** Where instances run; all of the model's groups become one. */
  readonly instanceKind?: 'auto' | 'cpu' | 'gpu' | 'model'
  /** Numbers of the GPUs for `instanceKind: 'gpu'`. */
  readonly gpus?: readonly number[]
  /** Rows of the largest batch; 0: no batch dimension. */
  readonly maxBatchSize?: number
  /** Joins waiting requests into batches; `false`: each request is executed alone. */
  readonly dynamicBatching?: boolean | TritonDynamicBatching
  readonly responseCache?: boolean
  /** Threads of one operator, for the backends of ONNX Runtime and PyTorch, and the python model that runs ONNX files. */
  readonly intraOpThreads?: number
  /** Threads for operators side by side. */
  readonly interOpThreads?: number
  readonly executionMode?: 'sequential' | 'parallel'
  /** Parameters of the model. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>
  /**
   * Any part of the model's configuration, with the names of `model_config.proto`; merged into what the model has, where
   * lists replace lists and `null` takes away.
   */
  readonly config?: JsonObject
}

export interface TritonDynamicBatching {
  /** How long the oldest request waits for others. */
  readonly maxQueueDelay?: Duration
  /** Batch sizes that start at once. */
  readonly preferred?: readonly number[]
  readonly preserveOrdering?: boolean
}

/** {@link TritonModelSettings} as plans hold them: durations in microseconds, nothing that is not set. */
export interface PlannedSettings {
  readonly instances?: number
  readonly instanceKind?: string
  readonly gpus?: readonly number[]
  readonly maxBatchSize?: number
  readonly dynamicBatching?: false | PlannedBatching
  readonly responseCache?: boolean
  readonly parameters?: Readonly<Record<string, string>>
  readonly config?: JsonObject
}
export interface PlannedBatching {
  readonly maxQueueDelay?: number
  readonly preferred?: readonly number[]
  readonly preserveOrdering?: boolean
}
