import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { GeneratorOptions, SpecialValues } from './values.ts'

export interface TabularOptions extends GeneratorOptions<SpecialValues | 'empty-batch' | 'one-hot'> {
  /** Columns: N(0, 1). */
  readonly features: number
  /** Rows per request; 1 by default. */
  readonly batch?: number
  /** What the model takes by default, `FP32` where that is not known. */
  readonly datatype?: 'FP32' | 'FP16' | 'BF16' | 'FP64'
  /** The name of the model's input; its only input by default. */
  readonly name?: string
}

/** Rows of numbers, for trees and perceptrons. Special values: those of all elements, `'one-hot'` and `'empty-batch'`. */
export function tabular(options: TabularOptions): InputSpec {
  return inputSpec('tabular', options)
}
