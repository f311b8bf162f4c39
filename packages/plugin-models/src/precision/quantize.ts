import type { DrawnValues, Graph, Node, Tensor, Weight } from '../graph/graph.ts'
import { pruningOf } from '../graph/weight-values.ts'
import { foldNormalizations, type Folded } from './fold-normalizations.ts'
import { weightOperands } from './weight-operands.ts'

/** Whole numbers of 8 bits: the largest, those between the smallest and the largest, and the smallest. */
const LARGEST = 127
const LEVELS = 255
const SMALLEST = -128

/**
 * The graph in QDQ form: weights of 8 bits, and activations of 8 bits around products and convolutions with weights.
 * Weights are symmetric, with a step for each channel where a normalisation was folded in; activations have the ranges
 * that the scaling rules give, which takes no calibration. Recurrent layers, transposed convolutions and tables have
 * weights of 8 bits only.
 */
export function quantize(graph: Graph, seed: number): Graph {
  return new QuantizedGraph(foldNormalizations(graph, seed)).convert()
}

const BOTH_SIDES: ReadonlySet<string> = new Set(['Conv', 'Gemm', 'MatMul'])
const TABLES: ReadonlySet<string> = new Set(['Gather', 'Transpose'])

class QuantizedGraph {
  readonly #graph: Graph
  readonly #channels: Folded['channels']
  readonly #weights = new Map<string, Weight>()
  readonly #original: ReadonlyMap<string, Weight>
  readonly #operands: ReadonlySet<string>
  readonly #tables: ReadonlySet<string>
  /** Tensors that are stored in 8 bits, by their names, with their steps. */
  readonly #stored: ReadonlyMap<string, { readonly step: number; readonly zero: number }>
  readonly #nodes: Node[] = []

  constructor({ graph, channels }: Folded) {
    this.#graph = graph
    this.#channels = channels
    this.#original = new Map(graph.weights.map((weight) => [weight.name, weight]))
    this.#tables = tablesOf(graph)
    this.#operands = new Set([...weightOperands(graph)].filter((name) => !this.#tables.has(name)))
    this.#stored = this.#choose()
    for (const weight of graph.weights) {
      if (!this.#operands.has(weight.name) && !this.#tables.has(weight.name))
        this.#weights.set(weight.name, weight)
    }
  }

  convert(): Graph {
    const { inputs, outputs, nodes } = this.#graph
    for (const name of this.#operands) this.#addOperand(name)
    for (const input of inputs) this.#store(input)
    for (const node of nodes) {
      const [first] = node.inputs as readonly [string]
      if (TABLES.has(node.operation) && this.#tables.has(first)) this.#addTable(node, first)
      else this.#nodes.push({ ...node, inputs: this.#inputsOf(node) })
      for (const output of node.outputs) this.#store(output)
    }
    // A bias that is stored otherwise now is not needed any more.
    const used = new Set(this.#nodes.flatMap((node) => node.inputs))
    const weights = [...this.#weights.values()].filter(({ name }) => used.has(name))
    return { ...this.#graph, inputs, outputs, weights, nodes: this.#nodes }
  }

  /** What products with weights take, and what convolutions give, after the Relu that follows at once. */
  #choose(): Map<string, { readonly step: number; readonly zero: number }> {
    const tensors = new Map(
      [...this.#graph.inputs, ...this.#graph.nodes.flatMap(({ outputs }) => outputs)].map((one) => [
        one.name,
        one,
      ]),
    )
    const users = new Map<string, Node[]>()
    for (const node of this.#graph.nodes) {
      for (const input of node.inputs) users.set(input, [...(users.get(input) ?? []), node])
    }
    const names = new Set<string>()
    for (const { operation, inputs, outputs } of this.#graph.nodes) {
      if (!BOTH_SIDES.has(operation) || !this.#isLearned(inputs[1] as string)) continue
      names.add(inputs[0] as string)
      if (operation !== 'Conv') continue
      const [output] = outputs as readonly [Tensor]
      const [user, ...others] = users.get(output.name) ?? []
      const isClipped = others.length === 0 && (user?.operation === 'Relu' || user?.operation === 'Clip')
      names.add(isClipped ? (user.outputs[0]?.name as string) : output.name)
    }
    return new Map(
      [...names].flatMap((name) => {
        const tensor = tensors.get(name)
        return tensor === undefined ? [] : [[name, rangeOf(tensor)] as const]
      }),
    )
  }

  #isLearned(name: string): boolean {
    if (this.#operands.has(name)) return true
    // The output layer of a language model is its table, turned.
    const source = this.#graph.nodes.find(({ outputs }) => outputs[0]?.name === name)
    return source?.operation === 'Transpose' && this.#tables.has(source.inputs[0] as string)
  }

  #inputsOf({ operation, inputs }: Node): string[] {
    const names = inputs.map((name) => (this.#stored.has(name) ? `${name}.dequantized` : name))
    const bias = inputs[2]
    if ((operation === 'Conv' || operation === 'Gemm') && bias !== undefined) {
      names[2] = this.#addBias(inputs as readonly [string, string, string])
    }
    return names
  }

  /** In 32 bits, in steps of the product. */
  #addBias([x, weight, bias]: readonly [string, string, string]): string {
    const { step } = this.#stored.get(x) as { step: number }
    const steps = this.#stepsOf(weight).map((one) => one * step)
    const { values, shape } = this.#original.get(bias) as Weight
    const name = `${bias}.int32`
    this.#weights.set(name, {
      name,
      shape,
      type: 'int32',
      role: 'parameter',
      values:
        'at' in values
          ? { at: (index) => Math.round(values.at(index) / (steps[index % steps.length] as number)) }
          : { ...values, as: bias, step: steps[0] as number },
    })
    return this.#dequantize(name, `${bias}.dequantized`, shape, steps, 0)
  }

  #addOperand(name: string): void {
    const weight = this.#original.get(name) as Weight
    this.#dequantize(this.#inBytes(weight), name, weight.shape, this.#stepsOf(name), 0)
  }

  /** Rows are looked up, or the table is turned, before numbers are made of the bytes. */
  #addTable(node: Node, table: string): void {
    const [output] = node.outputs as readonly [Tensor]
    const raw = `${output.name}.int8`
    const bytes = this.#inBytes(this.#original.get(table) as Weight)
    const inputs = [bytes, ...node.inputs.slice(1)]
    this.#nodes.push({ ...node, inputs, outputs: [{ ...output, name: raw, type: 'int8' }] })
    this.#dequantize(raw, output.name, output.shape, this.#stepsOf(table), null)
  }

  #inBytes(weight: Weight): string {
    const name = `${weight.name}.int8`
    const drawn = weight.values as DrawnValues
    const values = { ...drawn, as: weight.name, step: stepOf(drawn) }
    this.#weights.set(name, { ...weight, name, type: 'int8', values })
    return name
  }

