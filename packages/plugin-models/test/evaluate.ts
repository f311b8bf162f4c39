import type { Graph, Node, Shape, Weight } from '../src/graph/graph.ts'
import { encodeElements } from '../src/graph/weight-bytes.ts'
import { readWeight } from '../src/graph/weight-values.ts'
import { OPERATIONS } from './operations.ts'

/** Numbers in rows; whole ones and truth values, too. */
export interface Values {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/**
 * Computes a graph by the definition of each operation, in double precision and without any trick: the reference that
 * ONNX Runtime's answers are compared with. Tensors of 16 bits are rounded to 16 bits. Returns every tensor by name.
 */
export function evaluateGraph(
  graph: Graph,
  seed: number,
  sizes: Readonly<Record<string, number>>,
  inputs: Readonly<Record<string, Values>>,
): Map<string, Values> {
  const concrete = (shape: Shape): number[] =>
    shape.map((size) => (typeof size === 'string' ? (sizes[size] ?? 1) : size))
  const values = new Map<string, Values>(Object.entries(inputs))
  for (const weight of graph.weights) values.set(weight.name, weightOf(weight, seed))
  for (const node of graph.nodes) {
    const given = node.inputs.map((name) => values.get(name) as Values)
    const shapes = node.outputs.map(({ shape }) => concrete(shape))
    const results = OPERATIONS[node.operation](given, node, shapes)
    node.outputs.forEach((output, index) => {
      const { shape, data } = results[index] as Values
      values.set(output.name, { shape, data: roundTo(data, output.type) })
    })
  }
  return values
}

/** A weight as its file has it. */
export function weightOf(weight: Weight, seed: number): Values {
  return { shape: weight.shape, data: roundTo(Float64Array.from(readWeight(weight, seed)), weight.type) }
}

function roundTo(data: Float64Array, type: Weight['type']): Float64Array {
  if (type !== 'float16' && type !== 'bfloat16' && type !== 'int8') return data
  const bytes = encodeElements(Float32Array.from(data), type)
  if (type === 'int8') return Float64Array.from(new Int8Array(bytes.buffer))
  return Float64Array.from(new Uint16Array(bytes.buffer), type === 'float16' ? fromFloat16 : fromBfloat16)
}

export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

export function fromBfloat16(bits: number): number {
  return new Float32Array(new Uint32Array([bits << 16]).buffer)[0] as number
}

export type Operator = (
  inputs: readonly Values[],
  node: Node,
  shapes: readonly number[][],
) => readonly Values[]
