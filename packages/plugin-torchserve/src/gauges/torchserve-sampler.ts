import type { Duration, JsonObject, SamplerSpec } from 'servebench/plugin'
import { KIND, PACKAGE } from '../kind.ts'

export interface TorchServeSamplerOptions {
  /** Whose queue, workers and metrics are read. */
  readonly model: string
  /** Gauges by the server's own names, such as `PredictionTime`, or those of a handler of yours. */
  readonly metrics?: readonly string[]
  /** Between readings; `'1s'` by default. Each is a call of the management API and one of the metrics address. */
  readonly period?: Duration
}

/**
 * The state of a model on the case's TorchServe: requests that wait, workers that are ready, and gauges of its metrics,
 * which have the last value only.
 * @example samplers: [torchserveSampler({ model: 'resnet', metrics: ['PredictionTime'] })]
 */
export function torchserveSampler(options: TorchServeSamplerOptions): SamplerSpec {
  return { kind: KIND, package: PACKAGE, options: options as unknown as JsonObject }
}
