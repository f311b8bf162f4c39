import { sizeOf, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { classifier } from '../layers/classifier.ts'
import { branchGain, convolutionBlock } from '../layers/convolution-block.ts'
import { add } from '../layers/elementwise.ts'
import type { Head } from '../layers/softmax.ts'
import { factor, oneOf, whole, type Family } from './family.ts'

/** MobileNet version 1 (Howard et al. 2017) or 2 (Sandler et al. 2018) for images of [N, channels, size, size]. */
export interface MobilenetShape {
  readonly family: 'mobilenet'
  /** Default 2. */
  readonly version: 1 | 2
  /** Multiplies the channels of all layers. Default 1. */
  readonly multiplier: number
  /** Default 224. */
  readonly size: number
  /** Default 3. */
  readonly channels: number
  /** Default 1000. */
  readonly outputs: number
  /** Default `softmax`. */
  readonly head: Head
}

/** Version 1: channels and stride of each pair of convolutions. */
const PAIRS = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const

/** Version 2: expansion, channels, blocks, stride of the first. */
const GROUPS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const
const SHORTCUTS = 10

export const mobilenet: Family<MobilenetShape> = {
  name: 'mobilenet',
  fields: {
    version: oneOf(2, [1, 2]),
    multiplier: factor(1),
    size: whole(224, 8, 8192),
    channels: whole(3),
    outputs: whole(1000),
    head: oneOf('softmax', ['softmax', 'none']),
  },
  nameOf: ({ version, multiplier, size }) => `mobilenet-v${version}-${multiplier}-${size}`,
  build(graph, shape) {
    const { version, channels, size, outputs, head } = shape
    const widen = (width: number): number => roundToEight(width * shape.multiplier)
    const image = graph.input('input', ['N', channels, size, size])
    const options = { kernel: 3, stride: 2, activation: 'relu6' } as const
    const x = convolutionBlock(graph, 'stem', image, widen(32), options)
    const features =
      version === 1 ? layVersion1(graph, x, widen) : layVersion2(graph, x, widen, shape.multiplier)
    return graph.finish({ output: classifier(graph, features, outputs, head) })
  },
}

function layVersion1(graph: GraphBuilder, x: Tensor, widen: (width: number) => number): Tensor {
  return PAIRS.reduce((input, [width, stride], index) => {
    const layer = `block${index + 1}`
    const deep = depthwise(graph, `${layer}.depthwise`, input, stride)
    return convolutionBlock(graph, `${layer}.pointwise`, deep, widen(width), {
      kernel: 1,
      activation: 'relu6',
    })
  }, x)
}

function layVersion2(
  graph: GraphBuilder,
  stem: Tensor,
  widen: (width: number) => number,
  multiplier: number,
): Tensor {
  let x = stem
  let block = 0
  for (const [expansion, width, count, firstStride] of GROUPS) {
    for (let index = 0; index < count; index++) {
      const layer = `block${++block}`
      const hidden = expansion * sizeOf(x, 1)
      const stride = index === 0 ? firstStride : 1
      const wide =
        expansion === 1
          ? x
          : convolutionBlock(graph, `${layer}.expand`, x, hidden, { kernel: 1, activation: 'relu6' })
      const deep = depthwise(graph, `${layer}.depthwise`, wide, stride)
      const isResidual = stride === 1 && sizeOf(x, 1) === widen(width)
      const gain = isResidual ? branchGain(SHORTCUTS) : 1
      const narrow = convolutionBlock(graph, `${layer}.project`, deep, widen(width), { kernel: 1, gain })
      x = isResidual ? add(graph, `${layer}.sum`, x, narrow) : narrow
    }
  }
  // The last layer never gets narrower than 1280.
  const width = roundToEight(1280 * Math.max(1, multiplier))
  return convolutionBlock(graph, 'last', x, width, { kernel: 1, activation: 'relu6' })
}

function depthwise(graph: GraphBuilder, layer: string, x: Tensor, stride: number): Tensor {
  const channels = sizeOf(x, 1)
  return convolutionBlock(graph, layer, x, channels, {
    kernel: 3,
    stride,
    groups: channels,
    activation: 'relu6',
  })
}

/** To a multiple of 8, at least 8, and never by more than a tenth down: as the authors do it. */
function roundToEight(width: number): number {
  const rounded = Math.max(8, Math.floor((width + 4) / 8) * 8)
  return rounded < 0.9 * width ? rounded + 8 : rounded
}
