import { activate } from '../layers/activation.ts'
import { dense } from '../layers/dense.ts'
import { softmax, type Head } from '../layers/softmax.ts'
import { oneOf, whole, type Family } from './family.ts'

/** A multi-layer perceptron: `inputs` – `layers` × `width` – `outputs`. */
export interface MlpShape {
  readonly family: 'mlp'
  /** Features of the input, which has the shape [N, inputs]. Default 256. */
  readonly inputs: number
  /** Units of each hidden layer. Default 256. */
  readonly width: number
  /** Hidden layers, 2048 at most. Default 3. */
  readonly layers: number
  /** Units of the output layer. Default 10. */
  readonly outputs: number
  /** Default `relu`. */
  readonly activation: 'relu' | 'sigmoid' | 'tanh'
  /** What follows the output layer. Default `softmax`. */
  readonly head: Head
}

/**
 * Plain He scaling keeps the mean square of the activations only in expectation: in a narrow net of a thousand layers
 * the product of the layers' random gains drifts towards 0. So each layer damps its input a little and its bias puts
 * the same share back; the mean square has a stable fixed point, and the whole depth still damps by e² at most.
 */
export const mlp: Family<MlpShape> = {
  name: 'mlp',
  fields: {
    inputs: whole(256),
    width: whole(256),
    layers: whole(3, 1, 2048),
    outputs: whole(10),
    activation: oneOf('relu', ['relu', 'sigmoid', 'tanh']),
    head: oneOf('softmax', ['softmax', 'none']),
  },
  nameOf: ({ layers, width }) => `mlp-${layers}x${width}`,
  build(graph, shape) {
    const damping = Math.min(0.1, 2 / shape.layers)
    // Relu halves the mean square.
    const wanted = shape.activation === 'relu' ? 2 : 1
    let x = graph.input('input', ['N', shape.inputs])
    for (let layer = 1; layer <= shape.layers; layer++) {
      const options = { meanSquare: wanted * (1 - damping), bias: wanted * damping }
      x = activate(
        graph,
        shape.activation,
        `layer${layer}`,
        dense(graph, `layer${layer}`, x, shape.width, options),
      )
    }
    x = dense(graph, 'head', x, shape.outputs)
    return graph.finish({ output: shape.head === 'softmax' ? softmax(graph, 'softmax', x) : x })
  },
}
