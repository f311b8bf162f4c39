import { sizeOf, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { normal } from '../graph/spread.ts'

const SHIFT = { low: -0.1, high: 0.1 }

/** As at inference: scale near `gain`, small shift, running mean near 0 and variance near 1. */
export function batchNormalization(graph: GraphBuilder, layer: string, x: Tensor, gain = 1): Tensor {
  const shape = [sizeOf(x, 1)]
  const inputs = [
    x,
    graph.weight(`${layer}.scale`, shape, { low: 0.9 * gain, high: 1.1 * gain }),
    graph.weight(`${layer}.shift`, shape, SHIFT),
    graph.weight(`${layer}.mean`, shape, SHIFT, 'statistic'),
    graph.weight(`${layer}.variance`, shape, { low: 0.9, high: 1.1 }, 'statistic'),
  ]
  const spread = normal(gain * gain * x.spread.meanSquare)
  return graph.node(
    'BatchNormalization',
    layer,
    inputs,
    { shape: x.shape, spread },
    { epsilon: { float: 1e-5 } },
  )
}

/** Over the last dimension, with scale near 1 and small shift. */
export function layerNormalization(graph: GraphBuilder, layer: string, x: Tensor, epsilon = 1e-5): Tensor {
  const shape = [sizeOf(x, -1)]
  const scale = graph.weight(`${layer}.scale`, shape, { low: 0.9, high: 1.1 })
  const shift = graph.weight(`${layer}.shift`, shape, SHIFT)
  const output = { shape: x.shape, spread: normal(1) }
  return graph.node('LayerNormalization', layer, [x, scale, shift], output, {
    axis: { int: -1 },
    epsilon: { float: epsilon },
  })
}

/** x / √(mean of x² + ε) · scale, over the last dimension. */
export function rmsNormalization(graph: GraphBuilder, layer: string, x: Tensor, epsilon = 1e-5): Tensor {
  const narrow = [...x.shape.slice(0, -1), 1]
  const two = graph.scalar(2)
  const squares = graph.node('Pow', `${layer}.squares`, [x, two], { shape: x.shape, spread: x.spread })
  const mean = graph.node(
    'ReduceMean',
    `${layer}.mean`,
    [squares],
    { shape: narrow, spread: normal(x.spread.meanSquare) },
    { axes: { ints: [-1] }, keepdims: { int: 1 } },
  )
  const shifted = graph.node('Add', `${layer}.shifted`, [mean, graph.scalar(epsilon)], {
    shape: narrow,
    spread: mean.spread,
  })
  const root = graph.node('Sqrt', `${layer}.root`, [shifted], { shape: narrow, spread: mean.spread })
  const spread = normal(1)
  const normalized = graph.node('Div', `${layer}.normalized`, [x, root], { shape: x.shape, spread })
  const scale = graph.weight(`${layer}.scale`, [sizeOf(x, -1)], { low: 0.9, high: 1.1 })
  return graph.node('Mul', layer, [normalized, scale], { shape: x.shape, spread })
}
