import { sizeOf, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { normal, withVariance } from '../graph/spread.ts'

type Pair = number | readonly [number, number]

export interface ConvolutionOptions {
  /** Height and width. */
  readonly kernel: Pair
  /** Default 1. */
  readonly stride?: Pair
  /** On both sides. Default: half the kernel, which keeps the size when the stride is 1. */
  readonly padding?: Pair
  /** Default 1. */
  readonly groups?: number
  /** Variance of the bias; `null`: there is none. Default `null`. */
  readonly bias?: number | null
  /** Mean square of the outputs without bias. Default 1. */
  readonly meanSquare?: number
}

/** [N, C, H, W] to [N, outputs, H′, W′]. */
export function convolution(
  graph: GraphBuilder,
  layer: string,
  x: Tensor,
  outputs: number,
  options: ConvolutionOptions,
): Tensor {
  const { groups = 1, bias = null, meanSquare = 1 } = options
  const kernel = pair(options.kernel)
  const stride = pair(options.stride ?? 1)
  const padding = pair(options.padding ?? [kernel[0] >> 1, kernel[1] >> 1])
  const channels = sizeOf(x, 1) / groups
  const reach = (axis: 0 | 1): number =>
    Math.floor((sizeOf(x, 2 + axis) + 2 * padding[axis] - kernel[axis]) / stride[axis]) + 1
  const variance = meanSquare / (channels * kernel[0] * kernel[1] * x.spread.meanSquare)
  const weight = graph.weight(`${layer}.weight`, [outputs, channels, ...kernel], withVariance(variance))
  const shift = bias === null ? [] : [graph.weight(`${layer}.bias`, [outputs], withVariance(bias))]
  const output = { shape: ['N', outputs, reach(0), reach(1)], spread: normal(meanSquare + (bias ?? 0)) }
  return graph.node('Conv', layer, [x, weight, ...shift], output, {
    group: { int: groups },
    kernel_shape: { ints: kernel },
    pads: { ints: [...padding, ...padding] },
    strides: { ints: stride },
  })
}

/** The other way round: [N, C, H, W] to [N, outputs, (H − 1) · stride − 2 · padding + kernel, …]. Not grouped. */
export function transposedConvolution(
  graph: GraphBuilder,
  layer: string,
  x: Tensor,
  outputs: number,
  options: Omit<ConvolutionOptions, 'groups'>,
): Tensor {
  const { bias = null, meanSquare = 1 } = options
  const kernel = pair(options.kernel)
  const stride = pair(options.stride ?? 1)
  const padding = pair(options.padding ?? 0)
  const channels = sizeOf(x, 1)
  const reach = (axis: 0 | 1): number =>
    (sizeOf(x, 2 + axis) - 1) * stride[axis] - 2 * padding[axis] + kernel[axis]
  // An output pixel sees one of `stride` kernel elements in each direction.
  const terms = channels * Math.max(1, (kernel[0] * kernel[1]) / (stride[0] * stride[1]))
  const variance = meanSquare / (terms * x.spread.meanSquare)
  const weight = graph.weight(`${layer}.weight`, [channels, outputs, ...kernel], withVariance(variance))
  const shift = bias === null ? [] : [graph.weight(`${layer}.bias`, [outputs], withVariance(bias))]
  const output = { shape: ['N', outputs, reach(0), reach(1)], spread: normal(meanSquare + (bias ?? 0)) }
  return graph.node('ConvTranspose', layer, [x, weight, ...shift], output, {
    kernel_shape: { ints: kernel },
    pads: { ints: [...padding, ...padding] },
    strides: { ints: stride },
  })
}

function pair(value: Pair): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value
}
