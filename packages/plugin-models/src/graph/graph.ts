/** A size, or the name of one that is chosen per request: `N` is the batch, `S` a length. */
export type Dimension = number | string
export type Shape = readonly Dimension[]

export type ElementType = 'float32' | 'float16' | 'bfloat16' | 'int8' | 'uint8' | 'int32' | 'int64' | 'bool'

export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
}

/**
 * What the values of a tensor are expected to be like, from the scaling rules and not from a run: layers scale their
 * weights by the mean square of what comes in, and quantisation takes its ranges from the bounds.
 */
export interface Spread {
  readonly mean: number
  readonly meanSquare: number
  readonly low: number
  readonly high: number
}

/** A value that flows through the graph. */
export interface Tensor {
  readonly name: string
  readonly shape: Shape
  readonly type: ElementType
  readonly spread: Spread
}

/** Elements that are drawn uniformly from [low, high) by a generator seeded with the model's seed and the weight's name. */
export interface DrawnValues {
  readonly low: number
  readonly high: number
  /** Share of the elements, those nearest to 0, that are 0; the others are scaled so that the variance stays. */
  readonly pruned?: number
  /** The weight whose elements these are, when it has another name. */
  readonly as?: string
  /** Elements are stored as multiples of this. */
  readonly step?: number
}

/** Elements that are computed from their position: tables, shapes, bounds of an operation. */
export interface ComputedValues {
  readonly at: (index: number) => number
}

/** A constant of the model. Its elements are not stored, so that a writer needs memory for one block only. */
export interface Weight {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: ElementType
  /** Only parameters are learned: running statistics of a normalisation and bounds of an operation are not. */
  readonly role: 'parameter' | 'statistic' | 'constant'
  readonly values: DrawnValues | ComputedValues
}

export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly string: string }

/** The operations that graphs are made of, with the names and the meaning that ONNX gives them. */
export type Operation =
  | 'Add'
  | 'BatchNormalization'
  | 'Cast'
  | 'Clip'
  | 'Concat'
  | 'Conv'
  | 'ConvTranspose'
  | 'DequantizeLinear'
  | 'Div'
  | 'Erf'
  | 'Flatten'
  | 'GRU'
  | 'Gather'
  | 'Gemm'
  | 'GlobalAveragePool'
  | 'LSTM'
  | 'LayerNormalization'
  | 'LessOrEqual'
  | 'LogSoftmax'
  | 'MatMul'
  | 'MaxPool'
  | 'Mul'
  | 'Neg'
  | 'NonMaxSuppression'
  | 'Pow'
  | 'QuantizeLinear'
  | 'RNN'
  | 'Range'
  | 'ReduceMean'
  | 'ReduceSum'
  | 'Relu'
  | 'Reshape'
  | 'Resize'
  | 'Shape'
  | 'Sigmoid'
  | 'Slice'
  | 'Softmax'
  | 'Split'
  | 'Sqrt'
  | 'Squeeze'
  | 'Sub'
  | 'Tanh'
  | 'Transpose'
  | 'Unsqueeze'
  | 'Where'

export interface Node {
  readonly operation: Operation
  readonly name: string
  /** Names of tensors and weights; an empty one is an optional input that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly Tensor[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** A model without its bytes: what writers and static metrics start from. Nodes are in topological order. */
export interface Graph {
  readonly name: string
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  readonly weights: readonly Weight[]
  readonly nodes: readonly Node[]
  /** What named dimensions are when static metrics are counted. */
  readonly sizes: Readonly<Record<string, number>>
  /** The version of the operations. Default 17. */
  readonly operatorSet?: number
}

/** Elements of a shape; named dimensions that `sizes` does not have are 1. */
export function countElements(shape: Shape, sizes: Readonly<Record<string, number>> = {}): number {
  return shape.reduce<number>(
    (product, size) => product * (typeof size === 'string' ? (sizes[size] ?? 1) : size),
    1,
  )
}

/** Bytes of a tensor or weight. */
export function countBytes(
  { shape, type }: { readonly shape: Shape; readonly type: ElementType },
  sizes?: Readonly<Record<string, number>>,
): number {
  return countElements(shape, sizes) * ELEMENT_BYTES[type]
}

/** A dimension of a tensor that is known while the graph is built. */
export function sizeOf(
  { name, shape }: { readonly name: string; readonly shape: Shape },
  axis: number,
): number {
  const size = shape.at(axis)
  if (typeof size !== 'number') throw new TypeError(`Dimension ${axis} of '${name}' is ${size}.`)
  return size
}
