import type { Datatype, TensorData } from 'servebench/plugin'

/** A value in `parameters`. Whole numbers are sent as integers, others as doubles. */
export type OipParameter = string | number | bigint | boolean
export type OipParameters = Readonly<Record<string, OipParameter>>

/** A tensor to send. */
export interface OipInput {
  /** The server's datatype for this input by default. */
  readonly datatype?: Datatype
  /**
   * In row-major order; by default the server's shape, where one variable dimension (or the batch) follows from the
   * number of elements. A batch of one may leave the batch dimension out.
   */
  readonly shape?: readonly number[]
  readonly data: TensorData
  readonly parameters?: OipParameters
}

/** An output that the answer must have. */
export interface OipRequestedOutput {
  readonly name: string
  /** For example `{ classification: 3 }`. */
  readonly parameters?: OipParameters
}

/** One inference request. What it leaves out comes from the target's options and from the server's metadata. */
export interface OipRequest {
  /** By name. */
  readonly inputs: Readonly<Record<string, OipInput>>
  /** All outputs by default. */
  readonly outputs?: readonly (string | OipRequestedOutput)[]
  /** Added to those of the target. */
  readonly parameters?: OipParameters
  readonly id?: string
  /** Inferences in the request; the batch size by default. */
  readonly items?: number
  /** Splits the distributions in the result. */
  readonly label?: string
}
