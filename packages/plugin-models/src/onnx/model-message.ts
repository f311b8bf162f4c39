import type { Attribute, ElementType, Graph, Node, Tensor, Weight } from '../graph/graph.ts'
import { bytesOf } from '../graph/weight-bytes.ts'
import type { ExternalData } from './external-data.ts'
import { deferred, embedded, float, int, message, packed, text, type Message } from './wire.ts'

/** ONNX 1.12 and later read this: intermediate representation 8, operator set 17. */
const OPERATOR_SET = 17
const IR_VERSION = 8
/** That of later operator sets; ONNX 1.16. */
const LATER_IR_VERSION = 10
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const
const EXTERNAL = 1

/** Of a tensor's elements; the numbers are those of `TensorProto.DataType`. */
export const DATA_TYPE: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
}

/**
 * The graph as an ONNX `ModelProto`; field numbers are those of onnx.proto3.
 * @param external weights whose bytes are in another file
 */
export function encodeModel(
  graph: Graph,
  seed: number,
  properties: Readonly<Record<string, string>>,
  external?: ExternalData,
): Message {
  const { operatorSet = OPERATOR_SET } = graph
  return message(
    int(1, operatorSet > OPERATOR_SET ? LATER_IR_VERSION : IR_VERSION),
    text(2, 'servebench'),
    embedded(7, encodeGraph(graph, seed, external)),
    embedded(8, message(text(1, ''), int(2, operatorSet))),
    Object.entries(properties).map(([key, value]) => embedded(14, encodeEntry(key, value))),
  )
}

function encodeGraph(graph: Graph, seed: number, external: ExternalData | undefined): Message {
  return message(
    graph.nodes.map((node) => embedded(1, encodeNode(node))),
    text(2, graph.name),
    graph.weights.map((weight) => embedded(5, encodeWeight(weight, seed, external))),
    graph.inputs.map((tensor) => embedded(11, encodeValueInfo(tensor))),
    graph.outputs.map((tensor) => embedded(12, encodeValueInfo(tensor))),
  )
}

function encodeNode(node: Node): Message {
  return message(
    node.inputs.map((input) => text(1, input)),
    node.outputs.map((output) => text(2, output.name)),
    text(3, node.name),
    text(4, node.operation),
    Object.entries(node.attributes).map(([name, value]) => embedded(5, encodeAttribute(name, value))),
  )
}

function encodeAttribute(name: string, value: Attribute): Message {
  if ('float' in value) return message(text(1, name), float(2, value.float), int(20, ATTRIBUTE_TYPE.float))
  if ('int' in value) return message(text(1, name), int(3, value.int), int(20, ATTRIBUTE_TYPE.int))
  if ('string' in value) return message(text(1, name), text(4, value.string), int(20, ATTRIBUTE_TYPE.string))
  return message(text(1, name), packed(8, value.ints), int(20, ATTRIBUTE_TYPE.ints))
}

function encodeWeight(weight: Weight, seed: number, external: ExternalData | undefined): Message {
  const dimensions = weight.shape.length === 0 ? [] : [packed(1, weight.shape)]
  const head = message(dimensions, int(2, DATA_TYPE[weight.type]), text(8, weight.name))
  const place = external?.places.get(weight.name)
  if (external === undefined || place === undefined) {
    return message(head, deferred(9, bytesOf(weight, seed)))
  }
  const entries = { location: external.file, offset: String(place.offset), length: String(place.length) }
  return message(
    head,
    Object.entries(entries).map(([key, value]) => embedded(13, encodeEntry(key, value))),
    int(14, EXTERNAL),
  )
}

function encodeEntry(key: string, value: string): Message {
  return message(text(1, key), text(2, value))
}

function encodeValueInfo(tensor: Tensor): Message {
  const dimensions = tensor.shape.map((size) =>
    embedded(1, message(typeof size === 'string' ? text(2, size) : int(1, size))),
  )
  const type = message(embedded(1, message(int(1, DATA_TYPE[tensor.type]), embedded(2, message(dimensions)))))
  return message(text(1, tensor.name), embedded(2, type))
}
