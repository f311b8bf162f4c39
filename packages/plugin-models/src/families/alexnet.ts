import { activate } from '../layers/activation.ts'
import { flatten } from '../layers/arrange.ts'
import { convolution } from '../layers/convolution.ts'
import { dense } from '../layers/dense.ts'
import { maxPool } from '../layers/pooling.ts'
import { softmax, type Head } from '../layers/softmax.ts'
import { oneOf, whole, type Family } from './family.ts'

/** AlexNet as it is for one device (Krizhevsky 2014) for images of [N, 3, size, size]. */
export interface AlexnetShape {
  readonly family: 'alexnet'
  /** Default 224. */
  readonly size: number
  /** Units of the two hidden layers at the end. Default 4096. */
  readonly hidden: number
  /** Default 1000. */
  readonly outputs: number
  /** Default `softmax`. */
  readonly head: Head
}

/** Channels, kernel, stride, padding, and whether a pooling follows. */
const CONVOLUTIONS = [
  [64, 11, 4, 2, true],
  [192, 5, 1, 2, true],
  [384, 3, 1, 1, false],
  [256, 3, 1, 1, false],
  [256, 3, 1, 1, true],
] as const

export const alexnet: Family<AlexnetShape> = {
  name: 'alexnet',
  fields: {
    size: whole(224, 63, 8192),
    hidden: whole(4096),
    outputs: whole(1000),
    head: oneOf('softmax', ['softmax', 'none']),
  },
  nameOf: ({ size }) => `alexnet-${size}`,
  build(graph, { size, hidden, outputs, head }) {
    let x = graph.input('input', ['N', 3, size, size])
    CONVOLUTIONS.forEach(([channels, kernel, stride, padding, pools], index) => {
      const layer = `conv${index + 1}`
      const options = { kernel, stride, padding, bias: 0.01, meanSquare: 2 }
      x = activate(graph, 'relu', layer, convolution(graph, layer, x, channels, options))
      if (pools) x = maxPool(graph, `${layer}.pool`, x, { kernel: 3, stride: 2 })
    })
    x = flatten(graph, 'flatten', x)
    for (const layer of ['hidden1', 'hidden2'])
      x = activate(graph, 'relu', layer, dense(graph, layer, x, hidden))
    x = dense(graph, 'head', x, outputs)
    return graph.finish({ output: head === 'softmax' ? softmax(graph, 'softmax', x) : x })
  },
}
