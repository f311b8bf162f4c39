import type { TargetMetadata, TensorMetadata } from 'servebench/plugin'

export interface OipTensorMetadata extends TensorMetadata {
  /** The model also runs without this input. */
  readonly optional?: true
  /** Tensors of any rank are taken; `shape` says nothing. */
  readonly anyRank?: true
}

/** A model as its server describes it; what requests are checked against. Plain data. */
export interface OipModel extends TargetMetadata {
  readonly name: string
  /** `''`: the version that the server chooses. */
  readonly version: string
  /** Empty when the server does not describe them: then requests must say everything. */
  readonly inputs: readonly OipTensorMetadata[]
}

/**
 * Whether the first dimension of every input is a batch: what the server's configuration says; without one, a variable
 * first dimension is taken for a batch.
 */
export function isBatched({ inputs, maxBatchSize }: Pick<OipModel, 'inputs' | 'maxBatchSize'>): boolean {
  if (maxBatchSize !== null) return maxBatchSize > 0
  return inputs.length > 0 && inputs.every(({ shape }) => shape[0] === -1)
}

export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}
