import type { TensorData } from 'servebench/plugin'

/**
 * A tensor to send: elements in row-major order, where one open dimension of the model follows from their number; or a
 * literal as Vespa reads it (`'{{x:a}:1.5}'`), sent as it is.
 */
export type VespaInput = string | { readonly data: TensorData; readonly shape?: readonly number[] }

/** One evaluation of a model. */
export interface VespaModelRequest {
  /** By the name of the argument. */
  readonly inputs: Readonly<Record<string, VespaInput>>
  /** Inferences in the request; by default the size of the first dimension where the model leaves it open. */
  readonly items?: number
  /** Splits the distributions in the result. */
  readonly label?: string
}
