import type { Graph } from '../graph/graph.ts'
import { GraphBuilder, withVariance } from '../graph/graph-builder.ts'

/** A multi-layer perceptron: `inputs` – `layers` × `width` – `outputs`. */
export interface MlpShape {
  readonly family: 'mlp'
  /** Features of the input, which has the shape [N, inputs]. Default 256. */
  readonly inputs: number
  /** Units of each hidden layer. Default 256. */
  readonly width: number
  /** Hidden layers. Default 3. */
  readonly layers: number
  /** Units of the output layer. Default 10. */
  readonly outputs: number
  /** Default `relu`. */
  readonly activation: 'relu' | 'sigmoid' | 'tanh'
  /** What follows the output layer. Default `softmax`. */
  readonly head: 'softmax' | 'none'
}

const ACTIVATIONS = { relu: 'Relu', sigmoid: 'Sigmoid', tanh: 'Tanh' } as const

/** Variance of a weight, times the fan-in, that keeps the mean square of the activations (He for Relu). */
const GAINS = { relu: 2, sigmoid: 1, tanh: 1 } as const

/**
 * Plain He scaling keeps the mean square of the activations only in expectation: in a narrow net of a thousand layers
 * the product of the layers' random gains drifts towards 0. So each layer damps its input a little and its bias puts
 * the same share back; the mean square has a stable fixed point at 1, and the whole depth still damps by e² at most.
 */
export function buildMlp(name: string, shape: MlpShape): Graph {
  const graph = new GraphBuilder(name)
  const damping = Math.min(0.1, 2 / shape.layers)
  const bias = withVariance(GAINS[shape.activation] * damping)
  let x = graph.input('input', ['N', shape.inputs])
  for (let layer = 1; layer <= shape.layers; layer++) {
    const fanIn = x.shape[1] as number
    x = graph.gemm(
      `layer${layer}`,
      x,
      shape.width,
      withVariance((GAINS[shape.activation] * (1 - damping)) / fanIn),
      bias,
    )
    x = graph.activation(ACTIVATIONS[shape.activation], `layer${layer}.${shape.activation}`, x)
  }
  x = graph.gemm('head', x, shape.outputs, withVariance(1 / shape.width), withVariance(0.01))
  if (shape.head === 'softmax') x = graph.softmax('softmax', x)
  return graph.finish()
}
