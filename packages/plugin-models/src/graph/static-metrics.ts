import { countElements, type Graph, type Shape } from './graph.ts'
import { costOf, type OperationCost } from './operation-cost.ts'

const FLOAT_BYTES = 4

/** What is known about a model without running it: exact, for one inference (batch 1). */
export interface StaticMetrics extends OperationCost {
  /** Learned elements. */
  readonly parameters: number
  /** Elements of running statistics, which are not parameters. */
  readonly statistics: number
  /** All constants in the file. */
  readonly weightBytes: number
  /** 2 × MACs. */
  readonly flops: number
  /** Sum of all operations' outputs: a measure of memory traffic. */
  readonly activationBytes: number
  /** Largest sum of values that are needed at the same time, when each is dropped after its last use. */
  readonly peakActivationBytes: number
  readonly inputBytes: number
  readonly outputBytes: number
}

export interface LayerMetrics extends OperationCost {
  readonly name: string
  readonly operation: string
  readonly outputShape: Shape
  readonly parameters: number
  readonly activationBytes: number
}

/** Sums up a graph. See `operation-cost.ts` for what counts as a FLOP. */
export function measureGraph(graph: Graph): StaticMetrics {
  const layers = measureLayers(graph)
  const sum = (pick: (layer: LayerMetrics) => number): number =>
    layers.reduce((total, layer) => total + pick(layer), 0)
  const elements = (role: string): number =>
    graph.weights.reduce(
      (total, weight) => total + (weight.role === role ? countElements(weight.shape) : 0),
      0,
    )
  const bytes = (shapes: readonly { shape: Shape }[]): number =>
    shapes.reduce((total, { shape }) => total + countElements(shape), 0) * FLOAT_BYTES
  const macs = sum((layer) => layer.macs)
  return {
    parameters: elements('parameter'),
    statistics: elements('statistic'),
    weightBytes: bytes(graph.weights),
    macs,
    flops: 2 * macs,
    elementwiseFlops: sum((layer) => layer.elementwiseFlops),
    activationBytes: sum((layer) => layer.activationBytes),
    peakActivationBytes: measurePeak(graph),
    inputBytes: bytes(graph.inputs),
    outputBytes: bytes(graph.outputs),
  }
}

/** One row per operation, in the order of execution. */
export function measureLayers(graph: Graph): LayerMetrics[] {
  const shapes = new Map<string, Shape>()
  for (const tensor of [...graph.inputs, ...graph.weights, ...graph.nodes.map((node) => node.output)]) {
    shapes.set(tensor.name, tensor.shape)
  }
  const parameters = new Map(
    graph.weights.map((weight) => [
      weight.name,
      weight.role === 'parameter' ? countElements(weight.shape) : 0,
    ]),
  )
  return graph.nodes.map((node) => ({
    name: node.name,
    operation: node.operation,
    outputShape: node.output.shape,
    parameters: node.inputs.reduce((total, input) => total + (parameters.get(input) ?? 0), 0),
    activationBytes: countElements(node.output.shape) * FLOAT_BYTES,
    ...costOf(node, (name) => shapes.get(name) as Shape),
  }))
}

function measurePeak(graph: Graph): number {
  const lastUse = new Map<string, number>()
  graph.nodes.forEach((node, index) => node.inputs.forEach((input) => lastUse.set(input, index)))
  graph.outputs.forEach((output) => lastUse.set(output.name, graph.nodes.length))
  const live = new Map(graph.inputs.map((input) => [input.name, countElements(input.shape)]))
  let elements = [...live.values()].reduce((total, size) => total + size, 0)
  let peak = elements
  graph.nodes.forEach((node, index) => {
    const size = countElements(node.output.shape)
    live.set(node.output.name, size)
    elements += size
    peak = Math.max(peak, elements)
    for (const input of new Set(node.inputs)) {
      if (lastUse.get(input) !== index) continue
      elements -= live.get(input) ?? 0
      live.delete(input)
    }
  })
  return peak * FLOAT_BYTES
}
