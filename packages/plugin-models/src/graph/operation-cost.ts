import { countElements, type Node, type Operation, type Shape } from './graph.ts'

/** Work of one operation. */
export interface OperationCost {
  /** Multiply-accumulates of matrix products, convolutions and recurrent layers; 1 MAC = 2 FLOP. */
  readonly macs: number
  /** Everything else, by the usual conventions: see {@link costOf}. */
  readonly elementwiseFlops: number
}

/** FLOP for each element of the output. What is not here only moves data. */
const PER_OUTPUT: Readonly<Partial<Record<Operation, number>>> = {
  Add: 1,
  BatchNormalization: 2,
  Clip: 1,
  DequantizeLinear: 2,
  Div: 1,
  Erf: 6,
  LayerNormalization: 8,
  LessOrEqual: 1,
  LogSoftmax: 5,
  Mul: 1,
  Neg: 1,
  Pow: 1,
  QuantizeLinear: 2,
  Relu: 1,
  Sigmoid: 4,
  Softmax: 5,
  Sqrt: 1,
  Sub: 1,
  Tanh: 5,
  Where: 1,
}

/** Gates, and element-wise FLOP of a hidden unit and step without the two biases. */
const RECURRENT = {
  RNN: { gates: 1, perUnit: 5 },
  GRU: { gates: 3, perUnit: 18 },
  LSTM: { gates: 4, perUnit: 25 },
} as const

/**
 * The work of a node. Counted as element-wise: a bias 1 per output; folded batch normalisation 2; Relu, Clip and
 * arithmetic 1; Sigmoid 4; Tanh and Softmax 5; Erf 6; layer normalisation 8; conversion to and from 8 bits 2; pooling
 * and sums 1 per input element and window; recurrent layers 2 biases per gate and the gates' own work.
 * @param shapeOf shapes of the node's inputs, tensors and weights alike
 * @param sizes of named dimensions
 */
export function costOf(
  node: Node,
  shapeOf: (name: string) => Shape,
  sizes: Readonly<Record<string, number>>,
): OperationCost {
  const [output] = node.outputs as readonly [Node['outputs'][number]]
  const outputs = countElements(output.shape, sizes)
  const [first = [], second = []] = node.inputs.map((name) => (name === '' ? [] : shapeOf(name)))
  const bias = node.inputs[2] === undefined ? 0 : outputs
  switch (node.operation) {
    case 'Gemm':
      return { macs: outputs * countElements(second.slice(0, 1)), elementwiseFlops: bias }
    case 'MatMul':
      return { macs: outputs * countElements(first.slice(-1), sizes), elementwiseFlops: 0 }
    case 'Conv':
      return { macs: outputs * countElements(second.slice(1)), elementwiseFlops: bias }
    case 'ConvTranspose':
      return { macs: countElements(first, sizes) * countElements(second.slice(1)), elementwiseFlops: bias }
    case 'RNN':
    case 'GRU':
    case 'LSTM': {
      const { gates, perUnit } = RECURRENT[node.operation]
      const [steps, directions, , hidden] = output.shape as [number, number, string, number]
      const units = countElements([steps, directions, 'N', hidden], sizes)
      const inputs = countElements(first.slice(-1))
      return { macs: units * gates * (inputs + hidden), elementwiseFlops: units * (2 * gates + perUnit) }
    }
    case 'MaxPool': {
      const { ints } = node.attributes['kernel_shape'] as { ints: readonly number[] }
      return { macs: 0, elementwiseFlops: outputs * countElements(ints) }
    }
    case 'GlobalAveragePool':
    case 'ReduceMean':
    case 'ReduceSum':
      return { macs: 0, elementwiseFlops: countElements(first, sizes) }
    default:
      return { macs: 0, elementwiseFlops: outputs * (PER_OUTPUT[node.operation] ?? 0) }
  }
}
