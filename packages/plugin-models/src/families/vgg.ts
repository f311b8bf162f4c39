import { activate } from '../layers/activation.ts'
import { flatten } from '../layers/arrange.ts'
import { convolution } from '../layers/convolution.ts'
import { dense } from '../layers/dense.ts'
import { maxPool } from '../layers/pooling.ts'
import { softmax, type Head } from '../layers/softmax.ts'
import { oneOf, whole, type Family } from './family.ts'

/** VGG (Simonyan & Zisserman 2014) for images of [N, channels, size, size]. */
export interface VggShape {
  readonly family: 'vgg'
  /** Default 16. */
  readonly layers: 11 | 13 | 16 | 19
  /** A multiple of 32. Default 224. */
  readonly size: number
  /** Default 3. */
  readonly channels: number
  /** Channels of the first stage. Default 64. */
  readonly width: number
  /** Units of the two hidden layers at the end. Default 4096. */
  readonly hidden: number
  /** Default 1000. */
  readonly outputs: number
  /** Default `softmax`. */
  readonly head: Head
}

/** Convolutions of each stage. */
const STAGES: Readonly<Record<VggShape['layers'], readonly number[]>> = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
}

export const vgg: Family<VggShape> = {
  name: 'vgg',
  fields: {
    layers: oneOf(16, [11, 13, 16, 19]),
    size: whole(224, 32, 8192),
    channels: whole(3),
    width: whole(64),
    hidden: whole(4096),
    outputs: whole(1000),
    head: oneOf('softmax', ['softmax', 'none']),
  },
  check: ({ size }) =>
    size % 32 === 0 ? [] : [{ path: 'size', message: `must be a multiple of 32, not ${size}.` }],
  nameOf: ({ layers, width, size }) => `vgg-${layers}${width === 64 ? '' : `x${width}`}-${size}`,
  build(graph, { layers, size, channels, width, hidden, outputs, head }) {
    let x = graph.input('input', ['N', channels, size, size])
    STAGES[layers].forEach((convolutions, stage) => {
      for (let index = 0; index < convolutions; index++) {
        const layer = `stage${stage + 1}.conv${index + 1}`
        // Relu halves the mean square.
        const options = { kernel: 3, bias: 0.01, meanSquare: 2 }
        x = activate(
          graph,
          'relu',
          layer,
          convolution(graph, layer, x, width * Math.min(8, 2 ** stage), options),
        )
      }
      x = maxPool(graph, `stage${stage + 1}.pool`, x, { kernel: 2, stride: 2 })
    })
    x = flatten(graph, 'flatten', x)
    for (const layer of ['hidden1', 'hidden2'])
      x = activate(graph, 'relu', layer, dense(graph, layer, x, hidden))
    x = dense(graph, 'head', x, outputs)
    return graph.finish({ output: head === 'softmax' ? softmax(graph, 'softmax', x) : x })
  },
}
