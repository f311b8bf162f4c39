import { sizeOf, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'

/** Over the last dimension, or over another one. */
export function softmax(graph: GraphBuilder, name: string, x: Tensor, axis = -1): Tensor {
  const size = x.shape.at(axis)
  const width = typeof size === 'number' ? size : 100
  const spread = { mean: 1 / width, meanSquare: 2 / (width * width), low: 0, high: 1 }
  return graph.node('Softmax', name, [x], { shape: x.shape, spread }, { axis: { int: axis } })
}

/** What follows an output layer of a classifier. */
export type Head = 'softmax' | 'none'

export function logSoftmax(graph: GraphBuilder, name: string, x: Tensor): Tensor {
  const limit = 2 * Math.log(sizeOf(x, -1) + 1)
  const spread = { mean: -limit / 2, meanSquare: (limit * limit) / 3, low: -2 * limit, high: 0 }
  return graph.node('LogSoftmax', name, [x], { shape: x.shape, spread }, { axis: { int: -1 } })
}
