import type { OipInput } from '@servebench/plugin-oip'

/** A tensor to send. What it leaves out comes from the model's signature. */
export type TfServingInput = Pick<OipInput, 'datatype' | 'shape' | 'data'>

interface RequestFacts {
  /** Inferences in the request; by default the batch size, or the number of examples. */
  readonly items?: number
  /** Splits the distributions in the result. */
  readonly label?: string
}

/** A request of the method `predict`. */
export interface TfServingPredictRequest extends RequestFacts {
  /** By name. */
  readonly inputs: Readonly<Record<string, TfServingInput>>
  /** All outputs by default; over gRPC the server leaves the others out. */
  readonly outputs?: readonly string[]
}

type OneOrMany<T> = T | readonly T[]

/**
 * A feature of a `tensorflow.Example`: numbers are floats, `bigint`s are integers, text (as UTF-8) and byte arrays are
 * bytes. The forms with a name say it where it is not clear, as for whole numbers in JSON.
 */
export type TfServingFeature =
  | OneOrMany<number>
  | OneOrMany<bigint>
  | OneOrMany<string>
  | OneOrMany<Uint8Array>
  | { readonly float: OneOrMany<number> }
  | { readonly int64: OneOrMany<number | bigint> }
  | { readonly bytes: OneOrMany<string | Uint8Array> }
export type TfServingExample = Readonly<Record<string, TfServingFeature>>

/** A request of the methods `classify` and `regress`. */
export interface TfServingExamplesRequest extends RequestFacts {
  readonly examples: readonly TfServingExample[]
  /** Features that all examples share, and none of them has. */
  readonly context?: TfServingExample
}

/** One request; which of them depends on the target's `method`. */
export type TfServingRequest = TfServingPredictRequest | TfServingExamplesRequest
