import type { Datatype, InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { GeneratorOptions, SpecialValues } from './values.ts'

export interface TensorsOptions extends GeneratorOptions<SpecialValues | 'empty-batch'> {
  /** Size of the first dimension where the model batches; 1 by default. */
  readonly batch?: number
  /** Shapes by input name, for dimensions that the server leaves open; with or without the batch dimension. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>
  /** Datatypes by input name, for servers that do not describe their inputs. */
  readonly datatypes?: Readonly<Record<string, Datatype>>
  /** Whole numbers in tensors wider than a byte stay below it: 100 by default, small enough to be an index into most tables. */
  readonly bound?: number
}

/**
 * Tensors for all inputs of the model, from the server's own description of it: floating point is N(0, 1), bytes are
 * uniform, texts are words. Special values are those of the datatype; inputs whose datatype does not have them stay random.
 */
export function tensors(options: TensorsOptions = {}): InputSpec {
  return inputSpec('tensors', options)
}
