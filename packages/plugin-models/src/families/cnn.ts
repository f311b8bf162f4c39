import type { Graph, Tensor } from '../graph/graph.ts'
import { GraphBuilder, withVariance } from '../graph/graph-builder.ts'

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
  readonly head: 'softmax' | 'none'
}

export function buildCnn(name: string, shape: CnnShape): Graph {
  const layers = new ConvolutionLayers(name, shape)
  const { graph } = layers
  let x = layers.convolution(
    'stem',
    graph.input('input', ['N', shape.channels, shape.size, shape.size]),
    shape.width,
    1,
  )
  x = layers.activation('stem', x)
  for (let stage = 0; stage < shape.stages; stage++) {
    let channels = shape.width
    for (let doubling = 0; doubling < stage; doubling++) channels *= 2
    for (let block = 0; block < shape.blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1
      x = layers[shape.block](`stage${stage + 1}.block${block + 1}`, x, channels, stride)
    }
  }
  x = graph.flatten('flatten', graph.globalAveragePool('pool', x))
  x = graph.gemm('head', x, shape.outputs, withVariance(1 / (x.shape[1] as number)), withVariance(0.01))
  if (shape.head === 'softmax') x = graph.softmax('softmax', x)
  return graph.finish()
}

class ConvolutionLayers {
  readonly graph: GraphBuilder
  readonly #kernel: number
  readonly #relu6: boolean
  /** Each shortcut adds the variance of its branch: scaled so that all of them together at most triple it. */
  readonly #branchGain: number

  constructor(name: string, shape: CnnShape) {
    this.graph = new GraphBuilder(name)
    this.#kernel = shape.kernel
    this.#relu6 = shape.block === 'depthwise'
    this.#branchGain = Math.sqrt(1 / (shape.stages * shape.blocks))
  }

  plain(layer: string, x: Tensor, channels: number, stride: number): Tensor {
    return this.activation(layer, this.convolution(layer, x, channels, stride))
  }

  residual(layer: string, x: Tensor, channels: number, stride: number): Tensor {
    const first = this.activation(`${layer}.a`, this.convolution(`${layer}.a`, x, channels, stride))
    const branch = this.convolution(`${layer}.b`, first, channels, 1, { gain: this.#branchGain })
    const changes = stride !== 1 || x.shape[1] !== channels
    const shortcut = changes
      ? this.convolution(`${layer}.shortcut`, x, channels, stride, { kernel: 1, gain: Math.SQRT1_2 })
      : x
    return this.activation(layer, this.graph.add(`${layer}.sum`, branch, shortcut))
  }

  depthwise(layer: string, x: Tensor, channels: number, stride: number): Tensor {
    const groups = x.shape[1] as number
    const deep = this.activation(
      `${layer}.depthwise`,
      this.convolution(`${layer}.depthwise`, x, groups, stride, { groups }),
    )
    return this.activation(
      `${layer}.pointwise`,
      this.convolution(`${layer}.pointwise`, deep, channels, 1, { kernel: 1 }),
    )
  }

  /** Convolution and normalisation; He-scaled weights. */
  convolution(
    layer: string,
    x: Tensor,
    channels: number,
    stride: number,
    options: { readonly kernel?: number; readonly groups?: number; readonly gain?: number } = {},
  ): Tensor {
    const { kernel = this.#kernel, groups = 1, gain = 1 } = options
    const fanIn = ((x.shape[1] as number) / groups) * kernel * kernel
    const y = this.graph.conv(
      `${layer}.conv`,
      x,
      channels,
      { kernel, stride, groups },
      withVariance(2 / fanIn),
    )
    return this.graph.batchNormalization(`${layer}.norm`, y, gain)
  }

  activation(layer: string, x: Tensor): Tensor {
    return this.#relu6
      ? this.graph.clip(`${layer}.relu6`, x)
      : this.graph.activation('Relu', `${layer}.relu`, x)
  }
}
