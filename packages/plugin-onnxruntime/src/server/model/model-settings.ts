import type { SessionSettings } from '../inference/session-options.ts'

/** Requests that arrive close together are run as one execution. */
export interface BatchingSettings {
  /** An execution starts at once when it has one of these sizes. */
  readonly preferred: readonly number[]
  /** How long the oldest request waits for others while an instance is idle, ns. */
  readonly maxQueueDelay: number
}

/** Everything that a model's configuration decides. */
export interface ModelSettings {
  /** Sessions of the model, each on a thread of its own. */
  readonly instances: number
  /** Rows of the largest execution; 0: the model has no batch dimension; `null`: as the model allows. */
  readonly maxBatchSize: number | null
  readonly batching: BatchingSettings | null
  /** Requests that may wait; further ones are refused. 0: no limit. */
  readonly maxQueueSize: number
  readonly session: SessionSettings
}

export const DEFAULT_SETTINGS: ModelSettings = {
  instances: 1,
  maxBatchSize: null,
  batching: null,
  maxQueueSize: 1024,
  session: {
    intraOpThreads: 1,
    interOpThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    executionProviders: ['cpu'],
    entries: {},
  },
}

/** What `maxBatchSize` is for a model with a batch dimension when nothing is said: no practical limit. */
export const ANY_BATCH_SIZE = 65_536
