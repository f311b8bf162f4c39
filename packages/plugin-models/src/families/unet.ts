import { sizeOf, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { concatenate } from '../layers/arrange.ts'
import { convolution, transposedConvolution } from '../layers/convolution.ts'
import { convolutionBlock } from '../layers/convolution-block.ts'
import { maxPool } from '../layers/pooling.ts'
import { whole, type Family } from './family.ts'

/**
 * U-Net (Ronneberger et al. 2015) with normalisation and padding: from [N, channels, size, size] to class scores
 * [N, outputs, size, size].
 */
export interface UnetShape {
  readonly family: 'unet'
  /** A multiple of 2^depth. Default 256. */
  readonly size: number
  /** Default 3. */
  readonly channels: number
  /** Channels at full resolution. Default 64. */
  readonly width: number
  /** How often the resolution is halved. Default 4. */
  readonly depth: number
  /** Default 2. */
  readonly outputs: number
}

export const unet: Family<UnetShape> = {
  name: 'unet',
  fields: {
    size: whole(256, 1, 8192),
    channels: whole(3),
    width: whole(64),
    depth: whole(4, 1, 8),
    outputs: whole(2),
  },
  check: ({ size, depth }) =>
    size % 2 ** depth === 0
      ? []
      : [
          {
            path: 'size',
            message: `must be a multiple of ${2 ** depth} with a depth of ${depth}, not ${size}.`,
          },
        ],
  nameOf: ({ width, depth, size }) => `unet-${depth}x${width}-${size}`,
  build(graph, { size, channels, width, depth, outputs }) {
    const skipped: Tensor[] = []
    let x = twice(graph, 'down0', graph.input('input', ['N', channels, size, size]), width)
    for (let level = 1; level <= depth; level++) {
      skipped.push(x)
      const smaller = maxPool(graph, `down${level}.pool`, x, { kernel: 2, stride: 2 })
      x = twice(graph, `down${level}`, smaller, width * 2 ** level)
    }
    for (let level = depth; level >= 1; level--) {
      const skip = skipped.pop() as Tensor
      const options = { kernel: 2, stride: 2, bias: 0.01 }
      const larger = transposedConvolution(graph, `up${level}.grow`, x, sizeOf(skip, 1), options)
      x = twice(
        graph,
        `up${level}`,
        concatenate(graph, `up${level}.joined`, [skip, larger], 1),
        sizeOf(skip, 1),
      )
    }
    return graph.finish({ output: convolution(graph, 'head', x, outputs, { kernel: 1, bias: 0.01 }) })
  },
}

function twice(graph: GraphBuilder, layer: string, x: Tensor, channels: number): Tensor {
  const first = convolutionBlock(graph, `${layer}.a`, x, channels, { kernel: 3, activation: 'relu' })
  return convolutionBlock(graph, `${layer}.b`, first, channels, { kernel: 3, activation: 'relu' })
}
