import type { Graph, Node, Tensor, Weight } from '../graph/graph.ts'
import { readWeight } from '../graph/weight-values.ts'

/** A graph without the normalisations that follow convolutions. */
export interface Folded {
  readonly graph: Graph
  /** What each output channel of a convolution's weight is multiplied with, by the weight's name. */
  readonly channels: ReadonlyMap<string, readonly number[]>
}

/**
 * Takes normalisations out that scale what a convolution gives: the scale becomes a factor of the weight's channels, the
 * shift a bias. The weights' elements stay as they are.
 */
export function foldNormalizations(graph: Graph, seed: number): Folded {
  const weights = new Map(graph.weights.map((weight) => [weight.name, weight]))
  const uses = new Map<string, number>()
  for (const name of graph.nodes.flatMap(({ inputs }) => inputs)) uses.set(name, (uses.get(name) ?? 0) + 1)
  const normalizations = new Map(
    graph.nodes
      .filter(({ operation }) => operation === 'BatchNormalization')
      .map((node) => [node.inputs[0], node]),
  )
  const channels = new Map<string, readonly number[]>()
  const gone = new Set<Node>()
  const nodes = graph.nodes.map((node) => {
    const [output] = node.outputs as readonly [Tensor]
    const next = normalizations.get(output.name)
    // A transposed convolution has its output channels in the second place of its weight.
    if (
      node.operation !== 'Conv' ||
      node.inputs.length > 2 ||
      next === undefined ||
      uses.get(output.name) !== 1
    ) {
      return node
    }
    const { factors, shifts } = readNormalization(next, weights, seed)
    const bias = `${node.name}.folded`
    channels.set(node.inputs[1] as string, factors)
    const values = { at: (index: number) => shifts[index] as number }
    weights.set(bias, { name: bias, shape: [shifts.length], type: 'float32', role: 'parameter', values })
    gone.add(next)
    for (const name of next.inputs.slice(1)) weights.delete(name)
    return { ...node, inputs: [...node.inputs, bias], outputs: next.outputs }
  })
  return {
    graph: { ...graph, weights: [...weights.values()], nodes: nodes.filter((node) => !gone.has(node)) },
    channels,
  }
}

function readNormalization(
  { inputs, attributes }: Node,
  weights: ReadonlyMap<string, Weight>,
  seed: number,
): { readonly factors: readonly number[]; readonly shifts: readonly number[] } {
  const [scale, shift, mean, variance] = inputs
    .slice(1)
    .map((name) => [...readWeight(weights.get(name) as Weight, seed)]) as [
    number[],
    number[],
    number[],
    number[],
  ]
  const { float: epsilon } = attributes['epsilon'] as { float: number }
  const factors = scale.map((value, index) => value / Math.sqrt((variance[index] as number) + epsilon))
  return {
    factors,
    shifts: shift.map((value, index) => value - (mean[index] as number) * (factors[index] as number)),
  }
}
