import type { JsonObject } from '../../plugin.ts'
import type { Datatype } from '../../plugin.ts'
import type { InputSpec } from '../../plugin.ts'

/** How the elements of random tensors are drawn. */
export type TensorValues =
  /** Floating point: standard normal; integers: uniform over 0–255 (or the type's range); text: short words. */
  'random' | 'zeros' | 'ones'

export interface TensorsOptions {
  /** Size of the first dimension where the model batches (or has −1 there); 1 by default. */
  readonly batch?: number
  /** Shapes by input name, for dimensions that the server leaves open; without the batch dimension unless `batch` is not given. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>
  /** Datatypes by input name, for servers that do not describe their inputs. */
  readonly datatypes?: Readonly<Record<string, Datatype>>
  readonly values?: TensorValues
  /** Different samples; 16 by default. */
  readonly distinct?: number
}

/** Tensors for all inputs of the model, from the server's own description of it. */
export function tensors(options: TensorsOptions = {}): InputSpec {
  return { input: 'tensors', package: 'servebench', options: options as JsonObject }
}
