import type {
  Attribute,
  ComputedValues,
  DrawnValues,
  ElementType,
  Graph,
  Node,
  Operation,
  Shape,
  Spread,
  Tensor,
  Weight,
} from './graph.ts'
import { normal, uniform } from './spread.ts'

type Attributes = Readonly<Record<string, Attribute>>

export interface Output {
  readonly shape: Shape
  readonly spread: Spread
  readonly type?: ElementType
}

/** Puts a graph together node by node; what a layer consists of is said in `layers/`. */
export class GraphBuilder {
  readonly #name: string
  readonly #inputs: Tensor[] = []
  readonly #weights = new Map<string, { readonly weight: Weight; readonly tensor: Tensor }>()
  readonly #nodes: Node[] = []
  readonly #sizes: Record<string, number> = {}

  constructor(name: string) {
    this.#name = name
  }

  /** @param spread of the values that the model is meant for; standard normal by default */
  input(name: string, shape: Shape, type: ElementType = 'float32', spread: Spread = normal(1)): Tensor {
    const tensor = { name, shape, type, spread }
    this.#inputs.push(tensor)
    return tensor
  }

  /** What a named dimension is when static metrics are counted. */
  size(dimension: string, size: number): void {
    this.#sizes[dimension] = size
  }

  /** Learned values, or running statistics. */
  weight(
    name: string,
    shape: readonly number[],
    values: DrawnValues,
    role: 'parameter' | 'statistic' = 'parameter',
  ): Tensor {
    return this.#declare({ name, shape, type: 'float32', role, values }, uniform(values.low, values.high))
  }

  /** A table that is computed. */
  table(name: string, shape: readonly number[], values: ComputedValues, spread: Spread): Tensor {
    return this.#declare({ name, shape, type: 'float32', role: 'constant', values }, spread)
  }

  /** A number; equal ones are one constant. */
  scalar(value: number, type: ElementType = 'float32'): Tensor {
    const name = `${type}.${value}`
    const values = { at: () => value }
    return this.#declare({ name, shape: [], type, role: 'constant', values }, uniform(value, value))
  }

  /** Whole or fractional numbers in a row: a shape, axes, factors. */
  list(
    numbers: readonly number[],
    type: ElementType = 'int64',
    name: string = `${type}.[${numbers.join(',')}]`,
  ): Tensor {
    const values = { at: (index: number) => numbers[index] as number }
    return this.#declare({ name, shape: [numbers.length], type, role: 'constant', values }, normal(1))
  }

  /** A node with one output, which has the node's name. */
  node(
    operation: Operation,
    name: string,
    inputs: readonly (Tensor | null)[],
    output: Output,
    attributes: Attributes = {},
  ): Tensor {
    return this.nodes(operation, name, inputs, { [name]: output }, attributes)[0] as Tensor
  }

  /** A node with several outputs by name; those that are named '' are left out. */
  nodes(
    operation: Operation,
    name: string,
    inputs: readonly (Tensor | null)[],
    outputs: Readonly<Record<string, Output>>,
    attributes: Attributes = {},
  ): Tensor[] {
    const tensors = Object.entries(outputs).map(([tensor, { shape, spread, type = 'float32' }]) => ({
      name: tensor,
      shape,
      type,
      spread,
    }))
    const names = inputs.map((input) => input?.name ?? '')
    this.#nodes.push({ operation, name, inputs: names, outputs: tensors, attributes })
    return [...tensors]
  }

  /** Ends the graph; its outputs get the names that they are given here. */
  finish(outputs: Readonly<Record<string, Tensor>>): Graph {
    const renamed = new Map(Object.entries(outputs).map(([name, tensor]) => [tensor.name, name]))
    const nameOf = (name: string): string => renamed.get(name) ?? name
    return {
      name: this.#name,
      inputs: this.#inputs,
      outputs: Object.entries(outputs).map(([name, tensor]) => ({ ...tensor, name })),
      weights: [...this.#weights.values()].map(({ weight }) => weight),
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(nameOf),
        outputs: node.outputs.map((tensor) => ({ ...tensor, name: nameOf(tensor.name) })),
      })),
      sizes: this.#sizes,
    }
  }

  #declare(weight: Weight, spread: Spread): Tensor {
    const found = this.#weights.get(weight.name)
    if (found !== undefined) return found.tensor
    const tensor = { name: weight.name, shape: weight.shape, type: weight.type, spread }
    this.#weights.set(weight.name, { weight, tensor })
    return tensor
  }
}
