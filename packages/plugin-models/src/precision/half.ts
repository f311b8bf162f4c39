import type { ElementType, Graph, Node, Operation, Tensor, Weight } from '../graph/graph.ts'
import type { ModelIo } from '../onnx-model.ts'
import { DATA_TYPE } from '../onnx/model-message.ts'

/** Inputs that an operation takes in single precision only. */
const SINGLE: Readonly<Partial<Record<Operation, readonly number[]>>> = {
  NonMaxSuppression: [0, 1, 3, 4],
  Resize: [2],
}

/** The first one whose convolutions, poolings and recurrent layers have bfloat16. */
const BFLOAT16_OPERATOR_SET = 22

/**
 * The graph with weights and arithmetic of 16 bits.
 * @param io inputs and outputs: in single precision and converted inside, or of 16 bits, too
 */
export function toHalf(graph: Graph, type: 'float16' | 'bfloat16', io: ModelIo): Graph {
  return new HalfGraph(graph, type, io).convert()
}

class HalfGraph {
  readonly #graph: Graph
  readonly #type: 'float16' | 'bfloat16'
  readonly #singles: ReadonlySet<string>
  readonly #nodes: Node[] = []
  readonly #added = new Map<string, Weight>()

  constructor(graph: Graph, type: 'float16' | 'bfloat16', io: ModelIo) {
    this.#graph = graph
    this.#type = type
    const edges = io === 'native' ? [] : [...graph.inputs, ...graph.outputs]
    this.#singles = new Set(edges.filter((tensor) => tensor.type === 'float32').map(({ name }) => name))
  }

  convert(): Graph {
    const { inputs, outputs, nodes, weights } = this.#graph
    for (const input of inputs)
      if (this.#singles.has(input.name)) this.#cast(input.name, this.#nameOf(input.name), input)
    for (const node of nodes) this.#convertNode(node)
    for (const output of outputs) {
      if (!this.#singles.has(output.name)) continue
      this.#cast(this.#nameOf(output.name), output.name, output, 'float32')
    }
    return {
      ...this.#graph,
      inputs: inputs.map((input) => this.#edge(input)),
      outputs: outputs.map((output) => this.#edge(output)),
      weights: [
        ...weights.filter(({ name }) => !this.#added.has(name)).map((weight) => this.#typed(weight)),
        ...this.#added.values(),
      ],
      nodes: this.#nodes,
      ...(this.#type === 'bfloat16' ? { operatorSet: BFLOAT16_OPERATOR_SET } : {}),
    }
  }

  #edge(tensor: Tensor): Tensor {
    return this.#singles.has(tensor.name) ? tensor : this.#typed(tensor)
  }

  #convertNode(node: Node): void {
    const single = SINGLE[node.operation] ?? []
    const inputs = node.inputs.map((name, index) =>
      single.includes(index) && name !== '' ? this.#inSingle(name) : this.#nameOf(name),
    )
    this.#nodes.push({
      ...node,
      inputs: [...inputs, ...this.#axesOf(node)],
      outputs: node.outputs.map((output) => ({ ...this.#typed(output), name: this.#nameOf(output.name) })),
      attributes: this.#attributesOf(node),
    })
  }

  #attributesOf({ operation, attributes, outputs }: Node): Node['attributes'] {
    if (operation === 'Cast' && outputs[0]?.type === 'float32') {
      return { ...attributes, to: { int: DATA_TYPE[this.#type] } }
    }
    if (!this.#hasAxesAsInput(operation)) return attributes
    const { axes: _, ...others } = attributes
    return others
  }

  /** What was an attribute is an input in the later operator set. */
  #axesOf({ operation, attributes }: Node): string[] {
    if (!this.#hasAxesAsInput(operation)) return []
    const { ints } = attributes['axes'] as { readonly ints: readonly number[] }
    const name = `int64.[${ints.join(',')}]`
    const at = (index: number): number => ints[index] as number
    this.#added.set(name, { name, shape: [ints.length], type: 'int64', role: 'constant', values: { at } })
    return [name]
  }

  #hasAxesAsInput(operation: Operation): boolean {
    return operation === 'ReduceMean' && this.#type === 'bfloat16'
  }

  /** What is single precision outside has another name inside. */
  #nameOf(name: string): string {
    return this.#singles.has(name) ? `${name}.${this.#type}` : name
  }

  #typed<Value extends Tensor | Weight>(value: Value): Value {
    return value.type === 'float32' ? { ...value, type: this.#type } : value
  }

  /** A weight once more as it was, or a tensor converted back. */
  #inSingle(name: string): string {
    const exact = `${name}.float32`
    const weight = this.#graph.weights.find((one) => one.name === name)
    if (weight === undefined) {
      const tensor = [...this.#graph.inputs, ...this.#graph.nodes.flatMap(({ outputs }) => outputs)].find(
        (one) => one.name === name,
      ) as Tensor
      this.#cast(this.#nameOf(name), exact, tensor, 'float32')
    } else if (weight.type === 'float32') this.#added.set(exact, renamed(weight, exact))
    else return name
    return exact
  }

  #cast(from: string, to: string, tensor: Tensor, type: ElementType = this.#type): void {
    this.#nodes.push({
      operation: 'Cast',
      name: `${to}.cast`,
      inputs: [from],
      outputs: [{ ...tensor, name: to, type }],
      attributes: { to: { int: DATA_TYPE[type] } },
    })
  }
}

/** A weight with the same elements. */
function renamed(weight: Weight, name: string): Weight {
  const { values } = weight
  return { ...weight, name, values: 'low' in values ? { ...values, as: weight.name } : values }
}
