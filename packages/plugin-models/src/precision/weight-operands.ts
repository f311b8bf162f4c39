import type { Graph, Operation } from '../graph/graph.ts'

/** Which inputs of an operation are what it multiplies with. */
const OPERANDS: Readonly<Partial<Record<Operation, readonly number[]>>> = {
  Gemm: [1],
  MatMul: [1],
  Conv: [1],
  ConvTranspose: [1],
  RNN: [1, 2],
  GRU: [1, 2],
  LSTM: [1, 2],
}

/** The drawn weights that products and convolutions are made with: nearly all of a model's bytes and work. */
export function weightOperands(graph: Graph): Set<string> {
  const drawn = new Set(graph.weights.filter(({ values }) => 'low' in values).map(({ name }) => name))
  const names = graph.nodes.flatMap(({ operation, inputs }) =>
    (OPERANDS[operation] ?? []).map((index) => inputs[index] as string),
  )
  return new Set(names.filter((name) => drawn.has(name)))
}