  /** One step, or one for each channel. */
  #stepsOf(name: string): readonly number[] {
    const source = this.#original.get(name) ?? this.#turned(name)
    const step = stepOf(source.values as DrawnValues)
    return this.#channels.get(name)?.map((factor) => factor * step) ?? [step]
  }

  #turned(name: string): Weight {
    const node = this.#graph.nodes.find(({ outputs }) => outputs[0]?.name === name) as Node
    return this.#original.get(node.inputs[0] as string) as Weight
  }

  #store(tensor: Tensor): void {
    const range = this.#stored.get(tensor.name)
    if (range === undefined) return
    const { name } = tensor
    const zero = `${name}.zero`
    this.#constant(zero, 'int8', [], [range.zero])
    const step = `${name}.step`
    this.#constant(step, 'float32', [], [range.step])
    this.#push('QuantizeLinear', [name, step, zero], { ...tensor, name: `${name}.quantized`, type: 'int8' })
    this.#push('DequantizeLinear', [`${name}.quantized`, step, zero], {
      ...tensor,
      name: `${name}.dequantized`,
    })
  }

  #dequantize(
    from: string,
    to: string,
    shape: Tensor['shape'],
    steps: readonly number[],
    axis: number | null,
  ): string {
    const step = `${to}.step`
    const size = steps.length === 1 ? [] : [steps.length]
    this.#constant(step, 'float32', size, steps)
    const type = from.endsWith('.int32') ? 'int32' : 'int8'
    const zero = `${to}.zero`
    // Without it ONNX Runtime takes bytes for unsigned where it moves the operation.
    this.#constant(
      zero,
      type,
      size,
      steps.map(() => 0),
    )
    const spread = { mean: 0, meanSquare: 1, low: 0, high: 0 }
    const output = { name: to, shape, type: 'float32', spread } as const
    this.#push('DequantizeLinear', [from, step, zero], output, steps.length > 1 ? axis : null)
    return to
  }

  #push(
    operation: 'QuantizeLinear' | 'DequantizeLinear',
    inputs: readonly string[],
    output: Tensor,
    axis: number | null = null,
  ): void {
    const attributes = axis === null ? {} : { axis: { int: axis } }
    this.#nodes.push({ operation, name: `${output.name}.node`, inputs, outputs: [output], attributes })
  }

  #constant(name: string, type: Weight['type'], shape: readonly number[], numbers: readonly number[]): void {
    const values = { at: (index: number) => numbers[index] as number }
    this.#weights.set(name, { name, shape, type, role: 'constant', values })
  }
}

/** The largest weight is 127 steps. */
function stepOf({ high, pruned = 0 }: DrawnValues): number {
  return (high * pruningOf(high, pruned).gain) / LARGEST
}

/** All bytes over the expected range, with one that is exactly 0. */
function rangeOf({ spread }: Tensor): { readonly step: number; readonly zero: number } {
  const low = Math.min(0, spread.low)
  const step = (Math.max(0, spread.high) - low) / LEVELS
  return { step, zero: Math.round(-low / step) + SMALLEST }
}

/** Drawn tables of which rows are looked up, and that nothing else is done with but turning them. */
function tablesOf(graph: Graph): Set<string> {
  const isTableUse = ({ operation, inputs }: Node, name: string): boolean =>
    TABLES.has(operation) && inputs.indexOf(name) === 0
  return new Set(
    graph.weights
      .filter(({ name, values, role }) => {
        const users = graph.nodes.filter(({ inputs }) => inputs.includes(name))
        return (
          'low' in values &&
          role === 'parameter' &&
          users.length > 0 &&
          users.every((node) => isTableUse(node, name))
        )
      })
      .map(({ name }) => name),
  )
}
