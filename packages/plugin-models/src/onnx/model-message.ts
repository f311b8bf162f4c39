import {
  countElements,
  type Attribute,
  type Graph,
  type Node,
  type Tensor,
  type Weight,
} from '../graph/graph.ts'
import { generateWeight } from '../graph/weight-values.ts'
import { deferred, embedded, float, int, message, packed, text, type Message } from './wire.ts'

/** ONNX 1.12 and later read this: intermediate representation 8, operator set 17. */
const IR_VERSION = 8
const OPERATOR_SET = 17
const FLOAT = 1
const ATTRIBUTE_TYPE = { float: 1, int: 2, ints: 7 } as const

/** The graph as an ONNX `ModelProto`; field numbers are those of onnx.proto3. */
export function encodeModel(
  graph: Graph,
  seed: number,
  properties: Readonly<Record<string, string>>,
): Message {
  return message(
    int(1, IR_VERSION),
    text(2, 'servebench'),
    embedded(7, encodeGraph(graph, seed)),
    embedded(8, message(text(1, ''), int(2, OPERATOR_SET))),
    Object.entries(properties).map(([key, value]) => embedded(14, message(text(1, key), text(2, value)))),
  )
}

function encodeGraph(graph: Graph, seed: number): Message {
  return message(
    graph.nodes.map((node) => embedded(1, encodeNode(node))),
    text(2, graph.name),
    graph.weights.map((weight) => embedded(5, encodeWeight(weight, seed))),
    graph.inputs.map((tensor) => embedded(11, encodeValueInfo(tensor))),
    graph.outputs.map((tensor) => embedded(12, encodeValueInfo(tensor))),
  )
}

function encodeNode(node: Node): Message {
  return message(
    node.inputs.map((input) => text(1, input)),
    text(2, node.output.name),
    text(3, node.name),
    text(4, node.operation),
    Object.entries(node.attributes).map(([name, value]) => embedded(5, encodeAttribute(name, value))),
  )
}

function encodeAttribute(name: string, value: Attribute): Message {
  if ('float' in value) return message(text(1, name), float(2, value.float), int(20, ATTRIBUTE_TYPE.float))
  if ('int' in value) return message(text(1, name), int(3, value.int), int(20, ATTRIBUTE_TYPE.int))
  return message(text(1, name), packed(8, value.ints), int(20, ATTRIBUTE_TYPE.ints))
}

function encodeWeight(weight: Weight, seed: number): Message {
  const content = {
    byteLength: 4 * countElements(weight.shape),
    *blocks() {
      for (const block of generateWeight(weight, seed)) {
        yield new Uint8Array(block.buffer, block.byteOffset, block.byteLength)
      }
    },
  }
  const dimensions = weight.shape.length === 0 ? [] : [packed(1, weight.shape)]
  return message(dimensions, int(2, FLOAT), text(8, weight.name), deferred(9, content))
}

function encodeValueInfo(tensor: Tensor): Message {
  const dimensions = tensor.shape.map((size) =>
    embedded(1, message(size === 'N' ? text(2, size) : int(1, size))),
  )
  const type = message(embedded(1, message(int(1, FLOAT), embedded(2, message(dimensions)))))
  return message(text(1, tensor.name), embedded(2, type))
}
