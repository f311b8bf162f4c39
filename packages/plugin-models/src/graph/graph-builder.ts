import type { Attribute, Graph, Node, Operation, Shape, Tensor, Weight } from './graph.ts'

interface Bounds {
  readonly low: number
  readonly high: number
}

/** Bounds of a uniform distribution around 0 with the given variance. */
export function withVariance(variance: number): Bounds {
  const limit = Math.sqrt(3 * variance)
  return { low: -limit, high: limit }
}

/** Puts a graph together layer by layer: infers shapes, names tensors after their layer, and declares weights. */
export class GraphBuilder {
  readonly #name: string
  readonly #inputs: Tensor[] = []
  readonly #weights: Weight[] = []
  readonly #nodes: Node[] = []

  constructor(name: string) {
    this.#name = name
  }

  input(name: string, shape: Shape): Tensor {
    const tensor = { name, shape }
    this.#inputs.push(tensor)
    return tensor
  }

  /** Fully connected: [N, inputs] to [N, outputs]. */
  gemm(layer: string, x: Tensor, outputs: number, weight: Bounds, bias: Bounds): Tensor {
    const inputs = x.shape[1] as number
    const w = this.#weight(`${layer}.weight`, [inputs, outputs], weight)
    const b = this.#weight(`${layer}.bias`, [outputs], bias)
    return this.#node('Gemm', layer, [x.name, w, b], ['N', outputs])
  }

  /** Square kernel, the same padding on all sides (`kernel >> 1`), no bias: [N, C, H, W] to [N, outputs, H′, W′]. */
  conv(
    layer: string,
    x: Tensor,
    outputs: number,
    options: { kernel: number; stride: number; groups: number },
    weight: Bounds,
  ): Tensor {
    const [, channels, height, width] = x.shape as readonly number[] as [number, number, number, number]
    const { kernel, stride, groups } = options
    const padding = kernel >> 1
    const reach = (size: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1
    const w = this.#weight(`${layer}.weight`, [outputs, channels / groups, kernel, kernel], weight)
    return this.#node('Conv', layer, [x.name, w], ['N', outputs, reach(height), reach(width)], {
      group: { int: groups },
      kernel_shape: { ints: [kernel, kernel] },
      pads: { ints: [padding, padding, padding, padding] },
      strides: { ints: [stride, stride] },
    })
  }

  /** Normalisation as at inference: scale near `gain`, small shift, running mean near 0 and variance near 1. */
  batchNormalization(layer: string, x: Tensor, gain = 1): Tensor {
    const shape = [x.shape[1] as number]
    const inputs = [
      x.name,
      this.#weight(`${layer}.scale`, shape, { low: 0.9 * gain, high: 1.1 * gain }),
      this.#weight(`${layer}.shift`, shape, { low: -0.1, high: 0.1 }),
      this.#weight(`${layer}.mean`, shape, { low: -0.1, high: 0.1 }, 'statistic'),
      this.#weight(`${layer}.variance`, shape, { low: 0.9, high: 1.1 }, 'statistic'),
    ]
    return this.#node('BatchNormalization', layer, inputs, x.shape, { epsilon: { float: 1e-5 } })
  }

  activation(operation: 'Relu' | 'Sigmoid' | 'Tanh', layer: string, x: Tensor): Tensor {
    return this.#node(operation, layer, [x.name], x.shape)
  }

  /** Relu6. */
  clip(layer: string, x: Tensor): Tensor {
    const low = this.#weight(`${layer}.low`, [], { low: 0, high: 0 }, 'constant')
    const high = this.#weight(`${layer}.high`, [], { low: 6, high: 6 }, 'constant')
    return this.#node('Clip', layer, [x.name, low, high], x.shape)
  }

  add(layer: string, a: Tensor, b: Tensor): Tensor {
    return this.#node('Add', layer, [a.name, b.name], a.shape)
  }

  globalAveragePool(layer: string, x: Tensor): Tensor {
    return this.#node('GlobalAveragePool', layer, [x.name], ['N', x.shape[1] as number, 1, 1])
  }

  flatten(layer: string, x: Tensor): Tensor {
    const elements = (x.shape.slice(1) as number[]).reduce((product, size) => product * size, 1)
    return this.#node('Flatten', layer, [x.name], ['N', elements], { axis: { int: 1 } })
  }

  softmax(layer: string, x: Tensor): Tensor {
    return this.#node('Softmax', layer, [x.name], x.shape, { axis: { int: -1 } })
  }

  /** Ends the graph; the last node's tensor gets the name `output`. */
  finish(): Graph {
    const last = this.#nodes.pop() as Node
    const output = { ...last.output, name: 'output' }
    return {
      name: this.#name,
      inputs: this.#inputs,
      outputs: [output],
      weights: this.#weights,
      nodes: [...this.#nodes, { ...last, output }],
    }
  }

  #weight(
    name: string,
    shape: readonly number[],
    bounds: Bounds,
    role: Weight['role'] = 'parameter',
  ): string {
    this.#weights.push({ name, shape, low: bounds.low, high: bounds.high, role })
    return name
  }

  #node(
    operation: Operation,
    layer: string,
    inputs: readonly string[],
    shape: Shape,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Tensor {
    const output = { name: layer, shape }
    this.#nodes.push({ operation, name: layer, inputs, output, attributes })
    return output
  }
}
