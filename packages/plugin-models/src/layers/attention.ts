import { sizeOf, type Dimension, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import { bounded, normal } from '../graph/spread.ts'
import { reshape, transpose } from './arrange.ts'
import { add } from './elementwise.ts'
import { softmax } from './softmax.ts'

/** [N, S, heads · size] to [N, heads, S, size]. */
export function toHeads(graph: GraphBuilder, name: string, x: Tensor, heads: number): Tensor {
  const [batch, length] = x.shape as [Dimension, Dimension]
  const apart = reshape(graph, `${name}.apart`, x, [batch, length, heads, sizeOf(x, -1) / heads])
  return transpose(graph, name, apart, [0, 2, 1, 3])
}

/**
 * softmax(q · kᵀ / √size + mask) · v, from [N, heads, S, size] to [N, S, heads · size]. With fewer heads in k and v each
 * of theirs serves a group of q's.
 * @param mask is added to the scores: [S, T] or [N, 1, 1, T]
 */
export function attend(
  graph: GraphBuilder,
  layer: string,
  {
    q,
    k,
    v,
    mask,
  }: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor; readonly mask: Tensor | null },
): Tensor {
  const [batch, heads, length, size] = q.shape as [Dimension, number, Dimension, number]
  const groups = sizeOf(k, 1)
  const isGrouped = groups !== heads
  const total = k.shape[2] as Dimension
  const front: readonly Dimension[] = isGrouped ? [batch, groups, heads / groups] : [batch, heads]
  const flat = transpose(graph, `${layer}.keys`, k, [0, 1, 3, 2])
  const query = isGrouped ? reshape(graph, `${layer}.query`, q, [...front, length, size]) : q
  const keys = isGrouped ? withGroups(graph, `${layer}.keys.grouped`, flat) : flat
  const values = isGrouped ? withGroups(graph, `${layer}.values.grouped`, v) : v

  const shape = [...front, length, total]
  const variance = size * q.spread.meanSquare * k.spread.meanSquare
  const products = graph.node('MatMul', `${layer}.products`, [query, keys], {
    shape,
    spread: normal(variance),
  })
  const root = graph.scalar(Math.sqrt(size))
  const scores = graph.node('Div', `${layer}.scores`, [products, root], {
    shape,
    spread: normal(variance / size),
  })
  const masked = mask === null ? scores : add(graph, `${layer}.masked`, scores, mask)
  const shares = softmax(graph, `${layer}.shares`, { ...masked, spread: scores.spread, shape })
  // A mean of values, of which a few carry most of the weight.
  const spread = bounded({ ...v.spread, meanSquare: v.spread.meanSquare / 4 })
  const context = graph.node('MatMul', `${layer}.context`, [shares, values], {
    shape: [...front, length, size],
    spread,
  })
  const rank = front.length
  const order = [0, rank, ...Array.from({ length: rank - 1 }, (_, axis) => axis + 1), rank + 1]
  const ordered = transpose(graph, `${layer}.ordered`, context, order)
  return reshape(graph, `${layer}.joined`, ordered, [batch, length, heads * size])
}

/** [N, groups, …] to [N, groups, 1, …], which is broadcast over the heads of a group. */
function withGroups(graph: GraphBuilder, name: string, x: Tensor): Tensor {
  const shape = [...x.shape.slice(0, 2), 1, ...x.shape.slice(2)]
  return graph.node('Unsqueeze', name, [x, graph.list([2])], { shape, spread: x.spread })
}
