import { sizeOf, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { activate } from '../layers/activation.ts'
import { classifier } from '../layers/classifier.ts'
import { branchGain, convolutionBlock } from '../layers/convolution-block.ts'
import { add } from '../layers/elementwise.ts'
import type { Head } from '../layers/softmax.ts'
import { oneOf, whole, type Family } from './family.ts'

/**
 * A convolutional classifier: stem, `stages` of `blocks` blocks, global average pooling, output layer. The first stage
 * has `width` channels; each later one has twice as many at half the resolution.
 */
export interface CnnShape {
  readonly family: 'cnn'
  /**
   * - `plain`: convolution, normalisation, Relu (VGG-like). Default
   * - `residual`: two of those with a shortcut (the basic block of ResNet)
   * - `depthwise`: depthwise and pointwise convolution with Relu6 (MobileNetV1)
   */
  readonly block: 'plain' | 'residual' | 'depthwise'
  /** Height and width of the input, which has the shape [N, channels, size, size]. Default 32. */
  readonly size: number
  /** Channels of the input. Default 3. */
  readonly channels: number
  /** Channels of the first stage. Default 16. */
  readonly width: number
  /** Default 3. */
  readonly stages: number
  /** Blocks per stage. Default 2. */
  readonly blocks: number
  /** Height and width of the kernels; odd. Default 3. */
  readonly kernel: number
  /** Default 10. */
  readonly outputs: number
  /** What follows the output layer. Default `softmax`. */
  readonly head: Head
}

type Block = (
  graph: GraphBuilder,
  layer: string,
  x: Tensor,
  channels: number,
  options: { readonly stride: number; readonly kernel: number; readonly gain: number },
) => Tensor

export const cnn: Family<CnnShape> = {
  name: 'cnn',
  fields: {
    block: oneOf('plain', ['plain', 'residual', 'depthwise']),
    size: whole(32, 1, 8192),
    channels: whole(3),
    width: whole(16),
    stages: whole(3, 1, 12),
    blocks: whole(2, 1, 512),
    kernel: whole(3, 1, 31),
    outputs: whole(10),
    head: oneOf('softmax', ['softmax', 'none']),
  },
  check({ kernel, size, stages }) {
    const problems = []
    if (kernel % 2 === 0) problems.push({ path: 'kernel', message: `must be odd, not ${kernel}.` })
    if (size >> (stages - 1) < 1) {
      const message = `halve the resolution: ${stages} are too many for a size of ${size}.`
      problems.push({ path: 'stages', message })
    }
    return problems
  },
  nameOf: ({ block, stages, blocks, width, size }) => `cnn-${block}-${stages}x${blocks}x${width}-${size}`,
  build(graph, { block, size, channels: inputs, width, stages, blocks, kernel, outputs, head }) {
    const gain = branchGain(stages * blocks)
    const activation = block === 'depthwise' ? 'relu6' : 'relu'
    const image = graph.input('input', ['N', inputs, size, size])
    let x = convolutionBlock(graph, 'stem', image, width, { kernel, activation })
    for (let stage = 0; stage < stages; stage++) {
      const channels = width * 2 ** stage
      for (let index = 0; index < blocks; index++) {
        const stride = stage > 0 && index === 0 ? 2 : 1
        x = BLOCKS[block](graph, `stage${stage + 1}.block${index + 1}`, x, channels, { stride, kernel, gain })
      }
    }
    return graph.finish({ output: classifier(graph, x, outputs, head) })
  },
}

const BLOCKS: Readonly<Record<CnnShape['block'], Block>> = {
  plain: (graph, layer, x, channels, { stride, kernel }) =>
    convolutionBlock(graph, layer, x, channels, { kernel, stride, activation: 'relu' }),
  residual(graph, layer, x, channels, { stride, kernel, gain }) {
    const first = convolutionBlock(graph, `${layer}.a`, x, channels, { kernel, stride, activation: 'relu' })
    const branch = convolutionBlock(graph, `${layer}.b`, first, channels, { kernel, gain })
    return activate(
      graph,
      'relu',
      layer,
      add(graph, `${layer}.sum`, branch, shortcut(graph, layer, x, branch, stride)),
    )
  },
  depthwise(graph, layer, x, channels, { stride, kernel }) {
    const options = { kernel, stride, groups: sizeOf(x, 1), activation: 'relu6' } as const
    const deep = convolutionBlock(graph, `${layer}.depthwise`, x, sizeOf(x, 1), options)
    return convolutionBlock(graph, `${layer}.pointwise`, deep, channels, { kernel: 1, activation: 'relu6' })
  },
}

/** What came in, projected where the branch has changed its shape. */
export function shortcut(
  graph: GraphBuilder,
  layer: string,
  x: Tensor,
  branch: Tensor,
  stride: number,
): Tensor {
  if (stride === 1 && x.shape[1] === branch.shape[1]) return x
  return convolutionBlock(graph, `${layer}.shortcut`, x, sizeOf(branch, 1), {
    kernel: 1,
    stride,
    padding: 0,
    gain: Math.SQRT1_2,
  })
}
