import { countElements, sizeOf, type Dimension, type Shape, type Tensor } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'

/** Keeps the first dimension and joins the others. */
export function flatten(graph: GraphBuilder, name: string, x: Tensor): Tensor {
  const shape = [x.shape[0] as Dimension, countElements(x.shape.slice(1))]
  return graph.node('Flatten', name, [x], { shape, spread: x.spread, type: x.type }, { axis: { int: 1 } })
}

/** Named dimensions must stay where they are, except for one. */
export function reshape(graph: GraphBuilder, name: string, x: Tensor, shape: Shape): Tensor {
  const target = shape.map((size, axis) =>
    typeof size === 'number' ? size : x.shape[axis] === size ? 0 : -1,
  )
  return graph.node('Reshape', name, [x, graph.list(target)], { shape, spread: x.spread, type: x.type })
}

export function transpose(graph: GraphBuilder, name: string, x: Tensor, order: readonly number[]): Tensor {
  const shape = order.map((axis) => x.shape[axis] as Dimension)
  return graph.node(
    'Transpose',
    name,
    [x],
    { shape, spread: x.spread, type: x.type },
    { perm: { ints: order } },
  )
}

/** @param size of the joined dimension, where it is not the sum of known ones */
export function concatenate(
  graph: GraphBuilder,
  name: string,
  parts: readonly Tensor[],
  axis: number,
  size?: Dimension,
): Tensor {
  const [first] = parts as readonly [Tensor]
  const joined = size ?? parts.reduce((total, part) => total + sizeOf(part, axis), 0)
  const position = axis < 0 ? axis + first.shape.length : axis
  const shape = first.shape.map((one, index) => (index === position ? joined : one))
  const weighted = parts.map((part) => countElements(part.shape))
  const total = weighted.reduce((sum, count) => sum + count, 0)
  const average = (of: (part: Tensor) => number): number =>
    parts.reduce((sum, part, index) => sum + (of(part) * (weighted[index] as number)) / total, 0)
  const spread = {
    mean: average((part) => part.spread.mean),
    meanSquare: average((part) => part.spread.meanSquare),
    low: Math.min(...parts.map((part) => part.spread.low)),
    high: Math.max(...parts.map((part) => part.spread.high)),
  }
  return graph.node('Concat', name, parts, { shape, spread, type: first.type }, { axis: { int: axis } })
}

/** Cuts a known dimension into pieces, named after the node: `name.1`, `name.2`, … */
export function split(
  graph: GraphBuilder,
  name: string,
  x: Tensor,
  sizes: readonly number[],
  axis: number,
): Tensor[] {
  const position = axis < 0 ? axis + x.shape.length : axis
  const outputs = sizes.map((size, index) => {
    const shape = x.shape.map((one, dimension) => (dimension === position ? size : one))
    return [`${name}.${index + 1}`, { shape, spread: x.spread, type: x.type }] as const
  })
  return graph.nodes('Split', name, [x, graph.list(sizes)], Object.fromEntries(outputs), {
    axis: { int: axis },
  })
}

/** Elements [from, to) of one dimension. */
export function slice(
  graph: GraphBuilder,
  name: string,
  x: Tensor,
  axis: number,
  from: number,
  to: number,
): Tensor {
  const position = axis < 0 ? axis + x.shape.length : axis
  const shape = x.shape.map((size, index) => (index === position ? to - from : size))
  const bounds = [graph.list([from]), graph.list([to]), graph.list([axis])]
  return graph.node('Slice', name, [x, ...bounds], { shape, spread: x.spread, type: x.type })
}

/** Repeats every pixel of [N, C, H, W] `factor` times in both directions. */
export function upsample(graph: GraphBuilder, name: string, x: Tensor, factor: number): Tensor {
  const shape = ['N', sizeOf(x, 1), factor * sizeOf(x, 2), factor * sizeOf(x, 3)]
  const scales = graph.list([1, 1, factor, factor], 'float32')
  return graph.node(
    'Resize',
    name,
    [x, null, scales],
    { shape, spread: x.spread },
    {
      coordinate_transformation_mode: { string: 'asymmetric' },
      mode: { string: 'nearest' },
      nearest_mode: { string: 'floor' },
    },
  )
}
