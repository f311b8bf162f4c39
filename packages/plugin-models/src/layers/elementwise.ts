import type { Shape, Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { bounded, summed } from '../graph/spread.ts'

/** Products of normal numbers are far from 0 more often than sums. */
const PRODUCT_REACH = 9

/** Operands are broadcast to each other's shape. */
export function add(graph: GraphBuilder, name: string, a: Tensor, b: Tensor): Tensor {
  return graph.node('Add', name, [a, b], { shape: broadcast(a, b), spread: summed(a.spread, b.spread) })
}

export function multiply(graph: GraphBuilder, name: string, a: Tensor, b: Tensor): Tensor {
  const corners = [a.spread.low, a.spread.high].flatMap((x) => [x * b.spread.low, x * b.spread.high])
  const product = {
    mean: a.spread.mean * b.spread.mean,
    meanSquare: a.spread.meanSquare * b.spread.meanSquare,
    low: Math.min(...corners),
    high: Math.max(...corners),
  }
  const spread = bounded(product, PRODUCT_REACH)
  return graph.node('Mul', name, [a, b], { shape: broadcast(a, b), spread })
}

/** Sizes are equal, or 1, or missing in front. */
export function broadcast(a: Tensor, b: Tensor): Shape {
  const rank = Math.max(a.shape.length, b.shape.length)
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a, b].map(({ shape }) => shape[axis - rank + shape.length] ?? 1)
    if (x !== y && x !== 1 && y !== 1) throw new TypeError(`'${a.name}' and '${b.name}' do not fit together.`)
    return (x === 1 ? y : x) as number | string
  })
}
