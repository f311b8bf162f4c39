import type { Graph } from '../graph/graph.ts'
import { weightOperands } from './weight-operands.ts'

/** Cuts the smallest weights of matrix products, convolutions and recurrent layers off. */
export function prune(graph: Graph, share: number): Graph {
  const names = weightOperands(graph)
  return {
    ...graph,
    weights: graph.weights.map((weight) =>
      names.has(weight.name) && 'low' in weight.values
        ? { ...weight, values: { ...weight.values, pruned: share } }
        : weight,
    ),
  }
}
