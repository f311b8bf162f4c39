import { sizeOf, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'

/** The largest of k² rectified normal numbers has about this many times their mean square. */
const LARGEST_OF: Readonly<Record<number, number>> = { 2: 3, 3: 5 }
const LARGEST_OF_MANY = 8

export interface PoolOptions {
  readonly kernel: number
  readonly stride: number
  /** On all sides. Default 0. */
  readonly padding?: number
}

export function maxPool(graph: GraphBuilder, layer: string, x: Tensor, options: PoolOptions): Tensor {
  const { kernel, stride, padding = 0 } = options
  const reach = (axis: number): number => Math.floor((sizeOf(x, axis) + 2 * padding - kernel) / stride) + 1
  const { meanSquare, high, low } = x.spread
  const larger = meanSquare * (LARGEST_OF[kernel] ?? LARGEST_OF_MANY)
  const spread = { mean: Math.sqrt(0.8 * larger), meanSquare: larger, low, high }
  return graph.node(
    'MaxPool',
    layer,
    [x],
    { shape: ['N', sizeOf(x, 1), reach(2), reach(3)], spread },
    {
      kernel_shape: { ints: [kernel, kernel] },
      pads: { ints: [padding, padding, padding, padding] },
      strides: { ints: [stride, stride] },
    },
  )
}

/** [N, C, H, W] to [N, C, 1, 1]. */
export function globalAveragePool(graph: GraphBuilder, layer: string, x: Tensor): Tensor {
  const { mean, meanSquare, low, high } = x.spread
  // Pixels are alike: a tenth of their variance stays.
  const spread = { mean, meanSquare: 0.9 * mean * mean + 0.1 * meanSquare, low, high }
  return graph.node('GlobalAveragePool', layer, [x], { shape: ['N', sizeOf(x, 1), 1, 1], spread })
}
