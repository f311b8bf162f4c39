import type { Graph, Tensor } from '../graph/graph.ts'
import { embedded, int, message, text, type Message } from '../onnx/wire.ts'
import { dataType, encodeShape, entry } from './operation-message.ts'
import { translateGraph } from './translate-graph.ts'

const SCHEMA_VERSION = 1
const SIGNATURE = 'serving_default'
const METHOD = 'tensorflow/serving/predict'

/**
 * The graph as a TensorFlow `SavedModel` whose weights are constants, so that the message is all there is to the model;
 * field numbers are those of saved_model.proto, meta_graph.proto, graph.proto and tensor.proto.
 * @throws {TypeError} for operations that this writer does not have
 */
export function encodeSavedModel(graph: Graph, seed: number): Message {
  const nodes = translateGraph(graph, seed)
  const metaInfo = message(text(4, 'serve'))
  const metaGraph = message(
    embedded(1, metaInfo),
    embedded(2, message(nodes.map((node) => embedded(1, node)))),
    embedded(5, entry(SIGNATURE, encodeSignature(graph))),
  )
  return message(int(1, SCHEMA_VERSION), embedded(2, metaGraph))
}

function encodeSignature({ inputs, outputs }: Graph): Message {
  return message(
    inputs.map((tensor) => embedded(1, entry(tensor.name, encodeInfo(tensor)))),
    outputs.map((tensor) => embedded(2, entry(tensor.name, encodeInfo(tensor)))),
    text(3, METHOD),
  )
}

function encodeInfo({ name, type, shape }: Tensor): Message {
  return message(text(1, `${name}:0`), int(2, dataType(type)), embedded(3, encodeShape(shape)))
}
