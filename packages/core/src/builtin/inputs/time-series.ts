import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { Length } from './length.ts'
import type { GeneratorOptions, SpecialValues } from './values.ts'

export interface TimeSeriesOptions extends GeneratorOptions<SpecialValues | 'empty-batch'> {
  /** Instants. */
  readonly steps: Length
  /** Series that are measured at each instant; 1 by default. */
  readonly features?: number
  /** Samples per request, all as long as the longest of them that was drawn; 1 by default. */
  readonly batch?: number
  /**
   * `'seasonal'` (the default): a period of 24 steps and noise; `'walk'`: sums of N(0, 1), scaled to end with variance 1;
   * `'noise'`: N(0, 1).
   */
  readonly kind?: 'seasonal' | 'walk' | 'noise'
  /** Steps of a period; 24 by default. */
  readonly period?: number
  /** `[batch, steps, features]` (`NTF`, the default) or `[batch, features, steps]`. */
  readonly layout?: 'NTF' | 'NFT'
  /** What the model takes by default, `FP32` where that is not known. */
  readonly datatype?: 'FP32' | 'FP16' | 'BF16' | 'FP64'
  /** The name of the model's input; its only input by default. */
  readonly name?: string
}

/** Time series, of variance 1. */
export function timeSeries(options: TimeSeriesOptions): InputSpec {
  return inputSpec('timeSeries', options)
}
