import type { Graph, Node, Shape, Tensor, Weight } from '../graph/graph.ts'
import { bytesOf } from '../graph/weight-bytes.ts'
import { deferred, embedded, int, message, text, type Message } from '../onnx/wire.ts'

const SCHEMA_VERSION = 1
const SIGNATURE = 'serving_default'
const METHOD = 'tensorflow/serving/predict'
const FLOAT = 1

/** What ONNX's operations without weights are called in TensorFlow. */
const OPERATIONS: Readonly<Partial<Record<Node['operation'], string>>> = {
  Relu: 'Relu',
  Sigmoid: 'Sigmoid',
  Softmax: 'Softmax',
  Tanh: 'Tanh',
}

/**
 * The graph as a TensorFlow `SavedModel` whose weights are constants, so that the message is all there is to the model;
 * field numbers are those of saved_model.proto, meta_graph.proto, graph.proto and tensor.proto.
 * @throws {TypeError} for operations that this writer does not have
 */
export function encodeSavedModel(graph: Graph, seed: number): Message {
  const nodes = [
    ...graph.inputs.map(encodeInput),
    ...graph.weights.map((weight) => encodeWeight(weight, seed)),
    ...graph.nodes.flatMap(encodeNode),
  ]
  const metaInfo = message(text(4, 'serve'))
  const metaGraph = message(
    embedded(1, metaInfo),
    embedded(2, message(nodes.map((node) => embedded(1, node)))),
    embedded(5, entry(SIGNATURE, encodeSignature(graph))),
  )
  return message(int(1, SCHEMA_VERSION), embedded(2, metaGraph))
}

function encodeInput({ name, shape }: Tensor): Message {
  return encodeOperation(name, 'Placeholder', [], {
    dtype: TYPE,
    shape: message(embedded(7, encodeShape(shape))),
  })
}

function encodeWeight(weight: Weight, seed: number): Message {
  const tensor = message(
    int(1, FLOAT),
    embedded(2, encodeShape(weight.shape)),
    deferred(4, bytesOf(weight, seed)),
  )
  return encodeOperation(weight.name, 'Const', [], { dtype: TYPE, value: message(embedded(8, tensor)) })
}

function encodeNode({ operation, inputs, outputs }: Node): Message[] {
  const { name } = outputs[0] as Tensor
  if (operation === 'Gemm') {
    const [x, weight, bias] = inputs as readonly [string, string, string]
    const product = `${name}/product`
    return [
      encodeOperation(product, 'MatMul', [x, weight], { T: TYPE, transpose_a: NO, transpose_b: NO }),
      encodeOperation(name, 'AddV2', [product, bias], { T: TYPE }),
    ]
  }
  const op = OPERATIONS[operation]
  if (op === undefined) throw new TypeError(`SavedModels are not written with ${operation}.`)
  return [encodeOperation(name, op, inputs, { T: TYPE })]
}

/** An `AttrValue`: a type, or a boolean, which is there also when it is false. */
const TYPE = message(int(6, FLOAT))
const NO = message(int(5, 0))

function encodeOperation(
  name: string,
  op: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Message>>,
): Message {
  return message(
    text(1, name),
    text(2, op),
    inputs.map((input) => text(3, input)),
    Object.entries(attributes).map(([key, value]) => embedded(5, entry(key, value))),
  )
}

function encodeSignature({ inputs, outputs }: Graph): Message {
  return message(
    inputs.map((tensor) => embedded(1, entry(tensor.name, encodeInfo(tensor)))),
    outputs.map((tensor) => embedded(2, entry(tensor.name, encodeInfo(tensor)))),
    text(3, METHOD),
  )
}

function encodeInfo({ name, shape }: Tensor): Message {
  return message(text(1, `${name}:0`), int(2, FLOAT), embedded(3, encodeShape(shape)))
}

function encodeShape(shape: Shape): Message {
  return message(shape.map((size) => embedded(2, message(int(1, typeof size === 'string' ? -1 : size)))))
}

/** An entry of a map. */
function entry(key: string, value: Message): Message {
  return message(text(1, key), embedded(2, value))
}
