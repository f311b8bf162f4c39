import { countBytes, countElements, type Graph, type Node, type Shape } from './graph.ts'
import { costOf, type OperationCost } from './operation-cost.ts'

/** What is known about a model without running it: exact, for a batch of 1 and the nominal length of sequences. */
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
  /** Of the first output. */
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
  const bytes = (tensors: readonly Parameters<typeof countBytes>[0][]): number =>
    tensors.reduce((total, tensor) => total + countBytes(tensor, graph.sizes), 0)
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

/** One row per operation, in the order of execution. A weight counts where it is used first. */
export function measureLayers(graph: Graph): LayerMetrics[] {
  const shapes = new Map<string, Shape>()
  const nodeOutputs = graph.nodes.flatMap((node) => node.outputs)
  for (const tensor of [...graph.inputs, ...graph.weights, ...nodeOutputs])
    shapes.set(tensor.name, tensor.shape)
  const parameters = new Map<string, number>()
  for (const { name, role, shape } of graph.weights) {
    if (role === 'parameter') parameters.set(name, countElements(shape))
  }
  const constants = constantsOf(graph)
  return graph.nodes.map((node) => {
    const isConstant = node.outputs.every(({ name }) => constants.has(name))
    const learned = node.inputs.reduce((total, input) => total + (parameters.get(input) ?? 0), 0)
    for (const input of node.inputs) parameters.delete(input)
    return {
      name: node.name,
      operation: node.operation,
      outputShape: (node.outputs[0] as Node['outputs'][number]).shape,
      parameters: learned,
      ...(isConstant
        ? { activationBytes: 0, macs: 0, elementwiseFlops: 0 }
        : {
            activationBytes: bytesOfOutputs(node, graph),
            ...costOf(node, (name) => shapes.get(name) as Shape, graph.sizes),
          }),
    }
  })
}

/** Weights and what depends on nothing else: computed once, when the model is loaded. */
function constantsOf(graph: Graph): Set<string> {
  const constants = new Set(graph.weights.map(({ name }) => name))
  for (const node of graph.nodes) {
    if (node.inputs.every((name) => name === '' || constants.has(name))) {
      for (const { name } of node.outputs) constants.add(name)
    }
  }
  return constants
}

function bytesOfOutputs(node: Node, { sizes }: Graph): number {
  return node.outputs.reduce((total, output) => total + countBytes(output, sizes), 0)
}

function measurePeak(graph: Graph): number {
  const constants = constantsOf(graph)
  const lastUse = new Map<string, number>()
  graph.nodes.forEach((node, index) => node.inputs.forEach((input) => lastUse.set(input, index)))
  graph.outputs.forEach((output) => lastUse.set(output.name, graph.nodes.length))
  const live = new Map(graph.inputs.map((input) => [input.name, countBytes(input, graph.sizes)]))
  let bytes = [...live.values()].reduce((total, size) => total + size, 0)
  let peak = bytes
  graph.nodes.forEach((node, index) => {
    const made = node.outputs.filter(({ name }) => !constants.has(name))
    for (const output of made) {
      const size = countBytes(output, graph.sizes)
      live.set(output.name, size)
      bytes += size
    }
    peak = Math.max(peak, bytes)
    for (const name of new Set([...node.inputs, ...made.map((output) => output.name)])) {
      const isOver = (lastUse.get(name) ?? index) === index
      if (!isOver) continue
      bytes -= live.get(name) ?? 0
      live.delete(name)
    }
  })
  return peak
}
