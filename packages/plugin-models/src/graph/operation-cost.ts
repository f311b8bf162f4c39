import { countElements, type Node, type Shape } from './graph.ts'

/** Work of one operation for a batch of one. */
export interface OperationCost {
  /** Multiply-accumulates of matrix products and convolutions; 1 MAC = 2 FLOP. */
  readonly macs: number
  /** Everything else, by the usual conventions: see {@link costOf}. */
  readonly elementwiseFlops: number
}

/**
 * The work of a node. Counted as element-wise: a bias 1 per output; folded batch normalisation 2; Relu, Clip and Add 1;
 * Sigmoid 4; Tanh 5; Softmax 5 per element; average pooling 1 per input element.
 * @param shapeOf shapes of the node's inputs, tensors and weights alike
 */
export function costOf(node: Node, shapeOf: (name: string) => Shape): OperationCost {
  const outputs = countElements(node.output.shape)
  const elementwise = (flopsPerElement: number): OperationCost => ({
    macs: 0,
    elementwiseFlops: flopsPerElement * outputs,
  })
  const hasBias = node.inputs[2] !== undefined
  switch (node.operation) {
    case 'Gemm': {
      const depth = shapeOf(node.inputs[1] as string)[0] as number
      return { macs: outputs * depth, elementwiseFlops: hasBias ? outputs : 0 }
    }
    case 'Conv': {
      const kernel = countElements(shapeOf(node.inputs[1] as string).slice(1))
      return { macs: outputs * kernel, elementwiseFlops: hasBias ? outputs : 0 }
    }
    case 'BatchNormalization':
      return elementwise(2)
    case 'Add':
    case 'Clip':
    case 'Relu':
      return elementwise(1)
    case 'Sigmoid':
      return elementwise(4)
    case 'Softmax':
    case 'Tanh':
      return elementwise(5)
    case 'GlobalAveragePool':
      return { macs: 0, elementwiseFlops: countElements(shapeOf(node.inputs[0] as string)) }
    case 'Flatten':
      return elementwise(0)
  }
}
