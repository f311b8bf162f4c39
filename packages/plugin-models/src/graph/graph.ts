/** `N` is the batch dimension: any size, chosen per request. */
export type Dimension = number | 'N'
export type Shape = readonly Dimension[]

/** A value that flows through the graph. */
export interface Tensor {
  readonly name: string
  readonly shape: Shape
}

/**
 * A constant of the model. Its elements are not stored: they are drawn uniformly from [low, high) by a generator that
 * is seeded with the model's seed and the weight's name, so that a writer needs memory for one block only.
 */
export interface Weight {
  readonly name: string
  readonly shape: readonly number[]
  readonly low: number
  readonly high: number
  /** Only parameters are learned: running statistics of a normalisation and bounds of an operation are not. */
  readonly role: 'parameter' | 'statistic' | 'constant'
}

export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }

/** The operations that graphs are made of, with the names and the meaning that ONNX (operator set 17) gives them. */
export type Operation =
  | 'Add'
  | 'BatchNormalization'
  | 'Clip'
  | 'Conv'
  | 'Flatten'
  | 'Gemm'
  | 'GlobalAveragePool'
  | 'Relu'
  | 'Sigmoid'
  | 'Softmax'
  | 'Tanh'

export interface Node {
  readonly operation: Operation
  readonly name: string
  /** Names of tensors and weights. */
  readonly inputs: readonly string[]
  readonly output: Tensor
  readonly attributes: Readonly<Record<string, Attribute>>
}

/**
 * A model without its bytes: what writers (ONNX, later TensorFlow) and static metrics start from. Nodes are in
 * topological order; every tensor is float32.
 */
export interface Graph {
  readonly name: string
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  readonly weights: readonly Weight[]
  readonly nodes: readonly Node[]
}

/** Elements of a shape for a batch of `batch`. */
export function countElements(shape: Shape, batch = 1): number {
  return shape.reduce<number>((product, size) => product * (size === 'N' ? batch : size), 1)
}
