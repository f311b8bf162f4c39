import type { Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { activate } from '../layers/activation.ts'
import { classifier } from '../layers/classifier.ts'
import { branchGain, convolutionBlock } from '../layers/convolution-block.ts'
import { add } from '../layers/elementwise.ts'
import { maxPool } from '../layers/pooling.ts'
import type { Head } from '../layers/softmax.ts'
import { shortcut } from './cnn.ts'
import { oneOf, whole, type Family } from './family.ts'

/** ResNet (He et al. 2015) for images of [N, channels, size, size]. */
export interface ResnetShape {
  readonly family: 'resnet'
  /** 18 and 34 have basic blocks, the others bottlenecks. Default 50. */
  readonly layers: 18 | 34 | 50 | 101 | 152
  /** Where a bottleneck strides: in its first convolution (1, the paper) or in the 3×3 one (1.5). Default 1.5. */
  readonly version: 1 | 1.5
  /** Default 224. */
  readonly size: number
  /** Default 3. */
  readonly channels: number
  /** Channels of the stem. Default 64. */
  readonly width: number
  /** Default 1000. */
  readonly outputs: number
  /** Default `softmax`. */
  readonly head: Head
}

const STAGES: Readonly<Record<ResnetShape['layers'], readonly number[]>> = {
  18: [2, 2, 2, 2],
  34: [3, 4, 6, 3],
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
}

export const resnet: Family<ResnetShape> = {
  name: 'resnet',
  fields: {
    layers: oneOf(50, [18, 34, 50, 101, 152]),
    version: oneOf(1.5, [1, 1.5]),
    size: whole(224, 8, 8192),
    channels: whole(3),
    width: whole(64),
    outputs: whole(1000),
    head: oneOf('softmax', ['softmax', 'none']),
  },
  nameOf: ({ layers, width, size }) => `resnet-${layers}${width === 64 ? '' : `x${width}`}-${size}`,
  build(graph, { layers, version, size, channels, width, outputs, head }) {
    const stages = STAGES[layers]
    const gain = branchGain(stages.reduce((sum, blocks) => sum + blocks, 0))
    const image = graph.input('input', ['N', channels, size, size])
    let x = convolutionBlock(graph, 'stem', image, width, { kernel: 7, stride: 2, activation: 'relu' })
    x = maxPool(graph, 'stem.pool', x, { kernel: 3, stride: 2, padding: 1 })
    stages.forEach((blocks, stage) => {
      for (let index = 0; index < blocks; index++) {
        const stride = stage > 0 && index === 0 ? 2 : 1
        const layer = `stage${stage + 1}.block${index + 1}`
        const inner = width * 2 ** stage
        const branch =
          layers < 50
            ? basicBranch(graph, layer, x, inner, stride, gain)
            : bottleneckBranch(graph, layer, x, inner, stride, gain, version)
        const sum = add(graph, `${layer}.sum`, branch, shortcut(graph, layer, x, branch, stride))
        x = activate(graph, 'relu', layer, sum)
      }
    })
    return graph.finish({ output: classifier(graph, x, outputs, head) })
  },
}

function basicBranch(
  graph: GraphBuilder,
  layer: string,
  x: Tensor,
  inner: number,
  stride: number,
  gain: number,
): Tensor {
  const first = convolutionBlock(graph, `${layer}.a`, x, inner, { kernel: 3, stride, activation: 'relu' })
  return convolutionBlock(graph, `${layer}.b`, first, inner, { kernel: 3, gain })
}

function bottleneckBranch(
  graph: GraphBuilder,
  layer: string,
  x: Tensor,
  inner: number,
  stride: number,
  gain: number,
  version: 1 | 1.5,
): Tensor {
  const [first, second] = version === 1 ? [stride, 1] : [1, stride]
  const a = convolutionBlock(graph, `${layer}.a`, x, inner, { kernel: 1, stride: first, activation: 'relu' })
  const b = convolutionBlock(graph, `${layer}.b`, a, inner, { kernel: 3, stride: second, activation: 'relu' })
  return convolutionBlock(graph, `${layer}.c`, b, 4 * inner, { kernel: 1, gain })
}
